//! Reading and writing through the API: four states on purpose, and no answer lost or shown too late.

use crate::{
    browser,
    problems::{Failure, rule_words},
    session::{Lock, Session, use_api, use_session},
    words::{Words, use_words},
};
use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};
use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, rc::Rc, time::Duration};
use uuid::Uuid;
use zgoda_api_types::{
    Page,
    clients::{ClientPage, ClientRow, Cursor, Total},
    imports::{ImportRow, ImportRows},
    jobs::Job,
    problem::ProblemCode,
};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{Invalid, id::JobId};

/// Something read from the server.
///
/// What it holds is kept without its type, and so is the machinery that reads: every bundle has it once, and not once for
/// every answer.
pub struct Remote<T> {
    answer: StoredValue<Rc<dyn Any>, LocalStorage>,
    changed: RwSignal<()>,
    again: RwSignal<()>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Remote<T> {}

impl<T: 'static> Remote<T> {
    /// What was read last; `None` before the first answer.
    pub fn with<R>(self, read: impl FnOnce(&Option<Result<T, Failure>>) -> R) -> R {
        self.changed.track();
        self.with_untracked(read)
    }

    pub fn with_untracked<R>(self, read: impl FnOnce(&Option<Result<T, Failure>>) -> R) -> R {
        let held = self.answer.try_get_value();
        // Nothing once the page is gone.
        read(held.as_deref().and_then(<dyn Any>::downcast_ref).unwrap_or(&None))
    }

    pub fn get(self) -> Option<Result<T, Failure>>
    where
        T: Clone,
    {
        self.with(Clone::clone)
    }

    pub fn get_untracked(self) -> Option<Result<T, Failure>>
    where
        T: Clone,
    {
        self.with_untracked(Clone::clone)
    }

    /// Reads again; what was read stays until then.
    pub fn refetch(self) {
        self.again.try_set(());
    }
}

/// An answer without its type, and why it is none.
struct Read {
    answer: Rc<dyn Any>,
    failure: Option<Failure>,
}

type Reading = Pin<Box<dyn Future<Output = Read>>>;

/// Reads from the server, again whenever a signal changes that `fetch` reads before its first `await`.
pub fn remote<T, Answer>(fetch: impl Fn(Api) -> Answer + 'static) -> Remote<T>
where
    T: 'static,
    Answer: Future<Output = Result<T, ApiError>> + 'static,
{
    let remote = Remote {
        answer: StoredValue::new_local(Rc::new(None::<Result<T, Failure>>)),
        changed: RwSignal::new(()),
        again: RwSignal::new(()),
        of: PhantomData,
    };
    let api = use_api();
    let fetch = move || -> Reading {
        let answer = fetch(api.clone());
        Box::pin(async move {
            let result = answer.await.map_err(Failure::from);
            Read { failure: result.as_ref().err().cloned(), answer: Rc::new(Some(result)) }
        })
    };
    keep_read(remote.answer, remote.changed, remote.again, Box::new(fetch));
    remote
}

/// Reads now, and whenever something that was asked with changes or `again` is set.
fn keep_read(
    answer: StoredValue<Rc<dyn Any>, LocalStorage>,
    changed: RwSignal<()>,
    again: RwSignal<()>,
    fetch: Box<dyn Fn() -> Reading>,
) {
    let session = use_session();
    let newest = StoredValue::new(0_u32);
    // The lock kept the last answer back.
    let kept_back = StoredValue::new(false);
    Effect::new(move || {
        again.track();
        let mine = newest.get_value().wrapping_add(1);
        newest.set_value(mine);
        let reading = fetch();
        spawn_local(async move {
            let read = reading.await;
            // Only the answer to the newest question counts, and only while somebody waits for it.
            if newest.try_get_value() != Some(mine) {
                return;
            }
            kept_back.set_value(read.failure.as_ref().is_some_and(is_lock));
            if let Some(failure) = &read.failure {
                session.notice(failure);
            }
            answer.set_value(read.answer);
            changed.try_set(());
        });
    });
    // What the lock kept back is read once it is open. Everything else stays as it is: it may be a form being filled in.
    Effect::new(move || {
        if !session.is_locked() && kept_back.get_value() {
            again.set(());
        }
    });
}

fn is_lock(failure: &Failure) -> bool {
    failure.code() == Some(ProblemCode::SessionLocked)
}

/// A write: whether it is under way, and why it failed.
#[derive(Clone, Copy)]
pub struct Sending {
    busy: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
    session: Option<Session>,
    explain: Option<Callback<Invalid, Option<String>>>,
}

/// A call whose answer is waited for, and what to do with it.
type Answered = Pin<Box<dyn Future<Output = Result<Box<dyn FnOnce()>, ApiError>>>>;

impl Sending {
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), failure: RwSignal::new(None), session: use_context(), explain: None }
    }

    /// One that says some complaints in words of its own, where a page knows more than the rule's name.
    pub fn explaining(explain: impl Fn(Invalid) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { explain: Some(Callback::new(explain)), ..Self::new() }
    }

    /// A complaint in words.
    pub fn words_for(self, w: &Words, invalid: &Invalid) -> String {
        let own = self.explain.and_then(|explain| explain.run(invalid.clone()));
        own.unwrap_or_else(|| rule_words(w, &invalid.rule))
    }

    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Why the last attempt failed.
    pub fn failure(self) -> Option<Failure> {
        self.failure.get()
    }

    /// Shows a failure that was found without asking the server.
    pub fn complain(self, failure: Failure) {
        self.failure.set(Some(failure));
        browser::focus_first_wrong();
    }

    pub fn clear(self) {
        self.failure.set(None);
    }

    /// Takes back the complaints about these places, which were changed since.
    pub fn forget(self, is_changed: impl Fn(&str) -> bool) {
        let is_about = |failure: &Failure| failure.complaints().iter().any(|it| is_changed(&it.pointer));
        if self.failure.with_untracked(|failure| failure.as_ref().is_some_and(is_about)) {
            self.failure.update(|failure| *failure = failure.take().and_then(|failure| failure.without(is_changed)));
        }
    }

    /// Sends, unless something is being sent already; `then` gets the answer.
    pub fn run<T: 'static>(
        self,
        call: impl Future<Output = Result<T, ApiError>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        self.finish(Box::pin(async move {
            let answer = call.await?;
            Ok(Box::new(move || then(answer)) as Box<dyn FnOnce()>)
        }));
    }

    /// What is the same whatever was sent.
    fn finish(self, call: Answered) {
        spawn_local(async move {
            let result = call.await;
            // The page may be gone by now, and its signals with it.
            self.busy.try_set(false);
            match result {
                Ok(then) => then(),
                Err(error) => {
                    let failure = Failure::from(error);
                    if let Some(session) = self.session {
                        session.notice_lock(&failure);
                    }
                    self.failure.try_set(Some(failure));
                    browser::focus_first_wrong();
                }
            }
        });
    }

    /// The complaint about one field, in words.
    pub fn problem(self, pointer: impl Into<String>) -> Signal<Option<String>> {
        let w = use_words();
        let pointer = pointer.into();
        Signal::derive(move || {
            let failure = self.failure.get()?;
            failure.complaints().iter().find(|it| it.pointer == pointer).map(|it| self.words_for(w, it))
        })
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self::new()
    }
}

