//! Więcej opcji: what becomes of a submission, what the visitor sees, when and where the form stands, who is told.

use super::{appearance::Looks, arrange, editor::Editor, endings::Endings};
use crate::{
    ui::{SelectField, TextArea, TextField, Tick},
    words::{time, use_forms_words, use_words},
};
use leptos::{html, prelude::*};
use zgoda_domain::form::{FormDefinition, Mapping, Reply};

/// A text of the definition as a signal that writes back.
pub fn bound(
    editor: Editor,
    read: impl FnOnce(&FormDefinition) -> String,
    write: impl Fn(&mut FormDefinition, String) + Send + Sync + 'static,
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

/// Nothing typed is nothing kept.
pub fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The collapsible part below the editor.
#[component]
pub fn Settings(editor: Editor, details: NodeRef<html::Details>) -> impl IntoView {
    let w = use_words();
    view! {
        <details class="panel more-options" node_ref=details>
            <summary>{w.more_options}</summary>
            {move || {
                editor.revision.track();
                untrack(|| view! { <Sections editor /> })
            }}
        </details>
    }
}

#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="form-settings" aria-label=title>
            <h3 class="form-settings__title">{title}</h3>
            <div class="form-settings__body">{children()}</div>
        </section>
    }
}

#[component]
fn Sections(editor: Editor) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let title = bound(editor, |it| it.title.clone(), |it, text| it.title = text);
    let mapping = bound(
        editor,
        |it| it.mapping.code().to_owned(),
        |it, text| {
            it.mapping = Mapping::from_code(&text).unwrap_or(Mapping::Nothing);
        },
    );
    let submit_label = bound(editor, |it| it.submit_label.clone(), |it, text| it.submit_label = text);
    let thank_you = bound(editor, |it| it.thank_you.clone(), |it, text| it.thank_you = text);
    let redirect =
        bound(editor, |it| it.redirect_url.clone().unwrap_or_default(), |it, text| it.redirect_url = some(&text));
    let origins =
        bound(editor, |it| it.allowed_origins.join("\n"), |it, text| it.allowed_origins = arrange::lines(&text));
    let notify = bound(editor, |it| it.notify.join("\n"), |it, text| it.notify = arrange::lines(&text));
    let mappings: Vec<_> = Mapping::ALL.iter().map(|it| (it.code().to_owned(), w.mapping(*it).to_owned())).collect();
    let problem = move |place| editor.problem_at(place);
    let flag = move |read: fn(&FormDefinition) -> bool| Signal::derive(move || editor.definition.with(read));
    view! {
        <Section title=f.section_outcome>
            <SelectField label=w.mapping value=mapping options=Signal::stored(mappings) hint=w.mapping_hint pointer="/mapping" problem=problem("/mapping") />
            <Tick
                label=w.anonymous
                hint=f.anonymous_hint
                pointer="/anonymous"
                problem=problem("/anonymous")
                checked=flag(|it| it.anonymous)
                on_change=move |on| editor.definition.update(|it| it.anonymous = on)
            />
            <Tick
                label=f.confirm_first
                hint=f.confirm_first_hint
                pointer="/confirm_first"
                problem=problem("/confirm_first")
                checked=flag(|it| it.confirm_first)
                on_change=move |on| editor.definition.update(|it| it.confirm_first = on)
            />
        </Section>
        <Section title=f.section_texts>
            <TextField label=w.form_title value=title pointer="/title" problem=problem("/title") />
            <TextField label=w.submit_label value=submit_label pointer="/submit_label" problem=problem("/submit_label") />
            <TextArea label=w.thank_you value=thank_you rows=3 pointer="/thank_you" problem=problem("/thank_you") />
            <TextField label=w.redirect_url value=redirect kind="url" hint=w.redirect_hint pointer="/redirect_url" problem=problem("/redirect_url") />
        </Section>
        <Section title=f.section_endings><Endings editor /></Section>
        <Section title=f.section_window><Window editor /></Section>
        <Section title=f.section_mails>
            <TextArea label=f.notify value=notify rows=2 hint=f.notify_hint pointer="/notify" problem=problem("/notify") />
            <ReplyMail editor />
        </Section>
        <Section title=f.section_places>
            <TextArea label=w.allowed_origins value=origins rows=3 hint=w.allowed_origins_hint pointer="/allowed_origins" problem=problem("/allowed_origins") />
            <Tick
                label=f.strict
                hint=f.strict_hint
                pointer="/strict"
                problem=problem("/strict")
                checked=flag(|it| it.strict)
                on_change=move |on| editor.definition.update(|it| it.strict = on)
            />
        </Section>
        <Section title=f.section_looks><Looks editor /></Section>
    }
}

