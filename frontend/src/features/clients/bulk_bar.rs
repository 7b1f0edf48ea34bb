//! Below the list: what is selected and what can be done with it, and how far the last action on many is.

use super::{
    ListState,
    bulk_dialog::{BulkDialog, What},
    bulk_job::JobStrip,
    table_columns::TableColumn,
};
use crate::{
    data::Paged,
    session::use_session,
    ui::{Icon, Svg},
    words::{use_list_words, use_words, with},
};
use leptos::prelude::*;
use zgoda_api_types::{
    clients::{ClientRow, Cursor},
    custom_fields::CustomField,
};
use zgoda_domain::{access::Right, id::JobId};

/// Shown while something is selected, or an action on many goes on.
#[component]
pub fn BulkBar(
    state: ListState,
    rows: Paged<ClientRow, Cursor>,
    fields: Memo<Vec<CustomField>>,
    every: Memo<Vec<TableColumn>>,
    /// The tags or whose clients are may be others now.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let session = use_session();
    let doing = RwSignal::new(None::<What>);
    let any = Memo::new(move |_| !state.selection.is_empty());
    let has_job = Memo::new(move |_| state.job.with(Option::is_some));
    let total = Memo::new(move |_| rows.total.get());
    let count = move || match total.get().filter(|_| state.selection.all.get()) {
        Some(total) => with(l.selected_all, &l.total(w, total)),
        None => with(l.selected, &w.count(state.selection.ids.with(|ids| ids.len() as u64), w.clients_n)),
    };
    // The second step: everything that was loaded is selected, and there is more.
    let more = Memo::new(move |_| {
        let loaded = rows.rows.with(|rows| state.selection.has_page(rows));
        total.get().filter(|_| loaded && rows.has_more() && !state.selection.all.get())
    });
    let button = move |right: Right, what: What, icon: Icon, label: &'static str| {
        let danger = what == What::Delete;
        session.may(right).then(|| view! {
            <button type="button" class="button button--small" class:button--danger=danger aria-label=label on:click=move |_| doing.set(Some(what))>
                <Svg icon /><span class="wide-only">{label}</span>
            </button>
        })
    };
    view! {
        <Show when=move || any.get()>
            <div class="bulk" role="region" aria-label=l.selection>
                <p class="bulk__count" role="status">{count}</p>
                {move || more.get().map(|total| view! {
                    <button type="button" class="button button--small button--quiet" on:click=move |_| state.selection.all.set(true)>
                        {with(l.select_all, &l.total(w, total))}
                    </button>
                })}
                <div class="bulk__actions">
                    {button(Right::EditClients, What::Edit, Icon::Edit, l.edit_field)}
                    {button(Right::EditClients, What::Tags, Icon::Tag, l.tags)}
                    {button(Right::AssignClients, What::Assign, Icon::HandOver, l.assign)}
                    {button(Right::DeleteClients, What::Delete, Icon::Trash, l.delete_many)}
                    <button type="button" class="button button--small button--quiet button--icon" aria-label=l.unselect title=l.unselect on:click=move |_| state.selection.clear()>
                        <Svg icon=Icon::Close />
                    </button>
                </div>
            </div>
        </Show>
        <Show when=move || has_job.get()>
            <JobStrip state rows on_change />
        </Show>
        {move || doing.get().map(|what| untrack(|| view! {
            <BulkDialog
                what
                state
                fields=fields.get()
                every=every.get()
                on_close=move |()| doing.set(None)
                on_started=move |id: JobId| {
                    doing.set(None);
                    state.selection.clear();
                    super::bulk_job::follow(state, session, id);
                }
            />
        }))}
    }
}