type Fetch<T, C> = Box<dyn Fn(Option<C>) -> Pin<Box<dyn Future<Output = Result<Chunk<T, C>, ApiError>>>>>;

type Count = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Option<Total>, ApiError>>>>>;

/// One page of a list, and the cursor of the next.
pub struct Chunk<T, C> {
    items: Vec<T>,
    next: Option<C>,
    total: Option<Total>,
}

impl<T> From<Page<T>> for Chunk<T, Uuid> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next, total: page.total.map(Total::exactly) }
    }
}

impl From<ClientPage> for Chunk<ClientRow, Cursor> {
    fn from(page: ClientPage) -> Self {
        Self { items: page.items, next: page.next, total: page.total }
    }
}

impl From<ImportRows> for Chunk<ImportRow, u32> {
    fn from(page: ImportRows) -> Self {
        Self { items: page.items, next: page.next, total: None }
    }
}

/// Where a paged list stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Nothing to show yet.
    Loading,
    /// Shows what it had while it asks again.
    Refreshing,
    LoadingMore,
    Ready,
    Failed(Failure),
}

/// A list that comes in pages.
pub struct Paged<T: 'static, C: 'static = Uuid> {
    pub rows: RwSignal<Vec<T>>,
    pub total: RwSignal<Option<Total>>,
    pub phase: RwSignal<Phase>,
    next: RwSignal<Option<C>>,
    generation: StoredValue<u32>,
    fetch: StoredValue<Fetch<T, C>, LocalStorage>,
    count: StoredValue<Option<Count>, LocalStorage>,
    counting: StoredValue<u32>,
    session: Session,
}

impl<T, C> Clone for Paged<T, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, C> Copy for Paged<T, C> {}

