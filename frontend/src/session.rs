//! Who is signed in, what they may do, and what the app remembers for them.

use crate::{
    browser::{self, Tabs},
    problems::Failure,
    words::Speech,
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use zgoda_api_types::{
    accounts::{ListLayout, Me, Preferences, Theme},
    problem::ProblemCode,
};
use zgoda_client::{Api, AwaitsProof};
use zgoda_domain::{
    access::{Assignment, FieldRestriction, Right, Scope},
    consent::Language,
    field_ref::FieldRef,
};

/// What is known about the person in front of the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Asking,
    SignedOut,
    SignedIn(Box<Me>),
    Failed(Failure),
}

/// Whether the page is covered until the password is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    Open,
    /// Covered here; the server has not been told yet.
    Pending,
    /// The server does nothing for this session any more.
    Closed,
}

/// The session; found in the context.
#[derive(Clone, Copy)]
pub struct Session {
    standing: RwSignal<Standing>,
    speech: Speech,
    api: StoredValue<Api>,
    /// Something typed is not saved yet.
    unsaved: RwSignal<bool>,
    /// The server wants a recent proof of who is there.
    proof_needed: RwSignal<bool>,
    /// What was refused for want of it, to be sent again.
    await_proof: StoredValue<Vec<AwaitsProof>>,
    lock: RwSignal<Lock>,
    tabs: StoredValue<Option<Tabs>, LocalStorage>,
}

/// What a role takes away from fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restrictions(pub BTreeMap<FieldRef, FieldRestriction>);

impl Restrictions {
    fn of(&self, field: FieldRef) -> FieldRestriction {
        self.0.get(&field).copied().unwrap_or(FieldRestriction::Open)
    }

    /// As if there were no such field.
    pub fn hides(&self, field: FieldRef) -> bool {
        self.of(field) == FieldRestriction::Hidden
    }

    /// Its values can be read, and so searched and ordered by.
    pub fn shows(&self, field: FieldRef) -> bool {
        self.of(field) >= FieldRestriction::ReadOnly
    }

    /// Its values can be written.
    pub fn opens(&self, field: FieldRef) -> bool {
        self.of(field) == FieldRestriction::Open
    }
}

/// The connection to the server.
pub fn use_api() -> Api {
    use_session().api.get_value()
}

/// The session of the context; outside the app (in a component's test) a new one that is signed out.
pub fn use_session() -> Session {
    use_context().unwrap_or_else(|| Session::new(Speech(RwSignal::new(Language::Pl)), &browser::origin()))
}

impl Session {
    pub fn new(speech: Speech, origin: &str) -> Self {
        let (proof_needed, await_proof) = (RwSignal::new(false), StoredValue::new(Vec::new()));
        let ask_proof = move |waits| {
            // Refused where nobody is left to ask.
            await_proof.try_update_value(|waiting: &mut Vec<_>| waiting.push(waits));
            proof_needed.try_set(true);
        };
        Self {
            standing: RwSignal::new(Standing::Asking),
            speech,
            api: StoredValue::new(Api::new(origin).proven_by(ask_proof)),
            unsaved: RwSignal::new(false),
            proof_needed,
            await_proof,
            lock: RwSignal::new(Lock::Open),
            tabs: StoredValue::new_local(None),
        }
    }

    pub fn standing(self) -> Standing {
        self.standing.get()
    }

    /// Asks the server who this is.
    pub fn ask(self) {
        let api = self.api.get_value();
        self.standing.set(Standing::Asking);
        spawn_local(async move {
            match api.me().await.map_err(Failure::from) {
                Ok(me) => self.enter(me),
                Err(failure) if failure.code() == Some(ProblemCode::SignInNeeded) => {
                    self.standing.set(Standing::SignedOut);
                }
                // Still not known who this is: the lock is shown, and asks again once it is open.
                Err(failure) if failure.code() == Some(ProblemCode::SessionLocked) => self.notice_lock(&failure),
                Err(failure) => self.standing.set(Standing::Failed(failure)),
            }
        });
    }

