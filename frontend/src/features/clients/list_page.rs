//! The client list.

use super::{
    ListState, Spot,
    bulk_bar::BulkBar,
    column_chooser::ColumnChooser,
    columns::filterable,
    export_dialog::{self, ExportButton},
    filter_bar::FilterBar,
    list_address,
    list_head::Layout,
    list_keys,
    list_row::Names,
    list_table::ListTable,
    preview::Preview,
    query_bar::{QueryBar, is_misread},
    saved_filters::{Broken, SavedFilters},
    table_columns::{TableColumn, every, shown},
};
use crate::{
    browser,
    data::{Paged, Phase, Remote, remote},
    features::custom_fields::AddFieldDialog,
    route::{Page, use_go},
    session::{Restrictions, use_session},
    ui::{Empty, Icon, Menu, MenuItem, PageHead, Svg},
    words::{use_list_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;
use zgoda_api_types::{
    clients::{ClientRow, Cursor, SearchClients},
    custom_fields::CustomField,
};
use zgoda_domain::{access::Right, field_ref::FieldRef, list::ListColumn, saved_filter::ShownColumn};

/// Clients: saved filters, search, conditions, columns, order; what is done to many; with the menu that adds fields.
#[component]
pub fn ListPage() -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let session = use_session();
    let state = use_context::<ListState>().unwrap_or_default();
    browser::set_title(w.clients);

    let fields = remote(|api| async move { api.custom_fields().await });
    let filters = remote(|api| async move { api.filters().await });
    list_address::follow(state, filters);
    let known = Memo::new(move |_| fields.get().and_then(Result::ok).unwrap_or_default());
    let restrictions = StoredValue::new(session.restrictions());
    let all = Memo::new(move |_| restrictions.with_value(|it| every(w, l, &known.get(), it)));
    let filterable = Memo::new(move |_| restrictions.with_value(|it| filterable(w, &known.get(), it)));
    let chosen = Memo::new(move |_| shown(&all.get(), &state.layout(session)));
    let columns = Memo::new(move |_| chosen.with(|it| it.iter().map(|(column, _)| column.clone()).collect::<Vec<_>>()));
    let widths = Memo::new(move |_| chosen.with(|it| it.iter().map(|(_, width)| *width).collect::<Vec<_>>()));
    let layout = Layout::new(state, columns, widths);
    let names = names(columns);
    let rows = rows(state, columns, restrictions);
    let editing = RwSignal::new(None::<Spot>);
    list_keys::hear(state, columns, rows, editing);

    // Read by nobody: there is nothing to show, to save or to take out.
    let misread = Memo::new(move |_| rows.phase.with(is_misread));
    let usable = Memo::new(move |_| !state.blocked.get() && !misread.get());
    let total = move || rows.total.get().filter(|_| !state.blocked.get()).map(|total| l.total(w, total));
    view! {
        <PageHead title=w.clients text=total>
            {session.may(Right::CreateClients).then(|| view! {
                <A href=Page::NewClient.path() attr:class="button button--primary"><Svg icon=Icon::Plus />{w.add_client}</A>
            })}
        </PageHead>
        <section class="panel panel--table" aria-label=w.clients>
            <div class="toolbar toolbar--list">
                <SavedFilters state layout filters usable />
                <FilterBar state columns=filterable />
                <div class="toolbar__end">
                    <Show when=move || usable.get()>
                        <ExportButton shown=move |()| untrack(|| export_dialog::shown(state, columns, restrictions)) />
                    </Show>
                    <ColumnChooser every=all layout state />
                    {session.may(Right::ConfigureFields).then(|| view! { <FieldsMenu state layout fields rows /> })}
                </div>
            </div>
            <QueryBar state phase=rows.phase />
            <div class="list-area">
                <div class="list-area__rows">
                    <Show when=move || !state.blocked.get() fallback=move || view! { <Broken state /> }>
                        <Show when=move || !misread.get() fallback=move || view! { <Misread state /> }>
                            <ListTable layout rows state names editing />
                        </Show>
                    </Show>
                </div>
                <Preview state rows fields names />
            </div>
            <BulkBar state rows fields=known every=all on_change=move |()| names.tags.refetch() />
        </section>
    }
}

/// In the place of the rows: the query cannot be read. What is wrong stands beside it.
#[component]
fn Misread(state: ListState) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    view! {
        <Empty icon=Icon::Search title=l.misread_title text=l.misread_text>
            <div class="actions">
                <button type="button" class="button button--primary" on:click=move |_| browser::focus_soon(".query .editor__text")>
                    {l.misread_mend}
                </button>
                <button type="button" class="button" on:click=move |_| state.ask(String::new())>{w.clear_conditions}</button>
            </div>
        </Empty>
    }
}

