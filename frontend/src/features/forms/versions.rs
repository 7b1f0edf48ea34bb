//! Wersje: every publication as it was, what the draft changes, and the way back.

use super::{
    arrange::{Change, changes},
    editor::Editor,
    preview::Frozen,
};
use crate::{
    data::{Remote, remote},
    ui::{Await, Badge, Dialog, Empty, Icon, Tone},
    words::{FormsWords, Words, time, use_forms_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::forms::{FormVersion, FormVersionSummary, VersionState};
use zgoda_domain::id::FormId;

/// The published versions of a form. `on_restore` gets the version that shall be the draft.
#[component]
pub fn Versions(
    editor: Editor,
    id: FormId,
    /// Number of the published version; the list is read anew when it changes.
    #[prop(into)]
    live: Signal<Option<i32>>,
    may_edit: bool,
    #[prop(into)] on_restore: Callback<FormVersion>,
) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let versions = remote(move |api| {
        live.track();
        async move { api.form_versions(id).await }
    });
    let viewed = RwSignal::new(None::<i32>);
    view! {
        <section class="panel panel--table" aria-label=f.tab_versions>
            <Await remote=versions children={move |versions: Vec<FormVersionSummary>| table(w, f, editor, id, versions, viewed)} />
        </section>
        {move || viewed.get().map(|number| view! {
            <Look editor id number may_edit on_restore on_close=move |()| viewed.set(None) />
        })}
    }
}

fn state_mark(f: &FormsWords, state: VersionState) -> impl IntoView + use<> {
    match state {
        VersionState::Published => view! { <Badge tone=Tone::Good label=f.version_live /> },
        VersionState::Retired => view! { <Badge tone=Tone::Off label=f.version_retired /> },
    }
}

fn table(
    w: &'static Words,
    f: &'static FormsWords,
    editor: Editor,
    id: FormId,
    versions: Vec<FormVersionSummary>,
    viewed: RwSignal<Option<i32>>,
) -> AnyView {
    if versions.is_empty() {
        return view! { <Empty icon=Icon::Forms title=f.no_versions text=f.no_versions_text /> }.into_any();
    }
    let newest = versions.first().map(|it| it.number);
    let count = move |fields: u64| w.count(fields, f.fields_n);
    let rows = versions
        .into_iter()
        .map(|version| {
            let name = f.version_number(version.number);
            let label = format!("{}: {name}", f.view_version);
            let date = time::day_and_time(w.spoken, time::local(version.published_at));
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{state_mark(f, version.state)}</td>
                    <td class="table__date">{date}</td>
                    <td>{count(u64::from(version.fields))}</td>
                    <td>
                        <button type="button" class="button button--small" aria-label=label on:click=move |_| viewed.set(Some(version.number))>
                            {f.view_version}
                        </button>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=f.tab_versions>
            <table class="table">
                <caption class="visually-hidden">{f.tab_versions}</caption>
                <thead>
                    <tr>
                        <th scope="col">{f.column_version}</th>
                        <th scope="col">{f.column_state}</th>
                        <th scope="col">{f.column_date}</th>
                        <th scope="col">{f.column_fields}</th>
                        <th scope="col"><span class="visually-hidden">{f.view_version}</span></th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">{f.version_draft}</th>
                        <td><Badge tone=Tone::Wait label=f.version_draft /></td>
                        <td>"–"</td>
                        <td>{move || count(editor.definition.with(|it| it.fields.len() as u64))}</td>
                        <td></td>
                    </tr>
                    {rows}
                </tbody>
            </table>
        </div>
        {newest.map(|newest| view! { <Changes editor id newest /> })}
    }
    .into_any()
}

/// What the draft changes, measured against the newest version.
#[component]
fn Changes(editor: Editor, id: FormId, newest: i32) -> impl IntoView {
    let f = use_forms_words();
    let version = remote(move |api| async move { api.form_version(id, newest).await });
    let listed = move |version: FormVersion| {
        let found = move || {
            let found = editor.definition.with(|now| changes(&version.definition, now));
            if found.is_empty() {
                return view! { <p class="faint">{f.changes_none}</p> }.into_any();
            }
            let items = found.into_iter().map(|change| {
                let (label, what) = match change {
                    Change::Added(label) => (label, f.change_added),
                    Change::Removed(label) => (label, f.change_removed),
                    Change::Changed(label) => (label, f.change_changed),
                    Change::Moved(label) => (label, f.change_moved),
                    Change::Settings => (f.change_settings.to_owned(), f.change_changed),
                };
                view! { <li>{label} ": " <strong>{what}</strong></li> }
            });
            view! { <ul class="versions__list">{items.collect_view()}</ul> }.into_any()
        };
        view! { {found} }
    };
    view! {
        <div class="versions__changes">
            <h3 class="form-settings__title">{f.changes_title}</h3>
            <Await remote=version lines=2 children=listed />
        </div>
    }
}

/// One version, to read and to restore.
#[component]
fn Look(
    editor: Editor,
    id: FormId,
    number: i32,
    may_edit: bool,
    on_restore: Callback<FormVersion>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let version: Remote<FormVersion> = remote(move |api| async move { api.form_version(id, number).await });
    view! {
        <Dialog title=f.version_number(number) on_close wide=true>
            <Await remote=version children={move |it: FormVersion| {
                let date = time::day_and_time(w.spoken, time::local(it.summary.published_at));
                let definition = it.definition.clone();
                view! {
                    <p class="marks">{state_mark(f, it.summary.state)} {date}</p>
                    <Frozen editor definition />
                    <div class="dialog__actions">
                        <button type="button" class="button" on:click=move |_| on_close.run(())>{w.close}</button>
                        {may_edit.then(|| view! {
                            <button type="button" class="button button--primary" on:click=move |_| {
                                // Restoring leaves this page of the editor, and the dialog with it.
                                on_restore.run(it.clone());
                                on_close.run(());
                            }>{f.restore_version}</button>
                        })}
                    </div>
                }
            }} />
        </Dialog>
    }
}