    /// Someone has signed in.
    pub fn enter(self, me: Me) {
        if let Some(language) = me.preferences.language {
            self.speak(language);
        }
        browser::set_theme(me.preferences.theme);
        self.standing.set(Standing::SignedIn(Box::new(me)));
    }

    /// The session is over.
    pub fn leave(self) {
        self.unsaved.set(false);
        self.refuse_proof();
        browser::keep_in_entry(None);
        browser::set_theme(None);
        self.standing.set(Standing::SignedOut);
        self.lock.set(Lock::Open);
    }

    /// Takes note of a failed reading: the session may have ended meanwhile.
    pub fn notice(self, failure: &Failure) {
        if failure.code() == Some(ProblemCode::SignInNeeded) {
            self.leave();
        }
        self.notice_lock(failure);
    }

    /// Takes note of any failed request: the session may have been locked meanwhile.
    pub fn notice_lock(self, failure: &Failure) {
        if failure.code() == Some(ProblemCode::SessionLocked) && self.lock.get_untracked() != Lock::Closed {
            self.set_lock(Lock::Closed);
            self.tell("locked");
        }
    }

    /// Whether the page is covered.
    pub fn is_locked(self) -> bool {
        self.lock.get() != Lock::Open
    }

    /// How the page is covered.
    pub fn lock(self) -> Lock {
        self.lock.get()
    }

    /// The lock, without subscribing to it.
    pub fn lock_untracked(self) -> Lock {
        self.lock.get_untracked()
    }

    /// Covers the page. Only [`Self::reopen`] and [`Self::leave`] uncover it.
    pub fn set_lock(self, lock: Lock) {
        if self.lock.get_untracked() != lock && !self.is_signed_out() {
            self.lock.set(lock);
        }
    }

    /// Uncovers the page, if it still is this person's.
    pub fn reopen(self, me: Me) {
        match self.me_untracked() {
            Some(before) if before.account_id != me.account_id => return browser::reload(),
            // Nothing new: nothing is rendered anew.
            Some(before) if before == me => {}
            Some(_) => self.standing.set(Standing::SignedIn(Box::new(me))),
            None => self.enter(me),
        }
        self.lock.set(Lock::Open);
    }

    /// Speaks with the other tabs from now on.
    pub fn join_tabs(self, hear: impl Fn(String) + 'static) {
        self.tabs.set_value(Tabs::join("zgoda-session", hear));
    }

    /// Says something to the other tabs.
    pub fn tell(self, word: &str) {
        self.tabs.with_value(|tabs| {
            if let Some(tabs) = tabs {
                tabs.tell(word);
            }
        });
    }

    /// The connection to the server.
    pub fn api(self) -> Api {
        self.api.get_value()
    }

    fn is_signed_out(self) -> bool {
        self.standing.with_untracked(|standing| *standing == Standing::SignedOut)
    }

    /// Whether the person holds a right. The server decides; this only hides what would be refused.
    pub fn may(self, right: Right) -> bool {
        self.standing.with(|standing| matches!(standing, Standing::SignedIn(me) if me.rights.contains_key(&right)))
    }

    pub fn me(self) -> Option<Me> {
        self.standing.with(|standing| match standing {
            Standing::SignedIn(me) => Some((**me).clone()),
            _ => None,
        })
    }

    /// The person, without subscribing to what is known about them.
    pub fn me_untracked(self) -> Option<Me> {
        untrack(|| self.me())
    }

    /// Whether the person probably may do this with a record that is assigned like this. Whose departments they belong
    /// to is not known here.
    pub fn may_with(self, right: Right, assignment: Assignment) -> bool {
        self.me().is_some_and(|me| {
            let own = assignment.owner_id == Some(me.account_id);
            match me.rights.get(&right) {
                Some(Scope::All) => true,
                Some(Scope::Department) => own || assignment.department_id.is_some(),
                Some(Scope::Own) => own,
                Some(Scope::None) | None => false,
            }
        })
    }

