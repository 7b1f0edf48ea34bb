//! Who is signed in, what they may do, and what the app remembers for them.

use crate::{browser, problems::Failure, words::Speech};
use leptos::{prelude::*, task::spawn_local};
use zgoda_api_types::{
    accounts::{Me, Preferences, Theme},
    problem::ProblemCode,
};
use zgoda_client::Api;
use zgoda_domain::{access::Right, consent::Language, field_ref::FieldRef};

/// What is known about the person in front of the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Asking,
    SignedOut,
    SignedIn(Box<Me>),
    Failed(Failure),
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
        Self {
            standing: RwSignal::new(Standing::Asking),
            speech,
            api: StoredValue::new(Api::new(origin)),
            unsaved: RwSignal::new(false),
            proof_needed: RwSignal::new(false),
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
        browser::set_theme(None);
        self.standing.set(Standing::SignedOut);
    }

    /// Takes note of a failed reading: the session may have ended meanwhile.
    pub fn notice(self, failure: &Failure) {
        if failure.code() == Some(ProblemCode::SignInNeeded) {
            self.leave();
        }
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

    pub fn choose_theme(self, theme: Option<Theme>) {
        browser::set_theme(theme);
        self.remember(|preferences| preferences.theme = theme);
    }

    pub fn choose_columns(self, columns: Vec<FieldRef>) {
        self.remember(|preferences| preferences.client_columns = Some(columns));
    }

    /// Opens or closes the dialog that asks for a proof.
    pub fn set_proof_needed(self, needed: bool) {
        self.proof_needed.try_set(needed);
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
                let _ = api.save_preferences(&preferences).await;
            });
        }
    }
}
