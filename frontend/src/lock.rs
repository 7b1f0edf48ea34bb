//! The lock over the page. The server locks a session that nobody uses; the app covers the page at the same time, says
//! that somebody is at work while they only type, and uncovers the page when the password or a passkey is given. Whatever
//! is on the page stays there: nothing that was typed is lost.

use crate::{
    browser,
    features::account::SecondStep,
    passkeys::{self, NoPasskey},
    problems::Failure,
    session::{Lock, Session, use_session},
    ui::{Avatar, Icon, PasswordField, SubmitButton, Svg, fresh_id},
    words::{Words, use_words},
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::time::Duration;
use zgoda_api_types::{
    accounts::{Me, SignIn, Unlock},
    problem::ProblemCode,
    second_factors::{PasskeyAnswer, PasskeySignIn, SecondFactorNeeded},
};
use zgoda_client::{ApiError, SignInOutcome};

const SECOND: f64 = 1000.0;
const MINUTE: f64 = 60.0 * SECOND;
/// How often it is looked at the clock.
const TICK: Duration = Duration::from_secs(5);

/// Since when nobody has been at work, in milliseconds of the browser's clock.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    input: f64,
    told: f64,
    reported: f64,
    looked: f64,
}

/// What is due when the clock is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// Nobody has been at work for too long.
    Lock,
    /// Tell the server that somebody is.
    Report,
    /// Ask the server whether the session still is what it was.
    Look,
}

impl Watch {
    /// Somebody is at work now.
    pub const fn new(now: f64) -> Self {
        Self { input: now, told: now, reported: now, looked: now }
    }

    /// Whether the time is over.
    pub fn is_over(&self, now: f64, idle: f64) -> bool {
        now - self.input >= idle
    }

    /// A sign of a person in this tab.
    pub const fn input(&mut self, now: f64) {
        self.input = now;
    }

    /// A sign of a person in another tab, which reports it.
    pub const fn heard(&mut self, now: f64) {
        self.input = now;
        self.told = now;
        self.reported = now;
    }

    /// Whether the other tabs have to be told of a person here.
    pub fn tells(&mut self, now: f64) -> bool {
        let tells = self.input > self.told;
        if tells {
            self.told = now;
        }
        tells
    }

    /// What is due; `idle` is how long a session may go unused.
    pub fn due(&mut self, now: f64, idle: f64) -> Due {
        // The server believes a report for a quarter of the time as well: together they stay well within it.
        let every = MINUTE.min(idle / 4.0);
        if self.is_over(now, idle) {
            Due::Lock
        } else if self.input > self.reported && now - self.reported >= every {
            self.reported = now;
            self.looked = now;
            Due::Report
        } else if now - self.looked >= MINUTE {
            self.looked = now;
            Due::Look
        } else {
            Due::Nothing
        }
    }
}

/// How long the session may go unused; `None` when nobody is signed in or the page is covered.
fn idle(session: Session) -> Option<f64> {
    let me = session.me_untracked().filter(|_| session.lock_untracked() == Lock::Open)?;
    Some(f64::from(me.idle_minutes) * MINUTE)
}

/// Watches over the session from now on, together with the other tabs.
pub fn watch(session: Session) {
    let now = js_sys::Date::now;
    let watch = StoredValue::new(Watch::new(now()));
    // Signed in, or unlocked in whichever tab: the time begins anew.
    Effect::new(move || {
        session.is_locked();
        session.standing();
        watch.set_value(Watch::new(now()));
    });
    session.join_tabs(move |word| match word.as_str() {
        "active" => watch.update_value(|watch| watch.heard(now())),
        "lock" if session.lock_untracked() == Lock::Open => session.set_lock(Lock::Pending),
        "locked" => session.set_lock(Lock::Closed),
        "unlocked" if session.lock_untracked() != Lock::Open => spawn_local(async move {
            if let Ok(me) = session.api().me().await {
                session.reopen(me);
            }
        }),
        // Unsaved work outlives the session, and is saved after signing in elsewhere.
        "left" if !session.has_unsaved() || session.lock_untracked() != Lock::Open => session.leave(),
        _ => {}
    });
    browser::on_input(move || {
        let Some(idle) = idle(session) else { return };
        // A machine that slept has not looked at the clock.
        if watch.with_value(|watch| watch.is_over(now(), idle)) {
            lock(session);
        } else {
            watch.update_value(|watch| watch.input(now()));
        }
    });
    let look = move || {
        if session.lock_untracked() == Lock::Pending {
            confirm(session);
        }
        let Some(idle) = idle(session) else { return };
        if watch.try_update_value(|watch| watch.tells(now())) == Some(true) {
            session.tell("active");
        }
        match watch.try_update_value(|watch| watch.due(now(), idle)) {
            Some(Due::Lock) => lock(session),
            Some(Due::Report) => ask(session, true),
            Some(Due::Look) => ask(session, false),
            Some(Due::Nothing) | None => {}
        }
    };
    set_interval(look, TICK);
    browser::on_return(look);
    let shortcut = window_event_listener(ev::keydown, move |event| {
        // Not with Alt: on Polish keyboards Ctrl+Alt+L is the letter ł.
        if event.code() == "KeyL" && event.ctrl_key() && event.shift_key() && !event.alt_key() {
            event.prevent_default();
            lock(session);
        }
    });
    on_cleanup(move || shortcut.remove());
}

