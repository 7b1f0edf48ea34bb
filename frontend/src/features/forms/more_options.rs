//! Więcej opcji: what becomes of a submission, what the visitor sees, where the form may stand.

use super::editor::Editor;
use crate::{
    ui::{SelectField, TextArea, TextField, Tick},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_domain::form::{FormDefinition, Mapping};

/// A text of the definition as a signal that writes back.
fn bound(
    editor: Editor,
    read: impl FnOnce(&FormDefinition) -> String,
    write: fn(&mut FormDefinition, String),
) -> RwSignal<String> {
    let signal = RwSignal::new(editor.definition.with_untracked(read));
    Effect::new(move |before: Option<()>| {
        let text = signal.get();
        if before.is_some() {
            editor.definition.update(|definition| write(definition, text));
        }
    });
    signal
}

/// The collapsible part below the editor.
#[component]
pub fn MoreOptions(editor: Editor) -> impl IntoView {
    let w = use_words();
    let title = bound(editor, |it| it.title.clone(), |it, text| it.title = text);
    let mapping = bound(
        editor,
        |it| it.mapping.code().to_owned(),
        |it, text| {
            it.mapping = Mapping::from_code(&text).unwrap_or(Mapping::Nothing);
        },
    );
    let thank_you = bound(editor, |it| it.thank_you.clone(), |it, text| it.thank_you = text);
    let submit_label = bound(editor, |it| it.submit_label.clone(), |it, text| it.submit_label = text);
    let redirect = bound(
        editor,
        |it| it.redirect_url.clone().unwrap_or_default(),
        |it, text| {
            it.redirect_url = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        },
    );
    let origins = bound(
        editor,
        |it| it.allowed_origins.join("\n"),
        |it, text| {
            it.allowed_origins =
                text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        },
    );
    let anonymous = Signal::derive(move || editor.definition.with(|it| it.anonymous));
    let mappings: Vec<_> = Mapping::ALL.iter().map(|it| (it.code().to_owned(), w.mapping(*it).to_owned())).collect();
    let problem = |place: &'static str| editor.problem(move || Some(place.to_owned()));
    // A complaint inside must be seen.
    let wrong = move || {
        let places = ["/title", "/mapping", "/thank_you", "/submit_label", "/redirect_url", "/allowed_origins"];
        editor.sending.failure().is_some_and(|failure| {
            failure.complaints().iter().any(|invalid| {
                let pointer = super::editor::within_definition(&invalid.pointer);
                places.iter().any(|place| pointer.starts_with(place))
            })
        })
    };
    view! {
        <details class="panel more-options" prop:open=wrong>
            <summary>{w.more_options}</summary>
            <div class="edit__grid">
                <SelectField label=w.mapping value=mapping options=Signal::stored(mappings) hint=w.mapping_hint pointer="/mapping" problem=problem("/mapping") />
                <TextField label=w.form_title value=title pointer="/title" problem=problem("/title") />
                <TextField label=w.submit_label value=submit_label pointer="/submit_label" problem=problem("/submit_label") />
                <TextField label=w.redirect_url value=redirect kind="url" hint=w.redirect_hint pointer="/redirect_url" problem=problem("/redirect_url") />
                <TextArea label=w.thank_you value=thank_you rows=3 pointer="/thank_you" problem=problem("/thank_you") />
                <TextArea label=w.allowed_origins value=origins rows=3 hint=w.allowed_origins_hint pointer="/allowed_origins" problem=problem("/allowed_origins") />
                <Tick
                    label=w.anonymous
                    hint=w.anonymous_hint
                    checked=anonymous
                    on_change=move |on| editor.definition.update(|it| it.anonymous = on)
                />
            </div>
        </details>
    }
}
