//! Form controls: a label above, help and the problem below, tied together for screen readers.

use crate::{
    ui::{
        Icon, Svg, fresh_id,
        unread::{take_typed, watch_unread},
    },
    words::use_words,
};
use leptos::{ev, prelude::*};

/// The id of the control for a JSON pointer, so that a summary of problems can link to it.
pub fn field_id(pointer: &str) -> String {
    format!("field{}", pointer.replace(['/', ':'], "-"))
}

fn or_fresh(pointer: &str) -> String {
    if pointer.is_empty() { fresh_id("field") } else { field_id(pointer) }
}

/// Label, help and problem around a control with that id.
#[component]
pub fn Frame(
    id: String,
    label: String,
    hint: Option<String>,
    required: bool,
    problem: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let (hint_id, problem_id) = (format!("{id}-hint"), format!("{id}-problem"));
    view! {
        <div class="field" class:field--wrong=move || problem.with(Option::is_some)>
            <label class="field__label" for=id>
                {label}
                {required.then(|| view! { <span class="field__required" aria-hidden="true">" *"</span> })}
            </label>
            {children()}
            {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
            {move || {
                problem.get().map(|text| {
                    view! {
                        <p class="field__problem" id=problem_id.clone()>
                            <Svg icon=Icon::Warning />
                            {text}
                        </p>
                    }
                })
            }}
        </div>
    }
}

/// What describes the control in a [`Frame`].
pub fn described_by(
    id: &str,
    has_hint: bool,
    problem: Signal<Option<String>>,
) -> impl Fn() -> Option<String> + Clone + use<> {
    let (hint, wrong) = (format!("{id}-hint"), format!("{id}-problem"));
    move || match (has_hint, problem.with(Option::is_some)) {
        (true, true) => Some(format!("{wrong} {hint}")),
        (true, false) => Some(hint.clone()),
        (false, true) => Some(wrong.clone()),
        (false, false) => None,
    }
}

fn invalid(problem: Signal<Option<String>>) -> impl Fn() -> Option<&'static str> + Clone {
    move || problem.with(Option::is_some).then_some("true")
}

/// One line of text, or what `kind` names: `email`, `number`, `date`, …
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    /// JSON pointer of the value in the request; makes the control's id.
    #[prop(into, optional)]
    pointer: String,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    #[prop(into, optional)] hint: Option<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let w = use_words();
    let id = or_fresh(&pointer);
    let (unread, look) = watch_unread();
    let problem = Signal::derive(move || if unread.get() { Some(w.rule_malformed.to_owned()) } else { problem.get() });
    let describedby = described_by(&id, hint.is_some(), problem);
    // A complaint goes as soon as it is mended; it comes when the field is left.
    let look_again = move |event: &ev::Event| {
        if unread.get_untracked() {
            look(event);
        }
    };
    view! {
        <Frame id=id.clone() label hint required problem>
            <input
                class="input"
                id=id
                type=kind
                autocomplete=autocomplete
                aria-required=required.then_some("true")
                aria-invalid=invalid(problem)
                aria-describedby=describedby
                prop:value=move || value.get()
                on:invalid=move |event| look(&event)
                on:blur=move |event| look(&event)
                on:input=move |event| {
                    take_typed(&event, value);
                    look_again(&event);
                }
                on:keyup=move |event| look_again(&event)
            />
        </Frame>
    }
}

/// A value that the person's role does not let them change, in the place of its control; `hint` says so.
#[component]
pub fn FixedField(
    #[prop(into)] label: String,
    #[prop(into)] text: String,
    #[prop(into)] hint: String,
) -> impl IntoView {
    let id = fresh_id("field");
    let describedby = format!("{id}-hint");
    view! {
        <Frame id=id.clone() label hint=Some(hint) required=false problem=Signal::stored(None)>
            {if text.contains('\n') {
                view! { <textarea class="input input--area" id=id rows="4" disabled=true aria-describedby=describedby>{text}</textarea> }.into_any()
            } else {
                view! { <input class="input" id=id type="text" disabled=true aria-describedby=describedby value=text /> }.into_any()
            }}
        </Frame>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into, optional)] pointer: String,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    #[prop(into, optional)] hint: Option<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let id = or_fresh(&pointer);
    let describedby = described_by(&id, hint.is_some(), problem);
    view! {
        <Frame id=id.clone() label hint required problem>
            <textarea
                class="input input--area"
                id=id
                aria-required=required.then_some("true")
                rows=rows.to_string()
                aria-invalid=invalid(problem)
                aria-describedby=describedby
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </Frame>
    }
}

