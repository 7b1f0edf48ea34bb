//! The client list.

use super::{
    ListState,
    columns::{available, chosen, filterable},
    export_dialog::{ExportButton, ShownList},
    filter_bar::FilterBar,
    filters::search,
    list_table::ListTable,
    query_bar::QueryBar,
};
use crate::{
    browser,
    data::{Paged, Phase, remote},
    features::custom_fields::AddFieldDialog,
    route::{Page, use_go},
    session::use_session,
    ui::{Icon, Menu, MenuItem, PageHead, Popover, Svg, Tick},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::{
    clients::{ClientRow, Cursor, SearchClients},
    jobs::{MatchingClients, SomeClients},
};
use zgoda_domain::{access::Right, client::BuiltinField, field_ref::FieldRef, list::ListColumn};

/// Clients: search, conditions, columns, order; with the menu that adds fields.
#[component]
pub fn ListPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let state = use_context::<ListState>().unwrap_or_default();
    let go = use_go();
    browser::set_title(w.clients);

    let fields = remote(|api| async move { api.custom_fields().await });
    let known = Memo::new(move |_| fields.get().and_then(Result::ok).unwrap_or_default());
    let restrictions = StoredValue::new(session.restrictions());
    let all = Memo::new(move |_| restrictions.with_value(|it| available(w, &known.get(), it)));
    let filters = Memo::new(move |_| restrictions.with_value(|it| filterable(w, &known.get(), it)));
    let choice = Memo::new(move |_| session.preferences().client_columns);
    let columns = Memo::new(move |_| chosen(&all.get(), choice.get().as_deref()));

    let filter = move || {
        let mut filter = state.conditions.get_untracked();
        filter.extend(restrictions.with_value(|it| search(&state.search.get_untracked(), it)));
        filter
    };
    let rows = Paged::<ClientRow, Cursor>::new(move |api, after| {
        let body = SearchClients {
            sort: state.sort.get_untracked(),
            filter: filter(),
            query: Some(state.query.get_untracked()).filter(|query| !query.is_empty()),
            columns: Some(columns.with_untracked(|columns| {
                columns.iter().filter(|it| !it.sealed).map(|it| ListColumn::Field(it.field)).collect()
            })),
            with_total: after.is_none(),
            after,
            ..SearchClients::default()
        };
        async move { api.search_clients(&body).await }
    });
    Effect::new(move || {
        state.sort.track();
        state.conditions.track();
        state.search.track();
        state.query.track();
        columns.track();
        rows.reload();
    });

    let shown = move |()| ShownList {
        clients: SomeClients::Matching(MatchingClients {
            filter: filter(),
            query: Some(state.query.get_untracked()).filter(|query| !query.is_empty()),
        }),
        sort: state.sort.get_untracked(),
        columns: columns.with_untracked(|columns| {
            let seen = columns.iter().filter(|it| !it.sealed);
            seen.map(|it| (ListColumn::Field(it.field), it.label.clone())).collect()
        }),
    };
    let adding = RwSignal::new(false);
    let manage = Callback::new(move |()| go(Page::CustomFields));
    let total = move || rows.total.get().map(|total| w.count(total, w.clients_n));
    view! {
        <PageHead title=w.clients text=total>
            {session.may(Right::CreateClients).then(|| view! {
                <A href=Page::NewClient.path() attr:class="button button--primary"><Svg icon=Icon::Plus />{w.add_client}</A>
            })}
        </PageHead>
        <section class="panel panel--table" aria-label=w.clients>
            <div class="toolbar">
                <FilterBar state columns=filters />
                <div class="toolbar__end">
                    <ExportButton shown />
                    <Popover label=move || view! { <Svg icon=Icon::Columns /><span class="wide-only">{w.display_options}</span> } name=w.display_options>
                        <ColumnChoice all columns />
                    </Popover>
                    {session.may(Right::ConfigureFields).then(|| view! {
                        <Menu label=move || view! { <Svg icon=Icon::Gear /><Svg icon=Icon::ChevronDown /> } name=w.list_settings>
                            <MenuItem label=w.add_custom_field icon=Icon::Plus on_select=move |()| adding.set(true) />
                            <MenuItem label=w.manage_fields icon=Icon::Settings on_select=manage />
                        </Menu>
                    })}
                </div>
            </div>
            <QueryBar state phase=rows.phase />
            <ListTable columns rows state />
        </section>
        <Show when=move || adding.get()>
            <AddFieldDialog
                on_close=move |()| adding.set(false)
                on_made=move |id| {
                    adding.set(false);
                    // Made from the list: it is there to be seen in the list.
                    let mut shown: Vec<FieldRef> = columns.get_untracked().iter().map(|column| column.field).collect();
                    shown.push(FieldRef::Custom(id));
                    session.choose_columns(shown);
                    fields.refetch();
                    if rows.phase.get_untracked() == Phase::Ready {
                        rows.reload();
                    }
                }
            />
        </Show>
    }
}

#[component]
fn ColumnChoice(all: Memo<Vec<super::Column>>, columns: Memo<Vec<super::Column>>) -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let name = FieldRef::Builtin(BuiltinField::Name);
    let ticks = move || {
        all.get()
            .into_iter()
            .filter(|column| column.field != name)
            .map(|column| {
                let field = column.field;
                let checked =
                    Signal::derive(move || columns.with(|columns| columns.iter().any(|other| other.field == field)));
                let on_change = move |wanted: bool| {
                    let mut shown: Vec<FieldRef> = columns.get_untracked().iter().map(|column| column.field).collect();
                    shown.retain(|other| *other != field);
                    if wanted {
                        shown.push(field);
                    }
                    session.choose_columns(shown);
                };
                view! { <Tick label=column.label checked on_change /> }
            })
            .collect_view()
    };
    view! {
        <fieldset class="choices">
            <legend class="choices__title">{w.columns}</legend>
            {ticks}
        </fieldset>
    }
}
