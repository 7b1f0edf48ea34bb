//! One column: its name, samples of what is in it, and what it becomes.

use super::{
    columns_step::{Group, make},
    import_page::Known,
    plan::{Column, Plan, code, letters},
};
use crate::{
    data::Sending,
    session::use_api,
    ui::{Icon, SelectField, Summary, Svg, TextField, described_by, field_id, use_toasts},
    words::{use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::CreateCustomField;
use zgoda_domain::{custom_field::FieldKind, field_ref::FieldRef, import::ColumnTarget};

/// Chosen to make a field for the column.
const NEW: &str = "new";

#[component]
pub fn ColumnRow(
    plan: Plan,
    at: usize,
    column: Column,
    known: Known,
    groups: Memo<Vec<Group>>,
    /// The person may make custom fields.
    makes: bool,
) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let name = plan.column_name(at);
    let id = field_id(&format!("/columns/{at}"));
    let about = column.about.get_value();
    let samples = about.samples.iter().take(3).map(|sample| view! { <li class="sample">{sample.clone()}</li> });
    let samples = if about.samples.is_empty() {
        view! { <p class="faint">{d.column_empty}</p> }.into_any()
    } else {
        view! { <ul class="mapped__samples" aria-label=d.samples>{samples.collect_view()}</ul> }.into_any()
    };
    let target = column.target;
    let making = RwSignal::new(false);
    // Another column that becomes the very same.
    let twice = Memo::new(move |_| {
        let mine = target.get();
        let field = matches!(mine, ColumnTarget::Field(_) | ColumnTarget::Consent(_) | ColumnTarget::Kind);
        field && plan.targets().into_iter().enumerate().any(|(other, it)| other != at && it == mine)
    });
    let choose = move |event| {
        let chosen: String = event_target_value(&event);
        making.set(chosen == NEW);
        if chosen != NEW {
            target.set(serde_json::from_str(&chosen).unwrap_or_default());
        }
    };
    let options = move || {
        let now = code(&target.get_untracked());
        let option = |(value, label): (String, String)| {
            let selected = value == now;
            view! { <option value=value selected=selected>{label}</option> }
        };
        let groups = groups.get().into_iter().filter(|(_, targets)| !targets.is_empty());
        let groups = groups.map(|(label, targets)| {
            view! { <optgroup label=label>{targets.into_iter().map(option).collect_view()}</optgroup> }
        });
        view! {
            {option((code(&ColumnTarget::Ignore), d.target_ignore.to_owned()))}
            {makes.then(|| option((NEW.to_owned(), d.target_new.to_owned())))}
            {groups.collect_view()}
        }
    };
    let value = move || {
        groups.track();
        if making.get() { NEW.to_owned() } else { code(&target.get()) }
    };
    // Texts of several columns are put together; of everything else there can be but one.
    let problem =
        Signal::derive(move || (twice.get() && target.get().takes_one_column()).then(|| d.column_twice.to_owned()));
    let described = described_by(&id, false, problem);
    let (labelled, problem_id) = (id.clone(), format!("{id}-problem"));
    view! {
        <li class="mapped" class:mapped--off=move || target.get() == ColumnTarget::Ignore && !making.get()>
            <div class="mapped__file">
                <p class="mapped__name">{name.clone()} <span class="faint">{d.column_n(&letters(at))}</span></p>
                {samples}
            </div>
            <span class="mapped__arrow" aria-hidden="true"><Svg icon=Icon::ChevronRight /></span>
            <div class="mapped__target">
                <label class="visually-hidden" for=labelled>{d.becomes(&name)}</label>
                <select
                    class="input input--select"
                    id=id.clone()
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    aria-describedby=described
                    prop:value=value
                    on:change=choose
                >
                    {options}
                </select>
                {move || match problem.get() {
                    Some(text) => view! { <p class="field__problem" id=problem_id.clone()><Svg icon=Icon::Warning />{text}</p> }.into_any(),
                    None if twice.get() => view! { <p class="field__hint">{d.column_joined}</p> }.into_any(),
                    None => ().into_any(),
                }}
                {move || making.get().then(|| view! { <MakeField column known making named=w.name /> })}
            </div>
        </li>
    }
}

/// A field for the column, made on the way.
#[component]
fn MakeField(column: Column, known: Known, making: RwSignal<bool>, named: &'static str) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let (api, toasts) = (StoredValue::new(use_api()), use_toasts());
    let proposed = column.about.with_value(|about| about.new_field.clone());
    let name = RwSignal::new(proposed.name);
    let kind = RwSignal::new(proposed.kind.code().to_owned());
    let options = StoredValue::new(proposed.options);
    let kinds: Vec<_> = FieldKind::ALL
        .into_iter()
        .filter(|kind| {
            *kind != FieldKind::Consent && (!kind.has_options() || options.with_value(|all| !all.is_empty()))
        })
        .map(|kind| (kind.code().to_owned(), w.field_kind(kind).to_owned()))
        .collect();
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let kind = FieldKind::from_code(&kind.get_untracked()).unwrap_or_default();
        let options = if kind.has_options() { options.get_value() } else { Vec::new() };
        let body = CreateCustomField { name: name.get_untracked(), kind, options, sensitive: false };
        let api = api.get_value();
        sending.run(async move { make(&api, &body, known).await }, move |id| {
            toasts.say(w.field_added);
            column.target.set(ColumnTarget::Field(FieldRef::Custom(id)));
            making.set(false);
        });
    };
    view! {
        <form class="mapped__new" novalidate on:submit=submit>
            <Summary sending label=move |pointer: String| (pointer == "/name").then(|| named.to_owned()) />
            <TextField label=w.name value=name problem=sending.problem("/name") />
            <SelectField label=w.kind value=kind options=Signal::stored(kinds) />
            <div class="actions">
                <button type="submit" class="button button--small" disabled=move || sending.is_busy()>{d.make_field}</button>
                <button type="button" class="button button--small button--quiet" on:click=move |_| making.set(false)>{w.cancel}</button>
            </div>
        </form>
    }
}
