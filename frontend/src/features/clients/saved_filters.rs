//! Saved filters: choosing one, saving what differs, and what to do about one that speaks of a deleted field.

use super::{
    ListState,
    filter_dialog::{FilterDialog, Naming},
    list_head::Layout,
};
use crate::{
    browser,
    data::{Remote, Sending, remote},
    problems::Failure,
    session::{Restrictions, use_api, use_session},
    ui::{CloseMenu, Confirm, Empty, Icon, Popover, Summary, Svg, use_toasts},
    words::{ListWords, use_list_words, use_words, with},
};
use leptos::prelude::*;
use zgoda_api_types::{
    problem::ProblemCode,
    saved_filters::{FilterBody, FilterProblem, SavedFilter},
};
use zgoda_domain::{Invalid, Rule, id::FilterId, saved_filter::Sharing, search::Fault};

/// The picker, and beside it *save* and *save as* while there is something to save.
#[component]
pub fn SavedFilters(
    state: ListState,
    layout: Layout,
    filters: Remote<Vec<SavedFilter>>,
    /// The list shows what it is asked for.
    #[prop(into)]
    usable: Signal<bool>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let (api, session, toasts) = (StoredValue::new(use_api()), use_session(), use_toasts());
    let restrictions = StoredValue::new(session.restrictions());
    let naming = RwSignal::new(None::<Naming>);
    let changed = Memo::new(move |_| usable.get() && restrictions.with_value(|it| state.is_changed(it)));
    let editable = Memo::new(move |_| state.opened.with(|it| it.as_ref().is_some_and(|filter| filter.editable)));
    let is_open = Memo::new(move |_| state.opened.with(Option::is_some));
    let sending = Sending::new();
    let asked = RwSignal::new(None::<SavedFilter>);
    let save = move || {
        asked.set(None);
        let Some(filter) = state.opened.get_untracked() else { return };
        let body = view_of(state, restrictions, &filter.view);
        let (api, id) = (api.get_value(), filter.id);
        let sent = body.clone();
        sending.run(
            async move {
                api.change_filter(id, filter.version, &sent).await?;
                api.filters().await
            },
            move |all| {
                toasts.say(w.saved);
                take_over(state, &all, id);
                filters.refetch();
            },
        );
    };
    let press = move |_| {
        // What others look through is not changed by the way.
        match state.opened.get_untracked().filter(|filter| filter.view.sharing != Sharing::Personal) {
            Some(shared) => asked.set(Some(shared)),
            None => save(),
        }
    };
    // With the columns as they are: whoever opens it sees what was meant.
    let save_as = move |_| {
        let view = restrictions.with_value(|it| untrack(|| state.view(it, String::new(), Sharing::Personal)));
        let body = FilterBody { columns: Some(layout.kept()), ..view };
        naming.set(Some(Naming::New(Box::new(body))));
    };
    let outdated = move || sending.failure().is_some_and(|failure| failure.code() == Some(ProblemCode::Outdated));
    let name =
        move || state.opened.with(|it| it.as_ref().map_or_else(|| l.filters.to_owned(), |it| it.view.name.clone()));
    view! {
        <Popover label=move || view! { <Svg icon=Icon::Bookmark /><span class="filters__name">{name}</span><Svg icon=Icon::ChevronDown /> }>
            <Picker state filters naming />
        </Popover>
        <Show when=move || changed.get()>
            <span class="toolbar__save">
            <Show when=move || editable.get()>
                <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=press>{w.save}</button>
            </Show>
            <button type="button" class="button" on:click=save_as>
                {l.save_as}
            </button>
            <Show when=move || is_open.get()>
                <button type="button" class="button button--quiet" on:click=move |_| {
                    if let Some(filter) = state.opened.get_untracked() {
                        state.open(filter);
                    }
                }>{l.revert}</button>
            </Show>
            </span>
        </Show>
        {move || if outdated() {
            view! { <p class="field__problem" role="alert"><Svg icon=Icon::Warning />{l.filter_outdated}</p> }.into_any()
        } else {
            view! { <Summary sending label=|_: String| Some(l.filters.to_owned()) /> }.into_any()
        }}
        {move || asked.get().map(|filter| view! {
            <AskShared filter on_confirm=move |()| save() on_close=move |()| asked.set(None) />
        })}
        {move || naming.get().map(|what| view! {
            <FilterDialog
                what
                on_close=move |()| naming.set(None)
                on_saved=move |id| {
                    naming.set(None);
                    toasts.say(w.saved);
                    let api = session.api();
                    leptos::task::spawn_local(async move {
                        match api.filters().await {
                            Ok(all) => take_over(state, &all, id),
                            Err(error) => session.notice(&Failure::from(error)),
                        }
                    });
                    filters.refetch();
                }
                on_deleted=move |id| {
                    naming.set(None);
                    toasts.say(l.filter_deleted);
                    if state.opened.with_untracked(|it| it.as_ref().is_some_and(|filter| filter.id == id)) {
                        state.close(session);
                    }
                    if untrack(|| session.preferences()).list_layout().filter_id == Some(id) {
                        session.choose_layout(|layout| layout.filter_id = None);
                    }
                    filters.refetch();
                }
            />
        })}
    }
}