impl<T: Send + Sync + 'static, C: Clone + Send + Sync + 'static> Paged<T, C> {
    /// Reads nothing before [`Self::reload`].
    pub fn new<Answer, P>(fetch: impl Fn(Api, Option<C>) -> Answer + 'static) -> Self
    where
        Answer: Future<Output = Result<P, ApiError>> + 'static,
        P: Into<Chunk<T, C>>,
    {
        let (api, session) = (use_api(), use_session());
        let paged = Self {
            rows: RwSignal::new(Vec::new()),
            total: RwSignal::new(None),
            phase: RwSignal::new(Phase::Loading),
            next: RwSignal::new(None),
            generation: StoredValue::new(0),
            fetch: StoredValue::new_local(Box::new(move |after| {
                let answer = fetch(api.clone(), after);
                Box::pin(async move { answer.await.map(Into::into) })
            })),
            count: StoredValue::new_local(None),
            counting: StoredValue::new(0),
            session,
        };
        Effect::new(move || {
            let kept_back = |phase: &Phase| matches!(phase, Phase::Failed(failure) if is_lock(failure));
            if !session.is_locked() && paged.phase.with_untracked(kept_back) {
                paged.reload();
            }
        });
        paged
    }

    /// Asks for the total apart from the first page: of many it takes longer to count them than to find some.
    pub fn counted_by<Answer>(self, count: impl Fn(Api) -> Answer + 'static) -> Self
    where
        Answer: Future<Output = Result<Option<Total>, ApiError>> + 'static,
    {
        let api = use_api();
        self.count.set_value(Some(Box::new(move || Box::pin(count(api.clone())))));
        self
    }

    pub fn has_more(self) -> bool {
        self.next.get().is_some()
    }

    /// Reads the first page.
    pub fn reload(self) {
        let empty = self.rows.with_untracked(Vec::is_empty);
        self.phase.set(if empty { Phase::Loading } else { Phase::Refreshing });
        self.read(None);
        self.count();
    }

    /// What an earlier question would have counted is not waited for.
    fn count(self) {
        let Some(call) = self.count.with_value(|count| count.as_ref().map(|count| count())) else { return };
        let mine = self.counting.with_value(|counting| counting.wrapping_add(1));
        self.counting.set_value(mine);
        spawn_local(async move {
            let counted = call.await;
            if self.counting.try_get_value() == Some(mine)
                && let Ok(total) = counted
            {
                self.total.set(total);
            }
        });
    }

    /// Reads the next page.
    pub fn more(self) {
        if let Some(next) = self.next.get_untracked()
            && self.phase.get_untracked() != Phase::LoadingMore
        {
            self.phase.set(Phase::LoadingMore);
            self.read(Some(next));
        }
    }

    fn read(self, after: Option<C>) {
        let first = after.is_none();
        let session = self.session;
        let mine = self.generation.with_value(|generation| generation.wrapping_add(1));
        self.generation.set_value(mine);
        let Some(call) = self.fetch.try_with_value(|fetch| fetch(after)) else { return };
        spawn_local(async move {
            let result = call.await.map_err(Failure::from);
            // Only the answer to the newest question counts.
            if self.generation.try_get_value() != Some(mine) {
                return;
            }
            match result {
                Ok(page) => {
                    self.rows.update(|rows| {
                        if first {
                            rows.clear();
                        }
                        rows.extend(page.items);
                    });
                    let counted_apart = self.count.with_value(Option::is_some);
                    if page.total.is_some() || first && !counted_apart {
                        self.total.set(page.total);
                    }
                    self.next.set(page.next);
                    self.phase.set(Phase::Ready);
                }
                // The row that the page continues from is gone: start again rather than explain.
                Err(failure) if !first && failure.code() == Some(ProblemCode::CursorGone) => self.reload(),
                Err(failure) => {
                    session.notice(&failure);
                    // What an earlier question found is no answer to this one. The lock only delays the answer.
                    if first && !is_lock(&failure) {
                        self.counting.update_value(|counting| *counting = counting.wrapping_add(1));
                        self.total.set(None);
                        self.next.set(None);
                        self.rows.update(Vec::clear);
                    }
                    self.phase.set(Phase::Failed(failure));
                }
            }
        });
    }
}

/// How often a job that has not ended is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Reads background jobs again every so often, for as long as whoever shows them is there and the app is not locked.
pub fn follow_jobs(running: impl Fn() -> Vec<JobId> + 'static, told: impl Fn(Job) + Copy + 'static) {
    let session = use_session();
    let look = move || {
        if session.lock_untracked() != Lock::Open {
            return;
        }
        for id in running() {
            look_at_job(session, id, told);
        }
    };
    if let Ok(handle) = set_interval_with_handle(look, LOOK_EVERY) {
        on_cleanup(move || handle.clear());
    }
}

/// Reads a background job once.
pub fn look_at_job(session: Session, id: JobId, told: impl Fn(Job) + 'static) {
    let api = session.api();
    spawn_local(async move {
        match api.watch_job(id).await {
            Ok(now) => told(now),
            Err(error) => session.notice(&error.into()),
        }
    });
}

/// A background job, read again until it has ended or whoever shows it is gone.
pub fn follow_job(id: JobId) -> RwSignal<Option<Job>> {
    let job = RwSignal::new(None::<Job>);
    let told = move |now| {
        job.try_set(Some(now));
    };
    let is_over = move || job.try_with_untracked(|job| job.as_ref().is_some_and(|job| job.state.is_over()));
    follow_jobs(move || if is_over().unwrap_or(true) { Vec::new() } else { vec![id] }, told);
    look_at_job(use_session(), id, told);
    job
}
