//! Managing custom fields: rename, reorder, delete, restore.

use super::{AddFieldDialog, add_dialog::lines};
use crate::{
    browser,
    data::{Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{
        Await, BackLink, Badge, Confirm, Dialog, Empty, Icon, PageHead, SubmitButton, Summary, Svg, TextArea,
        TextField, Tone, use_toasts,
    },
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::{ChangeCustomField, CustomField};
use zgoda_domain::{access::Right, custom_field::FieldKind};

/// What a row can ask for.
#[derive(Clone, Copy)]
struct Hands {
    edit: RwSignal<Option<CustomField>>,
    remove: RwSignal<Option<CustomField>>,
    restore: Callback<CustomField>,
    place: Callback<(CustomField, i32)>,
}

/// All custom fields.
#[component]
pub fn FieldsPage() -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    browser::set_title(w.custom_fields);
    let fields = remote(|api| async move { api.custom_fields().await });
    let adding = RwSignal::new(false);
    let sending = Sending::new();
    let (restore_api, place_api, remove_api) = (api.clone(), api.clone(), api);
    let hands = Hands {
        edit: RwSignal::new(None),
        remove: RwSignal::new(None),
        restore: Callback::new(move |field: CustomField| {
            let api = restore_api.clone();
            sending.run(async move { api.restore_custom_field(field.id).await }, move |()| {
                toasts.say(w.field_restored);
                fields.refetch();
            });
        }),
        place: Callback::new(move |(field, position): (CustomField, i32)| {
            let api = place_api.clone();
            let body = ChangeCustomField { name: field.name, options: field.options, position };
            sending.run(async move { api.change_custom_field(field.id, field.version, &body).await }, move |_| {
                fields.refetch()
            });
        }),
    };
    let remove = Callback::new(move |()| {
        let Some(field) = hands.remove.get_untracked() else { return };
        hands.remove.set(None);
        let api = remove_api.clone();
        sending.run(async move { api.delete_custom_field(field.id).await }, move |()| {
            toasts.say(w.field_deleted);
            fields.refetch();
        });
    });
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=w.custom_fields text=move || w.fields_text>
            {session.may(Right::ConfigureFields).then(|| view! {
                <button type="button" class="button button--primary" on:click=move |_| adding.set(true)>
                    <Svg icon=Icon::Plus />{w.add_custom_field}
                </button>
            })}
        </PageHead>
        <div class="settings">
            <Summary sending label=|_: String| None />
            <Await remote=fields children={move |fields: Vec<CustomField>| lists(fields, hands)} />
        </div>
        <Show when=move || adding.get()>
            <AddFieldDialog on_close=move |()| adding.set(false) on_made=move |_| {
                adding.set(false);
                fields.refetch();
            } />
        </Show>
        {move || hands.edit.get().map(|field| view! {
            <EditDialog field on_close=move |()| hands.edit.set(None) on_saved=move |()| {
                hands.edit.set(None);
                fields.refetch();
            } />
        })}
        {move || hands.remove.get().map(|field| view! {
            <Confirm
                title=format!("{} „{}”", w.delete_field_title, field.name)
                text=w.delete_field_text
                action=w.delete
                on_confirm=remove
                on_close=move |()| hands.remove.set(None)
            />
        })}
    }
}

fn lists(fields: Vec<CustomField>, hands: Hands) -> AnyView {
    let w = use_words();
    let (deleted, live): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| field.deleted_at.is_some());
    let last = live.len().saturating_sub(1);
    let empty = live.is_empty();
    let rows = live.into_iter().enumerate().map(|(at, field)| row(field, hands, at == 0, at == last)).collect_view();
    let gone = deleted.into_iter().map(|field| deleted_row(field, hands)).collect::<Vec<_>>();
    view! {
        <section class="panel">
            {if empty {
                view! { <Empty icon=Icon::Columns title=w.no_custom_fields /> }.into_any()
            } else {
                view! { <ul class="list">{rows}</ul> }.into_any()
            }}
        </section>
        {(!gone.is_empty()).then(|| view! {
            <section class="panel">
                <h2 class="panel__title">{w.deleted_fields}</h2>
                <ul class="list">{gone}</ul>
            </section>
        })}
    }
    .into_any()
}

fn row(field: CustomField, hands: Hands, first: bool, last: bool) -> impl IntoView {
    let w = use_words();
    let consent = field.kind == FieldKind::Consent;
    let named = |action: &str| format!("{action}: {}", field.name);
    let move_by = |step: i32| {
        let field = field.clone();
        move |_| hands.place.run((field.clone(), field.position + step))
    };
    let (edited, removed) = (field.clone(), field.clone());
    let options = (!field.options.is_empty()).then(|| format!(" · {}", field.options.join(", ")));
    view! {
        <li class="list__item">
            <div class="list__main">
                <p class="list__title">{w.field_name(&field)}</p>
                <p class="faint">{w.field_kind(field.kind)} {options} {consent.then(|| format!(" · {}", w.purpose_field_note))}</p>
            </div>
            {field.sensitive.then(|| view! { <Badge tone=Tone::Info label=w.sensitive /> })}
            <div class="list__actions">
                <button type="button" class="button button--small button--icon" aria-label=named(w.move_up) disabled=first on:click=move_by(-1)><Svg icon=Icon::Up /></button>
                <button type="button" class="button button--small button--icon" aria-label=named(w.move_down) disabled=last on:click=move_by(1)><Svg icon=Icon::Down /></button>
                <button type="button" class="button button--small button--icon" aria-label=named(w.edit) on:click=move |_| hands.edit.set(Some(edited.clone()))><Svg icon=Icon::Edit /></button>
                <button type="button" class="button button--small button--icon button--danger" aria-label=named(w.delete) disabled=consent on:click=move |_| hands.remove.set(Some(removed.clone()))><Svg icon=Icon::Trash /></button>
            </div>
        </li>
    }
}

fn deleted_row(field: CustomField, hands: Hands) -> impl IntoView {
    let w = use_words();
    let name = format!("{}: {}", w.restore, field.name);
    let shown = field.name.clone();
    view! {
        <li class="list__item">
            <div class="list__main"><p class="list__title">{shown}</p><p class="faint">{w.field_kind(field.kind)}</p></div>
            <button type="button" class="button button--small" aria-label=name on:click=move |_| hands.restore.run(field.clone())>{w.restore}</button>
        </li>
    }
}

#[component]
fn EditDialog(
    field: CustomField,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let name = RwSignal::new(field.name.clone());
    let options = RwSignal::new(field.options.join("\n"));
    let sending = Sending::new();
    let kind = field.kind;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = ChangeCustomField {
            name: name.get_untracked(),
            options: if kind.has_options() { lines(&options.get_untracked()) } else { Vec::new() },
            position: field.position,
        };
        let (api, id, version) = (api.clone(), field.id, field.version);
        sending.run(async move { api.change_custom_field(id, version, &body).await }, move |_| {
            toasts.say(w.saved);
            on_saved.run(());
        });
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.name.to_owned()),
        pointer if pointer.starts_with("/options") => Some(w.options.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=w.rename_field on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                {kind.has_options().then(|| view! {
                    <TextArea label=w.options value=options hint=w.options_hint rows=6 pointer="/options" problem=sending.problem("/options") />
                })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