/// A file from the person's computer.
#[component]
pub fn FileField(
    #[prop(into)] label: String,
    #[prop(into)] on_choose: Callback<Option<web_sys::File>>,
    /// Extensions that are offered first.
    accept: &'static str,
    #[prop(into)] pointer: String,
    #[prop(into)] problem: Signal<Option<String>>,
    #[prop(into)] hint: String,
) -> impl IntoView {
    let id = field_id(&pointer);
    let describedby = described_by(&id, true, problem);
    let choose = move |event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        on_choose.run(input.files().and_then(|files| files.get(0)));
    };
    view! {
        <Frame id=id.clone() label hint=Some(hint) required=false problem>
            <input
                class="input"
                type="file"
                id=id
                accept=accept
                aria-invalid=invalid(problem)
                aria-describedby=describedby
                on:change=choose
            />
        </Frame>
    }
}

/// A password: may be pasted and looked at.
#[component]
pub fn PasswordField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into, optional)] pointer: String,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    #[prop(into, optional)] hint: Option<String>,
    autocomplete: &'static str,
) -> impl IntoView {
    let w = use_words();
    let id = or_fresh(&pointer);
    let describedby = described_by(&id, hint.is_some(), problem);
    let shown = RwSignal::new(false);
    view! {
        <Frame id=id.clone() label hint required=false problem>
            <div class="input-group">
                <input
                    class="input"
                    id=id
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    spellcheck="false"
                    autocapitalize="none"
                    aria-invalid=invalid(problem)
                    aria-describedby=describedby
                    bind:value=value
                />
                <button
                    type="button"
                    class="button button--quiet button--icon input-group__button"
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    <Svg icon=Icon::Eye />
                    <span class="visually-hidden">{w.show_password}</span>
                </button>
            </div>
        </Frame>
    }
}

/// One of several; `options` are values and their labels.
#[component]
pub fn SelectField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into, optional)] pointer: String,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    #[prop(into, optional)] hint: Option<String>,
) -> impl IntoView {
    let on_choose = move |chosen| value.set(chosen);
    view! { <Choice label value options on_choose pointer problem hint=hint.unwrap_or_default() /> }
}

/// Like [`SelectField`], for a value that is kept elsewhere.
#[component]
pub fn Choice(
    #[prop(into)] label: String,
    /// Said to screen readers instead of the label, where the label alone does not tell one choice from the next.
    #[prop(into, optional)]
    name: String,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] on_choose: Callback<String>,
    /// Whether the choice stands out from those beside it.
    #[prop(into, optional)]
    marked: Signal<bool>,
    #[prop(into, optional)] pointer: String,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    #[prop(into, optional)] hint: String,
) -> impl IntoView {
    let id = or_fresh(&pointer);
    let hint = (!hint.is_empty()).then_some(hint);
    let describedby = described_by(&id, hint.is_some(), problem);
    view! {
        <Frame id=id.clone() label hint required=false problem>
            <select
                class="input input--select"
                class:input--marked=move || marked.get()
                id=id
                aria-label=(!name.is_empty()).then_some(name)
                aria-invalid=invalid(problem)
                aria-describedby=describedby
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(key, label)| {
                            let mine = key.clone();
                            view! {
                                <option value=key prop:selected=move || value.with(|value| *value == mine)>
                                    {label}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Frame>
    }
}

/// Any of several, as ticks below one heading.
#[component]
pub fn Ticks(
    #[prop(into)] label: String,
    pointer: &'static str,
    #[prop(into, optional)] problem: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="field many" id=field_id(pointer) tabindex="-1" aria-invalid=invalid(problem)>
            <legend class="field__label">{label}</legend>
            {children()}
            {move || problem.get().map(|text| view! { <p class="field__problem"><Svg icon=Icon::Warning />{text}</p> })}
        </fieldset>
    }
}

/// A single tick.
#[component]
pub fn Tick(
    #[prop(into)] label: String,
    #[prop(into)] checked: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
    #[prop(into, optional)] pointer: String,
    #[prop(into, optional)] hint: Option<String>,
    #[prop(into, optional)] problem: Signal<Option<String>>,
) -> impl IntoView {
    let id = or_fresh(&pointer);
    let describedby = described_by(&id, hint.is_some(), problem);
    let (hint_id, problem_id) = (format!("{id}-hint"), format!("{id}-problem"));
    view! {
        <div class="tick">
            <input
                class="tick__box"
                type="checkbox"
                id=id.clone()
                aria-invalid=invalid(problem)
                aria-describedby=describedby
                prop:checked=move || checked.get()
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            <div>
                <label class="tick__label" for=id>{label}</label>
                {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
                {move || problem.get().map(|text| {
                    view! { <p class="field__problem" id=problem_id.clone()><Svg icon=Icon::Warning />{text}</p> }
                })}
            </div>
        </div>
    }
}
