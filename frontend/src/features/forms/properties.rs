//! Właściwości pola: the grey panel.

use super::editor::Editor;
use crate::{
    route::Page,
    ui::{Icon, SelectField, Svg, TextArea, TextField, Tick},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::consents::Purpose;
use zgoda_domain::{
    client::BuiltinField,
    consent::Channel,
    custom_field::FieldKind,
    field_ref::FieldRef,
    form::{ConsentItem, FormField, FormFieldKind},
};

/// The right side of the editor: the chosen field's properties.
#[component]
pub fn Properties(editor: Editor) -> impl IntoView {
    let w = use_words();
    let key = Memo::new(move |_| editor.selected.get());
    view! {
        <section class="panel builder__properties" aria-label=w.properties>
            <h2 class="panel__title">{w.properties}</h2>
            {move || {
                // Only another field renders the panel anew: typing must not lose the focus.
                match key.get().and_then(|key| untrack(|| editor.field(&key))) {
                    Some(field) => untrack(|| view! { <Panel editor field /> }.into_any()),
                    None => view! { <p class="faint">{w.properties_empty}</p> }.into_any(),
                }
            }}
        </section>
    }
}

/// A text of the field as a signal that writes back.
fn bound(editor: Editor, key: &str, text: String, write: fn(&mut FormField, String)) -> RwSignal<String> {
    let signal = RwSignal::new(text);
    let key = key.to_owned();
    Effect::new(move |before: Option<()>| {
        let text = signal.get();
        if before.is_some() {
            editor.change(&key, |field| write(field, text));
        }
    });
    signal
}

#[component]
fn Panel(editor: Editor, field: FormField) -> impl IntoView {
    let w = use_words();
    let (kind, key) = (field.kind, field.key.clone());
    let label = bound(editor, &key, field.label.clone(), |field, text| field.label = text);
    let hint = bound(editor, &key, field.hint.clone().unwrap_or_default(), |field, text| {
        field.hint = Some(text).filter(|text| !text.trim().is_empty());
    });
    let options = bound(editor, &key, field.options.join("\n"), |field, text| {
        field.options = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    });
    let target = bound(editor, &key, field.target.map_or_else(String::new, |it| it.to_string()), |field, text| {
        field.target = text.parse().ok();
    });
    let (required_key, shown_key, tick_key) = (key.clone(), key.clone(), key.clone());
    let required = Signal::derive(move || editor.field(&required_key).is_some_and(|field| field.required));
    let single = move || editor.field(&tick_key).is_some_and(|field| field.is_single_tick());
    let problem = |part| editor.field_problem(&key, part);
    let label_control = if kind == FormFieldKind::StaticText {
        view! { <TextArea label=w.text value=label problem=problem("/label") pointer="/field/label" /> }.into_any()
    } else {
        view! { <TextField label=w.label value=label problem=problem("/label") pointer="/field/label" /> }.into_any()
    };
    let targets = Signal::derive(move || {
        let builtin = BuiltinField::ALL.into_iter().filter(|field| !field.is_system());
        let mut all = vec![(String::new(), w.nothing_chosen.to_owned())];
        all.extend(builtin.map(|field| (field.key().to_owned(), w.builtin(field).to_owned())));
        editor.fields.with(|fields| {
            let usable = fields.iter().filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent);
            all.extend(usable.map(|field| (FieldRef::Custom(field.id).to_string(), field.name.clone())));
        });
        all
    });
    let asks = !kind.is_decoration();
    view! {
        <div class="stack">
            <p class="faint">{w.form_field_kind(kind)} " · " {w.answer_key} ": " <code>{shown_key}</code></p>
            {label_control}
            {kind.has_options().then(|| view! {
                <TextArea label=w.options value=options hint=w.options_hint problem=problem("/options") pointer="/field/options" rows=5 />
                <Show when=single.clone()><p class="field__hint">{w.single_tick_hint}</p></Show>
            })}
            {asks.then(|| {
                let key = key.clone();
                view! {
                    <TextField label=w.hint value=hint problem=problem("/hint") pointer="/field/hint" />
                    <Tick
                        label=w.required
                        checked=required
                        problem=problem("/required")
                        on_change=move |on| editor.change(&key, |field| field.required = on)
                    />
                }
            })}
            {(asks && kind != FormFieldKind::Consent).then(|| view! {
                <SelectField label=w.target value=target options=targets hint=w.target_hint problem=problem("/target") pointer="/field/target" />
            })}
            {(kind == FormFieldKind::Consent).then(|| view! { <ConsentProperties editor field=field.clone() /> })}
        </div>
    }
}