/// Asks before a filter is changed that others have too.
#[component]
fn AskShared(
    filter: SavedFilter,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let of_department = filter.view.sharing == Sharing::Department;
    let departments =
        remote(move |api| async move { if of_department { api.departments().await } else { Ok(Vec::new()) } });
    move || {
        let known = departments.get()?.unwrap_or_default();
        let seen_by = l.seen_by(&filter.view, &known).unwrap_or_default();
        let (title, text) = (with(l.save_shared_title, &filter.view.name), format!("{seen_by} {}", l.save_shared));
        Some(view! { <Confirm title text action=w.save on_confirm on_close /> })
    }
}

/// The list as it is now under the name that the filter has.
fn view_of(state: ListState, restrictions: StoredValue<Restrictions>, saved: &FilterBody) -> FilterBody {
    let view = restrictions.with_value(|it| untrack(|| state.view(it, saved.name.clone(), saved.sharing)));
    FilterBody { department_id: saved.department_id, ..view }
}

/// Looks through the filter as it was just saved.
fn take_over(state: ListState, all: &[SavedFilter], id: FilterId) {
    if let Some(filter) = all.iter().find(|filter| filter.id == id) {
        state.open(filter.clone());
    }
}

#[component]
fn Picker(state: ListState, filters: Remote<Vec<SavedFilter>>, naming: RwSignal<Option<Naming>>) -> impl IntoView {
    let l = use_list_words();
    let session = use_session();
    let menu = use_context::<CloseMenu>();
    let done = move || {
        if let Some(CloseMenu(open)) = menu {
            open.set(false);
        }
    };
    let toasts = use_toasts();
    let first = Memo::new(move |_| session.preferences().list_layout().filter_id);
    let choose_first = move |id: FilterId| {
        let chosen = (first.get_untracked() != Some(id)).then_some(id);
        session.choose_layout(|layout| layout.filter_id = chosen);
        toasts.say(if chosen.is_some() { l.opens_with_it } else { l.opens_with_all });
    };
    let current = move |id| move || state.opened.with(|it| it.as_ref().map(|it| it.id) == id).then_some("true");
    let row = move |filter: SavedFilter| {
        let (id, name) = (filter.id, filter.view.name.clone());
        let broken = (!filter.problems.is_empty())
            .then(|| view! { <span class="filters__broken"><Svg icon=Icon::Warning />{l.broken_mark}</span> });
        let settings = filter.clone();
        let label = with(l.change_filter, &name);
        let begins = with(l.open_with, &name);
        view! {
            <li class="filters__row">
                <button
                    type="button"
                    class="menu__item"
                    aria-current=current(Some(id))
                    on:click=move |_| {
                        state.open(filter.clone());
                        done();
                    }
                >
                    <span class="filters__name">{name}</span>
                    {broken}
                </button>
                <button
                    type="button"
                    class="button button--quiet button--icon button--small filters__first"
                    aria-label=begins
                    aria-pressed=move || (first.get() == Some(id)).to_string()
                    title=l.open_with_title
                    on:click=move |_| choose_first(id)
                >
                    <Svg icon=Icon::Star />
                </button>
                {settings.editable.then(|| view! {
                    <button
                        type="button"
                        class="button button--quiet button--icon button--small"
                        aria-label=label
                        title=l.filter_settings
                        on:click=move |_| {
                            naming.set(Some(Naming::Saved(Box::new(settings.clone()))));
                            done();
                        }
                    >
                        <Svg icon=Icon::Settings />
                    </button>
                })}
            </li>
        }
    };
    let groups = move || {
        let all = filters.get().and_then(Result::ok).unwrap_or_default();
        if all.is_empty() {
            return view! { <p class="filters__none faint">{l.no_filters}</p> }.into_any();
        }
        Sharing::ALL
            .iter()
            .filter_map(|sharing| {
                let mine: Vec<SavedFilter> = all.iter().filter(|it| it.view.sharing == *sharing).cloned().collect();
                (!mine.is_empty()).then(|| {
                    view! {
                        <p class="menu__group">{l.group(*sharing)}</p>
                        <ul aria-label=l.group(*sharing)>{mine.into_iter().map(row).collect_view()}</ul>
                    }
                })
            })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="filters">
            <button
                type="button"
                class="menu__item"
                aria-current=current(None)
                on:click=move |_| {
                    state.close(session);
                    done();
                    browser::focus_soon(".table-scroll");
                }
            >
                <Svg icon=Icon::Clients />
                {l.all_clients}
            </button>
            {groups}
        </div>
    }
}

