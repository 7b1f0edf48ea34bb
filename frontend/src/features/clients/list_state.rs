//! What the list shows and what is done in it, kept while the person looks at a card and comes back.
//! Not in the address: addresses are logged and remembered, and a search names people.

use super::filters::search;
use crate::session::{Restrictions, Session};
use leptos::prelude::*;
use std::collections::BTreeSet;
use zgoda_api_types::{
    clients::{ClientRow, FilterCondition, SearchClients, Sort},
    jobs::{Job, MatchingClients, SomeClients},
    saved_filters::{FilterBody, SavedFilter},
};
use zgoda_domain::{
    id::{ClientId, FilterId, JobId},
    saved_filter::{Sharing, ShownColumn},
};

/// The list of the context.
#[derive(Clone, Copy)]
pub struct ListState {
    pub sort: RwSignal<Option<Sort>>,
    pub conditions: RwSignal<Vec<FilterCondition>>,
    pub search: RwSignal<String>,
    /// In the language of search.
    pub query: RwSignal<String>,
    /// The columns of the opened filter as they are now; the person's own when absent.
    pub columns: RwSignal<Option<Vec<ShownColumn>>>,
    /// The saved filter that the list is looked at through.
    pub opened: RwSignal<Option<SavedFilter>>,
    /// It cannot be used as it is: nothing is asked before the person has decided.
    pub blocked: RwSignal<bool>,
    /// The address names a filter that is not there for this person (any more).
    pub gone: RwSignal<bool>,
    /// The saved filter that the list opens with; nothing is asked before it is known.
    pub awaited: RwSignal<Option<FilterId>>,
    pub selection: Selection,
    /// The row that keys act on.
    pub cursor: RwSignal<Option<ClientId>>,
    /// The cursor's client is shown beside the list.
    pub preview: RwSignal<bool>,
    /// The action on many that was started last.
    pub job: RwSignal<Option<Job>>,
    /// What was asked last.
    pub asked: RwSignal<Option<SearchClients>>,
    /// The job whose end the list has seen.
    pub ended: StoredValue<Option<JobId>>,
    begun: StoredValue<bool>,
}

impl ListState {
    pub fn new() -> Self {
        Self {
            sort: RwSignal::new(None),
            conditions: RwSignal::new(Vec::new()),
            search: RwSignal::new(String::new()),
            query: RwSignal::new(String::new()),
            columns: RwSignal::new(None),
            opened: RwSignal::new(None),
            blocked: RwSignal::new(false),
            gone: RwSignal::new(false),
            awaited: RwSignal::new(None),
            selection: Selection::new(),
            cursor: RwSignal::new(None),
            preview: RwSignal::new(false),
            job: RwSignal::new(None),
            asked: RwSignal::new(None),
            ended: StoredValue::new(None),
            begun: StoredValue::new(false),
        }
    }

    /// Takes over, once, how the person left the list at their last visit. Whether that was now.
    pub fn begin(self, session: Session) -> bool {
        let fresh = !self.begun.get_value();
        if fresh {
            self.begun.set_value(true);
            let layout = untrack(|| session.preferences()).list_layout();
            self.sort.set(layout.sort);
            // Whoever comes with a question is looking for somebody, wherever they are.
            self.awaited.set(layout.filter_id.filter(|_| self.query.with_untracked(String::is_empty)));
        }
        fresh
    }

    /// The saved filters are known: opens the awaited one. When it is not among them there is everybody, unless it was
    /// `asked_for` itself: then nobody who sees everybody may think that this is what it finds.
    pub fn begin_with(self, filters: Vec<SavedFilter>, asked_for: bool) {
        let Some(id) = self.awaited.get_untracked() else { return };
        match filters.into_iter().find(|filter| filter.id == id) {
            Some(filter) => self.open(filter),
            None if asked_for => self.miss(),
            None => {}
        }
        self.awaited.set(None);
    }

    /// The filter that was asked for is not there.
    pub fn miss(self) {
        self.awaited.set(None);
        self.selection.clear();
        self.clear();
        self.columns.set(None);
        self.opened.set(None);
        self.blocked.set(true);
        self.gone.set(true);
    }