/// Reports that somebody is at work, or only asks how things are.
fn ask(session: Session, at_work: bool) {
    let api = session.api();
    spawn_local(async move {
        let answer = if at_work { api.note_activity().await } else { api.me().await.map(|_| ()) };
        let Err(failure) = answer.map_err(Failure::from) else { return };
        if session.has_unsaved() {
            session.notice_lock(&failure);
        } else {
            session.notice(&failure);
        }
    });
}

/// Covers the page at once, here and in the other tabs, and tells the server.
pub fn lock(session: Session) {
    if session.me_untracked().is_some() && session.lock_untracked() == Lock::Open {
        session.set_lock(Lock::Pending);
        session.tell("lock");
        confirm(session);
    }
}

/// Tells the server; without an answer it is told again later.
fn confirm(session: Session) {
    spawn_local(async move {
        if shut(session).await.is_ok() && session.lock_untracked() == Lock::Pending {
            session.set_lock(Lock::Closed);
            session.tell("locked");
        }
    });
}

async fn shut(session: Session) -> Result<(), Failure> {
    match session.api().lock().await.map_err(Failure::from) {
        Err(failure) if matches!(failure.code(), Some(ProblemCode::SessionLocked | ProblemCode::SignInNeeded)) => {
            Ok(())
        }
        answer => answer,
    }
}

/// Why the page stays covered.
enum Covering {
    Refused(Failure),
    /// The browser gave no passkey.
    Unanswered(NoPasskey),
}

impl From<Failure> for Covering {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<ApiError> for Covering {
    fn from(error: ApiError) -> Self {
        Self::Refused(error.into())
    }
}

/// Unlocks with the password. When the session has ended meanwhile, a new one for the same person finds the page as it
/// was; for that a second factor may be needed.
async fn unlock(session: Session, password: String) -> Result<Option<SecondFactorNeeded>, Failure> {
    let api = session.api();
    // The server takes any password for a session that is not locked.
    if session.lock_untracked() == Lock::Pending {
        shut(session).await?;
    }
    match (api.unlock(&Unlock { password: password.clone() }).await.map_err(Failure::from), session.me_untracked()) {
        (Err(failure), Some(me)) if failure.code() == Some(ProblemCode::SignInNeeded) => {
            match api.sign_in(&SignIn { email: me.email, password }).await? {
                SignInOutcome::SignedIn(me) => open(session, *me),
                SignInOutcome::SecondFactor(needed) => return Ok(Some(needed)),
            }
        }
        (Err(failure), None) if failure.code() == Some(ProblemCode::SignInNeeded) => session.leave(),
        (answer, _) => {
            answer?;
            open(session, api.me().await?);
        }
    }
    Ok(None)
}

/// Unlocks with a passkey; when the session has ended meanwhile, signs in with it.
async fn unlock_with_passkey(session: Session) -> Result<(), Covering> {
    let api = session.api();
    match (api.ask_unlock_passkey().await.map_err(Failure::from), session.me_untracked()) {
        (Ok(question), _) => {
            let credential = passkeys::answer(&question.options).await.map_err(Covering::Unanswered)?;
            api.unlock_with_passkey(&PasskeyAnswer { credential }).await?;
            open(session, api.me().await?);
        }
        (Err(failure), Some(_)) if failure.code() == Some(ProblemCode::SignInNeeded) => {
            let question = api.ask_passkey().await?;
            let credential = passkeys::answer(&question.options).await.map_err(Covering::Unanswered)?;
            let body = PasskeySignIn { attempt: question.attempt.unwrap_or_default(), credential };
            open(session, api.sign_in_with_passkey(&body).await?);
        }
        (Err(failure), None) if failure.code() == Some(ProblemCode::SignInNeeded) => session.leave(),
        (Err(failure), _) => return Err(failure.into()),
    }
    Ok(())
}

/// Uncovers the page, here and in the other tabs.
fn open(session: Session, me: Me) {
    session.reopen(me);
    session.tell("unlocked");
}

/// Ends the session, here and in the other tabs. Unsaved work is asked about first.
pub fn sign_out(session: Session) {
    if session.has_unsaved() && !browser::confirm(Words::of(session.language_untracked()).leave_unsaved) {
        return;
    }
    spawn_local(async move {
        // Signed out here even when the server cannot be told: it ends the session by itself in time.
        let _ = session.api().sign_out().await;
        session.leave();
        session.tell("left");
    });
}

/// Everything that can be covered: while it is, nobody can read, reach or use it.
#[component]
pub fn Covered(children: Children) -> impl IntoView {
    let session = use_session();
    let locked = Memo::new(move |_| session.is_locked());
    view! {
        <div
            class="covered"
            class:covered--locked=move || locked.get()
            inert=move || locked.get()
            aria-hidden=move || locked.get().then_some("true")
        >
            {children()}
        </div>
        {move || locked.get().then(|| view! { <LockDialog /> })}
    }
}

#[component]
fn LockDialog() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let me = session.me_untracked();
    let before = StoredValue::new_local(browser::focused());
    let node = NodeRef::<html::Dialog>::new();
    let heading = fresh_id("lock");
    let labelled_by = heading.clone();
    let show = move || {
        if let Some(Some(dialog)) = node.try_get_untracked()
            && !dialog.open()
            && session.lock_untracked() != Lock::Open
        {
            let _ = dialog.show_modal();
            browser::focus_soon("#field-lock");
        }
    };
    Effect::new(move || {
        node.track();
        show();
    });
    on_cleanup(move || {
        if let Some(Some(dialog)) = node.try_get_untracked() {
            dialog.close();
        }
        if let Some(Some(element)) = before.try_get_value() {
            browser::refocus_soon(element);
        }
    });