/// In the place of the rows: why the opened filter cannot be used, and what can be done about it.
#[component]
pub fn Broken(state: ListState) -> impl IntoView {
    let l = use_list_words();
    let session = use_session();
    let everybody = view! {
        <button type="button" class="button" on:click=move |_| state.close(session)>{l.all_clients}</button>
    };
    if state.gone.get_untracked() {
        return view! { <Empty icon=Icon::Warning title=l.gone_title text=l.gone_text><div class="actions">{everybody}</div></Empty> }.into_any();
    }
    let problems = state.opened.get_untracked().map(|filter| filter.problems).unwrap_or_default();
    let hidden =
        problems.iter().any(|problem| problem.complaint.rule == Rule::NotShown && problem.field_name.is_none());
    let mut said: Vec<String> = problems.iter().map(|problem| sentence(l, problem)).collect();
    said.dedup();
    let text = said.join(" ");
    view! {
        <Empty icon=Icon::Warning title=l.broken_title text>
            <div class="actions">
                {(!hidden).then(|| view! {
                    <button type="button" class="button button--primary" on:click=move |_| state.mend()>{l.open_without}</button>
                })}
                {everybody}
            </div>
        </Empty>
    }
    .into_any()
}

fn sentence(l: &ListWords, problem: &FilterProblem) -> String {
    let Invalid { pointer, rule } = &problem.complaint;
    match (rule, &problem.field_name) {
        (Rule::Query { fault: Fault::UnknownValue, .. }, _) => l.broken_value.to_owned(),
        (Rule::Unknown, _) if pointer.ends_with("/value") => l.broken_value.to_owned(),
        (Rule::Unknown, Some(name)) => with(l.broken_field, name),
        (Rule::Query { .. }, Some(name)) => with(l.broken_field, name),
        (Rule::Unknown | Rule::Query { .. }, None) => l.broken_unknown.to_owned(),
        (_, Some(name)) => with(l.broken_unfit, name),
        (_, None) => l.broken_hidden.to_owned(),
    }
}