    /// The columns as they are chosen; empty for the default.
    pub fn layout(self, session: Session) -> Vec<ShownColumn> {
        self.columns.get().unwrap_or_else(|| session.preferences().list_layout().columns)
    }

    /// Chooses columns: of the opened filter, if it has its own, else the person's.
    pub fn choose_columns(self, session: Session, columns: Vec<ShownColumn>) {
        if self.columns.with_untracked(Option::is_some) {
            self.columns.set(Some(columns));
        } else {
            session.choose_layout(|layout| layout.columns = columns);
        }
    }

    /// Orders the list; without an opened filter the next visit begins so too.
    pub fn choose_sort(self, session: Session, sort: Sort) {
        self.sort.set(Some(sort));
        if self.opened.with_untracked(Option::is_none) {
            session.choose_layout(|layout| layout.sort = Some(sort));
        }
    }

    /// Everybody again.
    pub fn clear(self) {
        self.search.set(String::new());
        self.query.set(String::new());
        self.conditions.set(Vec::new());
    }

    /// Whether anything narrows the list down.
    pub fn is_narrowed(self) -> bool {
        !self.search.with(|text| text.trim().is_empty())
            || !self.query.with(String::is_empty)
            || self.conditions.with(|conditions| !conditions.is_empty())
    }

    /// Every condition, what stands in the search box included.
    pub fn filter(self, restrictions: &Restrictions) -> Vec<FilterCondition> {
        let mut filter = self.conditions.get();
        filter.extend(search(&self.search.get(), restrictions));
        filter
    }

    /// The query, unless there is none.
    pub fn asked_query(self) -> Option<String> {
        Some(self.query.get()).filter(|query| !query.trim().is_empty())
    }

    /// The clients that are selected.
    pub fn chosen(self, restrictions: &Restrictions) -> SomeClients {
        if self.selection.all.get_untracked() {
            untrack(|| {
                SomeClients::Matching(MatchingClients { filter: self.filter(restrictions), query: self.asked_query() })
            })
        } else {
            SomeClients::Ids(self.selection.ids.with_untracked(|ids| ids.iter().copied().collect()))
        }
    }

    /// Looks at the list through a saved filter.
    pub fn open(self, filter: SavedFilter) {
        let mut view = filter.view.clone();
        // A column less finds nobody else.
        if let Some(columns) = &mut view.columns {
            leave_out(columns, &places(&filter, "/columns/"));
        }
        self.blocked.set(filter.problems.iter().any(|problem| !problem.complaint.pointer.starts_with("/columns")));
        self.gone.set(false);
        self.selection.clear();
        self.search.set(String::new());
        self.query.set(view.query.unwrap_or_default());
        self.conditions.set(view.filter);
        self.sort.set(view.sort);
        self.columns.set(view.columns);
        self.opened.set(Some(filter));
    }

    /// Leaves out of the list what cannot be used of its filter; the filter itself stays as it is until it is saved.
    pub fn mend(self) {
        let Some(filter) = self.opened.get_untracked() else { return };
        let about = |part: &str| filter.problems.iter().any(|problem| problem.complaint.pointer.starts_with(part));
        self.conditions.update(|all| leave_out(all, &places(&filter, "/filter/")));
        if about("/sort") {
            self.sort.set(None);
        }
        if about("/query") {
            self.query.set(String::new());
        }
        self.blocked.set(false);
    }

    /// Asks by another query. Where nothing but its query was wrong with the opened filter, that mends it.
    pub fn ask(self, query: String) {
        let mended = self.blocked.get_untracked()
            && self.query.with_untracked(|old| *old != query)
            && self.opened.with_untracked(|filter| {
                let mut wrong = filter.iter().flat_map(|filter| &filter.problems);
                wrong.all(|problem| ["/query", "/columns"].iter().any(|it| problem.complaint.pointer.starts_with(it)))
            });
        self.query.set(query);
        if mended {
            self.gone.set(false);
            self.blocked.set(false);
        }
    }

    /// Asks for somebody, wherever they are.
    pub fn ask_everybody(self, session: Session, query: String) {
        self.close(session);
        self.awaited.set(None);
        self.query.set(query);
    }