    /// What the person's role takes away from fields; those not named are open.
    pub fn restrictions(self) -> Restrictions {
        Restrictions(self.me().map(|me| me.fields).unwrap_or_default())
    }

    pub fn preferences(self) -> Preferences {
        self.me().map(|me| me.preferences).unwrap_or_default()
    }

    pub fn language(self) -> Language {
        self.speech.0.get()
    }

    /// The language, without subscribing to it.
    pub fn language_untracked(self) -> Language {
        self.speech.0.get_untracked()
    }

    pub fn choose_language(self, language: Language) {
        self.speak(language);
        self.remember(|preferences| preferences.language = Some(language));
    }

    /// Saves the language chosen before signing in to an account that has none, because the next page would not know it.
    pub async fn keep_language(self) {
        let Some(me) = self.me_untracked() else { return };
        let spoken = self.language_untracked();
        if me.preferences.language.is_none() && spoken != browser::preferred_language() {
            let preferences = Preferences { language: Some(spoken), ..me.preferences };
            // When saving fails, the next page speaks the browser's language: no reason to stay here.
            let _ = self.api.get_value().save_preferences(&preferences).await;
        }
    }

    pub fn choose_theme(self, theme: Option<Theme>) {
        browser::set_theme(theme);
        self.remember(|preferences| preferences.theme = theme);
    }

    /// Remembers how the client list looks when no saved filter says otherwise.
    pub fn choose_layout(self, change: impl FnOnce(&mut ListLayout)) {
        self.remember(|preferences| {
            let mut layout = preferences.list_layout();
            change(&mut layout);
            preferences.client_list = Some(layout);
        });
    }

    /// Opens the dialog that asks for a proof.
    pub fn ask_proof(self) {
        self.proof_needed.set(true);
    }

    /// The dialog was closed without a proof: what waited for it stays refused.
    pub fn refuse_proof(self) {
        self.await_proof.update_value(Vec::clear);
        self.proof_needed.set(false);
    }

    /// The proof was shown: what waited for it is sent again.
    pub fn proved(self) {
        let waiting = self.await_proof.try_update_value(std::mem::take).unwrap_or_default();
        self.proof_needed.set(false);
        waiting.into_iter().for_each(AwaitsProof::go_on);
    }

    pub fn proof_needed(self) -> bool {
        self.proof_needed.get()
    }

    /// A second factor is demanded and was not shown: only the own account is open.
    pub fn must_prove(self) -> bool {
        self.standing.with(|standing| matches!(standing, Standing::SignedIn(me) if me.must_prove))
    }

    /// Marks whether something typed is not saved yet.
    pub fn set_unsaved(self, unsaved: bool) {
        self.unsaved.try_set(unsaved);
    }

    /// The same, and whoever asks is told when it changes.
    pub fn watch_unsaved(self) -> bool {
        self.unsaved.get()
    }

    pub fn has_unsaved(self) -> bool {
        self.unsaved.get_untracked()
    }

    fn speak(self, language: Language) {
        if self.speech.0.get_untracked() != language {
            self.speech.0.set(language);
        }
    }

    fn remember(self, change: impl FnOnce(&mut Preferences)) {
        let mut saved = None;
        self.standing.update(|standing| {
            if let Standing::SignedIn(me) = standing {
                change(&mut me.preferences);
                saved = Some(me.preferences.clone());
            }
        });
        if let Some(preferences) = saved {
            let api = self.api.get_value();
            // Already in effect here; when saving fails, only the next visit forgets it.
            spawn_local(async move {
                if let Err(error) = api.save_preferences(&preferences).await {
                    self.notice_lock(&error.into());
                }
            });
        }
    }
}
