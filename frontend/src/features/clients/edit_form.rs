//! The form of a card: built-in fields in groups, custom fields by their kind.

use super::{
    draft::{Draft, Entry, Fixed},
    option_ticks::OptionTicks,
    values,
};
use crate::{
    data::Sending,
    session::use_session,
    ui::{FixedField, SelectField, SubmitButton, Summary, TextArea, TextField, Tick},
    words::{Words, use_words},
};
use leptos::{ev, prelude::*};
use leptos_router::components::A;
use wasm_bindgen::JsCast;
use zgoda_api_types::{custom_fields::CustomField, problem::ProblemCode};
use zgoda_domain::{
    client::{BuiltinField, ClientKind},
    custom_field::FieldKind,
};

/// The labelled controls of a draft with their buttons. Ctrl+Enter saves from anywhere in it.
#[component]
pub fn ClientForm(
    draft: Draft,
    sending: Sending,
    #[prop(into)] on_submit: Callback<()>,
    #[prop(into)] cancel_to: String,
    /// Shown on top instead of the summary when somebody else saved first.
    #[prop(into, optional)]
    outdated: ViewFn,
) -> impl IntoView {
    use BuiltinField as F;
    let w = use_words();
    let session = use_session();
    let kept = draft.clone();
    Effect::new(move || session.set_unsaved(kept.is_changed()));
    on_cleanup(move || session.set_unsaved(false));

    let labels: Vec<(String, String)> = draft
        .builtin
        .iter()
        .map(|(field, _)| (format!("/details/{}", field.key()), w.builtin(*field).to_owned()))
        .chain(draft.custom.iter().map(|(field, _)| (format!("/custom/{}", field.id), field.name.clone())))
        .collect();
    let label = move |pointer: String| labels.iter().find(|(key, _)| *key == pointer).map(|(_, label)| label.clone());
    let is_outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));

    let group = |fields: &[F]| {
        let entries = fields.iter().filter_map(|field| Some((*field, draft.entry(*field)?)));
        entries.map(|(field, entry)| control(w, field, entry, sending)).collect::<Vec<_>>()
    };
    let basic = group(&[F::Name, F::FirstName, F::LastName, F::Position]);
    let contact = group(&[F::Email, F::Phone, F::MobilePhone, F::Website]);
    let address = group(&[F::Street, F::PostCode, F::City, F::Country]);
    let registries = group(&[F::Nip, F::Regon, F::Pesel]);
    let other = group(&[F::Note, F::ExternalId]);
    let kinds =
        [ClientKind::Person, ClientKind::Company].map(|it| (it.code().to_owned(), w.client_kind(it).to_owned()));
    let kind = view! { <SelectField label=w.kind value=draft.kind.text options=Signal::stored(kinds.to_vec()) pointer="/details/kind" /> };
    let custom =
        draft.custom.iter().map(|(field, entry)| custom_control(w, field, *entry, sending)).collect::<Vec<_>>();
    view! {
        <form
            class="edit"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                on_submit.run(());
            }
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    let form = event.current_target().and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
                    let _ = form.map(|form| form.request_submit());
                }
            }
        >
            {move || if is_outdated() { outdated.run().into_any() } else { view! { <Summary sending label=label.clone() /> }.into_any() }}
            <Group title=w.basic_data>{kind} {basic}</Group>
            {[(w.contact, contact), (w.address, address), (w.registries, registries), (w.other, other), (w.custom_fields, custom)]
                .into_iter()
                .filter(|(_, controls)| !controls.is_empty())
                .map(|(title, controls)| view! { <Group title>{controls}</Group> })
                .collect_view()}
            <div class="edit__actions">
                <A href=cancel_to attr:class="button">{w.cancel}</A>
                <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
            </div>
        </form>
    }
}

#[component]
fn Group(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <fieldset class="panel edit__group">
            <legend class="panel__title">{title}</legend>
            <div class="edit__grid">{children()}</div>
        </fieldset>
    }
}