#[component]
fn ConsentProperties(editor: Editor, field: FormField) -> impl IntoView {
    let w = use_words();
    let key = StoredValue::new(field.key.clone());
    let text = |read: fn(&ConsentItem) -> String| RwSignal::new(field.consent.as_ref().map_or_else(String::new, read));
    let purpose = text(|item| item.purpose_id.to_string());
    let channel = text(|item| item.channel.code().to_owned());
    let wording = text(|item| item.wording_id.to_string());
    let chosen = Memo::new(move |_| {
        let id = purpose.get();
        editor.purposes.with(|purposes| purposes.iter().find(|purpose| purpose.id.to_string() == id).cloned())
    });
    // Another purpose: its own first channel and its newest wording in the form's language.
    Effect::new(move || {
        let Some(it) = chosen.get() else { return };
        if !it.channels.iter().any(|other| channel.with_untracked(|code| other.code() == code)) {
            channel.set(it.channels.first().map_or_else(String::new, |channel| channel.code().to_owned()));
        }
        if !it.wordings.iter().any(|other| wording.with_untracked(|id| other.id.to_string() == *id)) {
            let language = editor.definition.with_untracked(|definition| definition.language);
            let newest = it.wordings.iter().find(|wording| wording.language == language).or(it.wordings.first());
            wording.set(newest.map_or_else(String::new, |wording| wording.id.to_string()));
        }
    });
    Effect::new(move || {
        let item = chosen.get().and_then(|purpose| {
            let channel = Channel::from_code(&channel.get())?;
            let wording_id = wording.get().parse().ok()?;
            Some(ConsentItem { purpose_id: purpose.id, channel, wording_id })
        });
        let key = key.get_value();
        // Purposes are still loading: what is chosen stays.
        let loading = editor.purposes.with(Vec::is_empty);
        if !loading && untrack(|| editor.field(&key)).is_some_and(|field| field.consent != item) {
            editor.change(&key, |field| field.consent = item);
        }
    });
    let purposes = Signal::derive(move || {
        let mut all = vec![(String::new(), w.choose.to_owned())];
        editor.purposes.with(|purposes| all.extend(purposes.iter().map(|it| (it.id.to_string(), it.name.clone()))));
        all
    });
    let of_chosen = move |read: fn(&'static crate::words::Words, &Purpose) -> Vec<(String, String)>| {
        Signal::derive(move || chosen.with(|it| it.as_ref().map_or_else(Vec::new, |it| read(w, it))))
    };
    let channels =
        of_chosen(|w, it| it.channels.iter().map(|c| (c.code().to_owned(), w.channel(*c).to_owned())).collect());
    let wordings = of_chosen(|w, it| {
        let label = |version: i32, code: &str| format!("{} {version} · {}", w.version, code.to_uppercase());
        it.wordings.iter().map(|it| (it.id.to_string(), label(it.version, it.language.code()))).collect()
    });
    let shown = move || {
        let id = wording.get();
        chosen.with(|it| it.as_ref()?.wordings.iter().find(|it| it.id.to_string() == id).map(|it| it.text.clone()))
    };
    let missing = move || chosen.with(|it| it.as_ref().is_some_and(|it| it.wordings.is_empty()));
    let problem = key.with_value(|key| editor.field_problem(key, "/consent"));
    view! {
        <SelectField label=w.purpose value=purpose options=purposes problem pointer="/field/purpose" />
        <Show when=move || chosen.with(Option::is_some)>
            <SelectField label=w.channel value=channel options=channels pointer="/field/channel" />
            <SelectField label=w.wording value=wording options=wordings pointer="/field/wording" />
        </Show>
        <Show when=missing><p class="field__problem">{w.purpose_without_wording}</p></Show>
        {move || shown().map(|text| view! { <blockquote class="wording wording__text">{text}</blockquote> })}
        <a href=Page::Purposes.path() target="_blank"><Svg icon=Icon::External />" " {w.make_purpose}</a>
    }
}