/// When visitors can answer, and how many of them.
#[component]
fn Window(editor: Editor) -> impl IntoView {
    let f = use_forms_words();
    let typed = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(String::new, time::typed_moment);
    let opens = bound(editor, |it| typed(it.opens_at), |it, text| it.opens_at = time::moment_of(&text));
    let closes = bound(editor, |it| typed(it.closes_at), |it, text| it.closes_at = time::moment_of(&text));
    let quota = bound(
        editor,
        |it| it.quota.map_or_else(String::new, |quota| quota.to_string()),
        |it, text| {
            it.quota = text.trim().parse().ok();
        },
    );
    let problem = move |place| editor.problem_at(place);
    // Said at once: a form that ends before it begins is never open.
    let closes_problem = problem("/closes_at");
    let backwards = Signal::derive(move || {
        editor.definition.with(|it| matches!((it.opens_at, it.closes_at), (Some(from), Some(until)) if until <= from))
    });
    let closes_problem =
        Signal::derive(move || closes_problem.get().or_else(|| backwards.get().then(|| f.window_backwards.to_owned())));
    let zone = f.zone(&crate::browser::time_zone());
    view! {
        <TextField label=f.opens_at value=opens kind="datetime-local" hint=zone.clone() pointer="/opens_at" problem=problem("/opens_at") />
        <TextField label=f.closes_at value=closes kind="datetime-local" hint=zone pointer="/closes_at" problem=closes_problem />
        <TextField label=f.quota value=quota kind="number" hint=f.quota_hint pointer="/quota" problem=problem("/quota") />
    }
}

/// The mail that says to the visitor that the submission arrived.
#[component]
fn ReplyMail(editor: Editor) -> impl IntoView {
    let f = use_forms_words();
    let on = Memo::new(move |_| editor.definition.with(|it| it.reply.is_some()));
    // Switched off and on again by mistake, the texts are still there.
    let kept = StoredValue::new(None::<Reply>);
    let switch = move |on: bool| {
        editor.definition.update(|it| {
            if on {
                let fresh = || {
                    let words = crate::words::FormsWords::of(it.language);
                    Reply { subject: words.reply_subject_start.to_owned(), text: words.reply_text_start.to_owned() }
                };
                it.reply = Some(kept.get_value().unwrap_or_else(fresh));
            } else {
                kept.set_value(it.reply.take());
            }
        });
    };
    view! {
        <Tick label=f.reply hint=f.reply_hint pointer="/reply" problem=editor.problem_at("/reply") checked=on on_change=switch />
        {move || on.get().then(|| untrack(|| {
            let of = |read: fn(&Reply) -> &String| move |it: &FormDefinition| it.reply.as_ref().map(|it| read(it).clone()).unwrap_or_default();
            let subject = bound(editor, of(|it| &it.subject), |it, text| {
                if let Some(reply) = &mut it.reply {
                    reply.subject = text;
                }
            });
            let text = bound(editor, of(|it| &it.text), |it, text| {
                if let Some(reply) = &mut it.reply {
                    reply.text = text;
                }
            });
            view! {
                <TextField label=f.reply_subject value=subject pointer="/reply/subject" problem=editor.problem_at("/reply/subject") />
                <TextArea label=f.reply_text value=text rows=4 pointer="/reply/text" problem=editor.problem_at("/reply/text") />
            }
        }))}
    }
}