    /// Looks at the list through no filter.
    pub fn close(self, session: Session) {
        self.blocked.set(false);
        self.gone.set(false);
        self.selection.clear();
        self.clear();
        self.sort.set(untrack(|| session.preferences()).list_layout().sort);
        self.columns.set(None);
        self.opened.set(None);
    }

    /// The list as it is now, to be saved under a name.
    pub fn view(self, restrictions: &Restrictions, name: String, sharing: Sharing) -> FilterBody {
        FilterBody {
            name,
            sharing,
            department_id: None,
            filter: self.filter(restrictions),
            query: self.asked_query(),
            columns: self.columns.get(),
            sort: self.sort.get(),
        }
    }

    /// Whether the list differs from the opened filter, or without one is worth saving.
    pub fn is_changed(self, restrictions: &Restrictions) -> bool {
        self.opened.with(|opened| match opened {
            Some(filter) => {
                let saved = &filter.view;
                let now = self.view(restrictions, saved.name.clone(), saved.sharing);
                now != FilterBody { department_id: None, ..saved.clone() }
            }
            None => self.is_narrowed(),
        })
    }
}

impl Default for ListState {
    fn default() -> Self {
        Self::new()
    }
}

/// The places below `part` that a filter has problems in.
fn places(filter: &SavedFilter, part: &str) -> Vec<usize> {
    let inside = filter.problems.iter().filter_map(|problem| problem.complaint.pointer.strip_prefix(part));
    inside.filter_map(|rest| rest.split('/').next()?.parse().ok()).collect()
}

fn leave_out<T>(all: &mut Vec<T>, places: &[usize]) {
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        !places.contains(&(at - 1))
    });
}

/// Which clients an action is to be for.
#[derive(Clone, Copy)]
pub struct Selection {
    pub ids: RwSignal<BTreeSet<ClientId>>,
    /// All that match, also those that were not loaded.
    pub all: RwSignal<bool>,
    /// Where a range begins.
    anchor: StoredValue<Option<ClientId>>,
}

impl Selection {
    fn new() -> Self {
        Self { ids: RwSignal::new(BTreeSet::new()), all: RwSignal::new(false), anchor: StoredValue::new(None) }
    }

    pub fn clear(self) {
        if self.all.get_untracked() {
            self.all.set(false);
        }
        if !self.ids.with_untracked(BTreeSet::is_empty) {
            self.ids.set(BTreeSet::new());
        }
        self.anchor.set_value(None);
    }

    pub fn has(self, id: ClientId) -> bool {
        self.all.get() || self.ids.with(|ids| ids.contains(&id))
    }

    pub fn is_empty(self) -> bool {
        self.ids.with(BTreeSet::is_empty)
    }

    /// Selects a row or unselects it; with `range` also those up to it from the row that was touched last.
    pub fn turn(self, rows: &[ClientRow], id: ClientId, range: bool) {
        // A client less than all is no longer "all that match": what was loaded and selected stays.
        self.all.set(false);
        let on = !self.ids.with_untracked(|ids| ids.contains(&id));
        let place = |id| rows.iter().position(|row: &ClientRow| row.id == id);
        let ends = self.anchor.get_value().filter(|_| range).and_then(|anchor| Some((place(anchor)?, place(id)?)));
        let (first, last) = match ends {
            Some((one, other)) => (one.min(other), one.max(other)),
            None => match place(id) {
                Some(at) => (at, at),
                None => return,
            },
        };
        self.ids.update(|ids| {
            for row in rows.iter().take(last + 1).skip(first) {
                if on {
                    ids.insert(row.id);
                } else {
                    ids.remove(&row.id);
                }
            }
        });
        self.anchor.set_value(Some(id));
    }

    /// Selects all rows, or none when all were selected.
    pub fn turn_page(self, rows: &[ClientRow]) {
        let all = self.has_page(rows);
        self.clear();
        if !all {
            self.ids.set(rows.iter().map(|row| row.id).collect());
        }
    }

    /// Whether every one of these rows is selected.
    pub fn has_page(self, rows: &[ClientRow]) -> bool {
        !rows.is_empty() && self.ids.with(|ids| rows.iter().all(|row| ids.contains(&row.id)))
    }
}

/// A field's cell of a client's row.
pub type Spot = (ClientId, zgoda_domain::field_ref::FieldRef);