fn control(w: &'static Words, field: BuiltinField, entry: Entry, sending: Sending) -> AnyView {
    let wide = field == BuiltinField::Note;
    if entry.fixed != Fixed::No {
        return fixed(w, w.builtin(field), entry, entry.text.get_untracked(), wide);
    }
    let pointer = format!("/details/{}", field.key());
    let problem = sending.problem(pointer.clone());
    let label = w.builtin(field);
    let hint = match field {
        BuiltinField::Name => Some(w.name_hint.to_owned()),
        BuiltinField::Pesel => Some(w.pesel_hint.to_owned()),
        BuiltinField::Country => Some(w.country_hint.to_owned()),
        _ => None,
    };
    let kind = match field {
        BuiltinField::Email => "email",
        BuiltinField::Phone | BuiltinField::MobilePhone => "tel",
        BuiltinField::Website => "url",
        _ => "text",
    };
    let value = entry.text;
    let input = match (field, hint) {
        (BuiltinField::Note, _) => view! { <TextArea label value pointer problem /> }.into_any(),
        (_, Some(hint)) => view! { <TextField label value pointer problem hint kind /> }.into_any(),
        (_, None) => view! { <TextField label value pointer problem kind /> }.into_any(),
    };
    view! { <div class="edit__cell" class:edit__cell--wide=wide>{input} {theirs(w, entry)}</div> }.into_any()
}

/// A field that the person's role keeps from them, and why.
fn fixed(w: &'static Words, label: &str, entry: Entry, text: String, wide: bool) -> AnyView {
    let hint = if entry.fixed == Fixed::Masked { w.masked } else { w.read_only };
    view! { <div class="edit__cell" class:edit__cell--wide=wide><FixedField label text hint /></div> }.into_any()
}

fn custom_control(w: &'static Words, field: &CustomField, entry: Entry, sending: Sending) -> AnyView {
    let wide = field.kind == FieldKind::LongText;
    if entry.fixed != Fixed::No {
        let typed = entry.text.get_untracked();
        let value = values::parse(field.kind, &typed).unwrap_or_default();
        let text = if entry.fixed == Fixed::Masked { typed } else { values::shown(w, field.kind, &value) };
        return fixed(w, &field.name, entry, text, wide);
    }
    let pointer = format!("/custom/{}", field.id);
    let problem = sending.problem(pointer.clone());
    let (label, value) = (field.name.clone(), entry.text);
    let text = |kind: &'static str| {
        view! { <TextField label=label.clone() value pointer=pointer.clone() problem kind /> }.into_any()
    };
    let input = match field.kind {
        FieldKind::Checkbox => {
            let checked = Signal::derive(move || value.with(|text| text == "true"));
            let on_change = move |on: bool| value.set(on.to_string());
            view! { <Tick label checked on_change pointer problem /> }.into_any()
        }
        FieldKind::Select => {
            let mut options = vec![(String::new(), w.nothing_chosen.to_owned())];
            options.extend(field.options.iter().map(|option| (option.clone(), option.clone())));
            view! { <SelectField label value options=Signal::stored(options) pointer problem /> }.into_any()
        }
        FieldKind::MultiSelect => view! {
            <fieldset class="field many">
                <legend class="field__label">{label}</legend>
                <OptionTicks options=field.options.clone() value />
            </fieldset>
        }
        .into_any(),
        FieldKind::LongText => view! { <TextArea label value pointer problem /> }.into_any(),
        FieldKind::Date => text("date"),
        FieldKind::Datetime => text("datetime-local"),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::ShortText | FieldKind::Consent => text("text"),
    };
    view! { <div class="edit__cell" class:edit__cell--wide=wide>{input} {theirs(w, entry)}</div> }.into_any()
}

/// What somebody else saved in a field that was typed into here as well.
fn theirs(w: &'static Words, entry: Entry) -> impl IntoView {
    move || {
        entry.theirs.get().map(|text| {
            let shown = if text.is_empty() { w.empty_value.to_owned() } else { text.clone() };
            view! {
                <p class="theirs">
                    {w.their_value} " " <strong>{shown}</strong> " "
                    <button
                        type="button"
                        class="button button--small"
                        on:click=move |_| {
                            entry.text.set(text.clone());
                            entry.theirs.set(None);
                        }
                    >
                        {w.take_theirs}
                    </button>
                </p>
            }
        })
    }
}
