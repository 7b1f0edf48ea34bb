//! The list's address says which saved filter it is looked at through, so that a reload, a bookmark and the browser's Back
//! find it again. It holds the filter's id only: addresses are logged and remembered, and what is searched for names people.
//! What is typed besides is kept in the entry of the browser's history, which no server and no other tab sees.

use super::ListState;
use crate::{
    browser,
    data::Remote,
    route::{Page, use_go, use_redirect},
    session::{Session, use_session},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use std::time::Duration;
use zgoda_api_types::{clients::FilterCondition, saved_filters::SavedFilter};
use zgoda_domain::id::{AccountId, FilterId};

/// What an address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What the person has the list open with.
    Usual,
    /// Everybody, whatever it usually opens with.
    Everybody,
    Filter(FilterId),
    /// What no filter is called.
    Nothing,
}

impl Wanted {
    /// By the member `filter` of the address.
    pub fn read(filter: Option<&str>) -> Self {
        match filter {
            None => Self::Usual,
            Some(Page::EVERYBODY) => Self::Everybody,
            Some(id) => id.parse().map_or(Self::Nothing, Self::Filter),
        }
    }

    /// Whether the list, opened through this filter, is what the address says.
    pub fn fits(self, opened: Option<FilterId>, usual: Option<FilterId>) -> bool {
        match self {
            Self::Usual => opened == usual,
            Self::Everybody => opened.is_none(),
            Self::Filter(id) => opened == Some(id),
            Self::Nothing => false,
        }
    }
}

/// What was typed over the opened filter: into the search box, as a query, as conditions. With whoever typed it, should
/// somebody else sign in on this tab.
type Kept = (AccountId, String, String, Vec<FilterCondition>);

/// Keeps the address and the list the same, for as long as the list is shown.
pub fn follow(state: ListState, filters: Remote<Vec<SavedFilter>>) {
    let session = use_session();
    let (go, redirect) = (use_go(), use_redirect());
    let params = use_query_map();
    let path = use_location().pathname;
    // On the way to another page the address is already that page's.
    let wanted = Memo::new(move |before: Option<&Wanted>| {
        if path.with(|path| !is_list(path)) {
            return before.copied().unwrap_or(Wanted::Usual);
        }
        params.with(|params| Wanted::read(params.get_str("filter")))
    });
    // One that was deleted since opens nothing.
    let usual = move || {
        let chosen = untrack(|| session.preferences()).list_layout().filter_id;
        chosen.filter(|id| {
            filters.with_untracked(|known| match known {
                Some(Ok(known)) => known.iter().any(|it| it.id == *id),
                _ => true,
            })
        })
    };
    let opened = Memo::new(move |_| state.opened.with(|it| it.as_ref().map(|filter| filter.id)));
    let fresh = state.begin(session);
    let kept = StoredValue::new(fresh.then(|| kept_here(session)).flatten());

    // What the address asks for, first and whenever Back, Forward or a link changes it.
    Effect::new(move |before: Option<()>| {
        let wanted = wanted.get();
        let now = opened.get_untracked();
        let is_first = before.is_none();
        match wanted {
            Wanted::Usual if is_first && !state.gone.get_untracked() => {}
            _ if wanted.fits(now, usual()) && !state.gone.get_untracked() => state.awaited.set(None),
            Wanted::Filter(id) => state.awaited.set(Some(id)),
            Wanted::Nothing => state.miss(),
            Wanted::Usual if usual().is_some() => state.awaited.set(usual()),
            Wanted::Usual | Wanted::Everybody => {
                state.awaited.set(None);
                if now.is_some() || state.gone.get_untracked() {
                    state.close(session);
                }
            }
        }
    });
    Effect::new(move || {
        // Without an answer there is still the list.
        let awaited = state.awaited.get();
        if let (Some(answer), Some(id)) = (filters.get(), awaited) {
            let asked_for = untrack(|| wanted.get()) == Wanted::Filter(id);
            state.begin_with(answer.unwrap_or_default(), asked_for);
        }
    });
    // What the list is looked at through by now.
    Effect::new(move |before: Option<bool>| {
        let now = opened.get();
        if state.awaited.with(Option::is_some) || state.gone.get() {
            return before.unwrap_or_default();
        }
        if let Some((_, search, query, conditions)) = kept.try_update_value(Option::take).flatten() {
            state.search.set(search);
            state.query.set(query);
            state.conditions.set(conditions);
        }
        if !untrack(|| wanted.get()).fits(now, usual()) {
            let page = now.map_or(Page::everybody(usual()), Page::ClientsThrough);
            if before == Some(true) { go(page) } else { redirect(page) }
        }
        true
    });
    let restrictions = StoredValue::new(session.restrictions());
    Effect::new(move || {
        if kept.with_value(Option::is_some) || state.awaited.with(Option::is_some) {
            return;
        }
        let changed = restrictions.with_value(|it| state.is_changed(it));
        let kept = session.me_untracked().filter(|_| changed).and_then(|me| {
            let kept: Kept = (me.account_id, state.search.get(), state.query.get(), state.conditions.get());
            serde_json::to_string(&kept).ok()
        });
        // Once the entry is the list's own.
        set_timeout(
            move || {
                if is_list(&browser::path()) {
                    browser::keep_in_entry(kept.as_deref());
                }
            },
            Duration::ZERO,
        );
    });
}

fn is_list(path: &str) -> bool {
    path.trim_end_matches('/') == Page::Clients.path()
}

fn kept_here(session: Session) -> Option<Kept> {
    let kept: Kept = serde_json::from_str(&browser::kept_in_entry()?).ok()?;
    let mine = session.me_untracked().is_some_and(|me| me.account_id == kept.0);
    if !mine {
        browser::keep_in_entry(None);
    }
    mine.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_address_says_what_the_list_is_looked_at_through() {
        let (one, other) = (FilterId::from_uuid(Uuid::from_u128(1)), FilterId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(Wanted::read(None), Wanted::Usual);
        assert_eq!(Wanted::read(Some("all")), Wanted::Everybody);
        assert_eq!(Wanted::read(Some(&one.to_string())), Wanted::Filter(one));
        assert_eq!(Wanted::read(Some("anna")), Wanted::Nothing);

        assert!(Wanted::Usual.fits(None, None) && Wanted::Usual.fits(Some(one), Some(one)));
        assert!(!Wanted::Usual.fits(None, Some(one)) && !Wanted::Usual.fits(Some(one), None));
        assert!(Wanted::Everybody.fits(None, Some(one)) && !Wanted::Everybody.fits(Some(one), Some(one)));
        assert!(Wanted::Filter(one).fits(Some(one), None) && !Wanted::Filter(one).fits(Some(other), Some(one)));
        assert!(!Wanted::Nothing.fits(None, None));
    }
}