/// The rows, read again whenever something else is asked for.
fn rows(
    state: ListState,
    columns: Memo<Vec<TableColumn>>,
    restrictions: StoredValue<Restrictions>,
) -> Paged<ClientRow, Cursor> {
    // In whatever order and width: the same rows tell them.
    let told = Memo::new(move |_| columns.with(|it| it.iter().map(|column| column.column).collect::<BTreeSet<_>>()));
    let question = move || SearchClients {
        sort: state.sort.get(),
        filter: restrictions.with_value(|it| state.filter(it)),
        query: state.asked_query(),
        columns: Some(told.get().into_iter().collect()),
        ..SearchClients::default()
    };
    let rows = Paged::<ClientRow, Cursor>::new(move |api, after| {
        let body = SearchClients { after, ..untrack(question) };
        async move { api.search_clients(&body).await }
    })
    .counted_by(move |api| {
        let body = SearchClients { columns: Some(Vec::new()), limit: 1, with_total: true, ..untrack(question) };
        async move { Ok(api.search_clients(&body).await?.total) }
    });
    let asked = Memo::new(move |_| question());
    Effect::new(move |before: Option<SearchClients>| {
        let now = asked.get();
        if state.blocked.get() || state.awaited.with(Option::is_some) {
            return before.unwrap_or_default();
        }
        // Others may be found: whoever was selected is not what the person would see now.
        if before.is_some_and(|before| before.filter != now.filter || before.query != now.query) {
            state.selection.clear();
            rows.total.set(None);
        }
        state.asked.set(Some(SearchClients { columns: None, ..now.clone() }));
        rows.reload();
        now
    });
    rows
}

/// What ids in rows are called; people only where a column tells them.
fn names(columns: Memo<Vec<TableColumn>>) -> Names {
    let shows_people = Memo::new(move |_| {
        columns.with(|it| it.iter().any(|it| matches!(it.column, ListColumn::Owner | ListColumn::Department)))
    });
    let tags = remote(|api| async move { api.tags().await });
    let people = remote(move |api| {
        let wanted = shows_people.get();
        async move {
            Ok(if wanted { (api.colleagues().await?, api.departments().await?) } else { (Vec::new(), Vec::new()) })
        }
    });
    Names { tags, people }
}

/// Adding a field from the list.
#[component]
fn FieldsMenu(
    state: ListState,
    layout: Layout,
    fields: Remote<Vec<CustomField>>,
    rows: Paged<ClientRow, Cursor>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let session = use_session();
    let go = use_go();
    let go_to = move |page| {
        let go = go.clone();
        Callback::new(move |()| go(page))
    };
    let (fields_page, tags_page) = (go_to(Page::CustomFields), go_to(Page::Tags));
    let adding = RwSignal::new(false);
    view! {
        <Menu label=move || view! { <Svg icon=Icon::Gear /><Svg icon=Icon::ChevronDown /> } name=w.list_settings>
            <MenuItem label=w.add_custom_field icon=Icon::Plus on_select=move |()| adding.set(true) />
            <MenuItem label=w.manage_fields icon=Icon::Settings on_select=fields_page />
            <MenuItem label=l.manage_tags icon=Icon::Tag on_select=tags_page />
        </Menu>
        <Show when=move || adding.get()>
            <AddFieldDialog
                on_close=move |()| adding.set(false)
                on_made=move |id| {
                    adding.set(false);
                    // Made from the list: it is there to be seen in the list.
                    let mut columns = layout.kept();
                    columns.push(ShownColumn { column: ListColumn::Field(FieldRef::Custom(id)), width: None });
                    state.choose_columns(session, columns);
                    fields.refetch();
                    if rows.phase.get_untracked() == Phase::Ready {
                        rows.reload();
                    }
                }
            />
        </Show>
    }
}