    let password = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    // The second half of signing in, where the session has ended and the account has a second factor.
    let needed = RwSignal::new(None::<SecondFactorNeeded>);
    let again = move |why: String| {
        needed.try_set(None);
        problem.try_set(Some(why));
        browser::focus_soon("#field-lock");
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer = unlock(session, password.get_untracked()).await;
            // Unlocked, perhaps in another tab: the dialog is gone.
            busy.try_set(false);
            match answer {
                Ok(second) => {
                    needed.try_set(second);
                }
                Err(failure) if failure.code() == Some(ProblemCode::SignInRefused) => {
                    again(w.unlock_refused.to_owned());
                }
                Err(failure) => again(failure.sentence(w).to_owned()),
            }
        });
    };
    let by_passkey = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer = unlock_with_passkey(session).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {}
                Err(Covering::Unanswered(why)) => again(w.no_passkey(why).to_owned()),
                Err(Covering::Refused(failure)) => match failure.code() {
                    Some(ProblemCode::CodeRefused | ProblemCode::AttemptSpent | ProblemCode::SignInRefused) => {
                        again(w.unlock_passkey_refused.to_owned());
                    }
                    _ => again(failure.sentence(w).to_owned()),
                },
            }
        });
    };
    // Whether there is a passkey only the server knows; it is asked once the session is locked there, too.
    let has_passkey = RwSignal::new(false);
    Effect::new(move || {
        if session.lock() == Lock::Closed && passkeys::are_possible() {
            spawn_local(async move {
                if let Ok(ways) = session.api().unlock_ways().await {
                    has_passkey.try_set(ways.passkey);
                }
            });
        }
    });
    let text = if me.is_some() { w.locked_text } else { w.locked_text_empty };
    view! {
        <dialog
            class="dialog lock"
            node_ref=node
            aria-labelledby=labelled_by
            on:cancel=move |event: web_sys::Event| event.prevent_default()
            // A browser closes a dialog that is asked to close twice.
            on:close=move |_| show()
            on:keydown=move |event: ev::KeyboardEvent| {
                // The page's shortcuts rest.
                event.stop_propagation();
                if event.key() == "Escape" {
                    event.prevent_default();
                }
            }
        >
            <div class="stack">
                <header class="lock__head">
                    {match &me {
                        Some(me) => view! { <Avatar name=me.name.clone() large=true /> }.into_any(),
                        None => view! { <span class="empty__icon"><Svg icon=Icon::Lock /></span> }.into_any(),
                    }}
                    <div>
                        <h2 class="lock__title" id=heading>{w.locked_title}</h2>
                        {me.as_ref().map(|me| view! { <p class="lock__name">{me.name.clone()}</p> })}
                    </div>
                </header>
                {move || needed.get().map(|factor| view! {
                    <SecondStep
                        needed=factor
                        on_done=move |me| open(session, me)
                        on_over=move |()| again(w.problem_attempt_spent.to_owned())
                        on_back=move |()| needed.set(None)
                    />
                })}
                <form class="stack" novalidate on:submit=submit hidden=move || needed.get().is_some()>
                    <p class="dialog__text">{text}</p>
                    // For password managers.
                    {me.map(|me| view! { <input type="text" autocomplete="username" value=me.email hidden /> })}
                    <PasswordField label=w.password value=password autocomplete="current-password" pointer="/lock" problem />
                    <p class="visually-hidden" role="alert">{move || problem.get()}</p>
                    <SubmitButton label=w.unlock busy />
                    <Show when=move || has_passkey.get()>
                        <button type="button" class="button" disabled=move || busy.get() on:click=by_passkey>
                            {w.unlock_with_passkey}
                        </button>
                    </Show>
                </form>
                <button type="button" class="button button--quiet" on:click=move |_| sign_out(session)>
                    <Svg icon=Icon::SignOut />{w.sign_out_instead}
                </button>
            </div>
        </dialog>
    }
}
