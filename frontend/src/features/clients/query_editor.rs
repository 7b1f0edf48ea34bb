//! The text of a query: in colours, with what could be typed next below it.

use super::{query_bar::QueryState, query_names::completion_name};
use crate::{
    ui::fresh_id,
    words::{Words, use_words},
};
use leptos::{ev, html, prelude::*};
use zgoda_domain::search::{Completion, CompletionKind, Span, TokenKind, tokens};

/// A text area under which the same text stands in colours. The list below it is worked by the arrows, Enter, Tab and
/// Escape, as in the pattern of comboboxes; the caret stays in the text all the while.
#[component]
pub fn QueryEditor(
    state: QueryState,
    id: String,
    #[prop(into)] wrong: Signal<Option<Span>>,
    #[prop(into)] describedby: Signal<Option<String>>,
    #[prop(into)] on_submit: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let node = NodeRef::<html::Textarea>::new();
    let list_id = fresh_id("completions");
    let active = RwSignal::new(None::<usize>);
    let open = RwSignal::new(false);
    let items = Memo::new(move |_| if open.get() { state.completions.get() } else { None });
    let shown = move || items.with(|items| items.as_ref().is_some_and(|it| !it.items.is_empty()));
    Effect::new(move || state.listing.set(shown()));
    Effect::new(move || {
        items.track();
        active.set(None);
    });

    let caret = move || {
        let node = node.get_untracked()?;
        let place = node.selection_start().ok().flatten()?;
        Some(byte_of(&state.typed.get_untracked(), usize::try_from(place).ok()?))
    };
    let on_input = move |event| {
        state.typed.set(event_target_value(&event));
        open.set(true);
        state.read_text(caret());
    };
    let accept = move |at: usize| {
        let Some(found) = state.completions.get_untracked() else { return };
        let Some(item) = found.items.get(at) else { return };
        let Some((text, caret)) = inserted(&state.typed.get_untracked(), found.span, item) else { return };
        state.typed.set(text.clone());
        state.completions.set(None);
        if let Some(node) = node.get_untracked() {
            node.set_value(&text);
            let place = u32::try_from(text.get(..caret).unwrap_or_default().encode_utf16().count()).ok();
            let _ = node.set_selection_start(place);
            let _ = node.set_selection_end(place);
            let _ = node.focus();
        }
        state.read_text(Some(caret));
    };
    let count = move || items.with(|items| items.as_ref().map_or(0, |it| it.items.len()));
    let step = move |forwards: bool| {
        let count = count();
        active.update(|active| {
            *active = match (*active, forwards) {
                (None, true) => Some(0),
                (None, false) => count.checked_sub(1),
                (Some(at), true) if at + 1 < count => Some(at + 1),
                (Some(_), true) => None,
                (Some(at), false) => at.checked_sub(1),
            };
        });
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let listed = untrack(shown);
        let word = state.completions.with_untracked(|it| it.as_ref().is_some_and(|it| it.span.start < it.span.end));
        match (event.key().as_str(), active.get_untracked()) {
            ("ArrowDown", _) if listed => step(true),
            ("ArrowUp", _) if listed => step(false),
            (" ", _) if event.ctrl_key() => {
                open.set(true);
                state.list_all(caret());
            }
            ("ArrowDown", _) if event.alt_key() => {
                open.set(true);
                state.list_all(caret());
            }
            ("Enter" | "Tab", Some(at)) if listed && !event.shift_key() => accept(at),
            // A word that has been begun: the first that fits.
            ("Tab", None) if listed && word && !event.shift_key() => accept(0),
            ("Escape", _) if listed => {
                event.stop_propagation();
                open.set(false);
            }
            ("Enter", _) if !event.shift_key() => {
                open.set(false);
                on_submit.run(());
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option_id = {
        let list_id = list_id.clone();
        move |at: usize| format!("{list_id}-{at}")
    };
    let active_id = {
        let option_id = option_id.clone();
        move || active.get().filter(|_| shown()).map(&option_id)
    };
    let options = move || {
        let option_id = option_id.clone();
        let Some(found) = items.get() else { return Vec::new() };
        let option = move |(at, item): (usize, Completion)| {
            view! {
                <li
                    role="option"
                    class="completion"
                    id=option_id(at)
                    aria-selected=move || (active.get() == Some(at)).to_string()
                    // Before the text loses the focus.
                    on:pointerdown=move |event| {
                        event.prevent_default();
                        accept(at);
                    }
                >
                    <span class=kind_class(item.kind)>{completion_name(w, &item)}</span>
                    <span class="completion__what">{what(w, &item)}</span>
                </li>
            }
        };
        found.items.into_iter().enumerate().map(option).collect()
    };
    let controls = list_id.clone();
    view! {
        <div class="editor">
            <div class="editor__paper" aria-hidden="true">
                {move || coloured(&state.typed.get(), wrong.get())}
            </div>
            <textarea
                class="input editor__text"
                id=id
                rows="1"
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                enterkeyhint="search"
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=controls
                aria-activedescendant=active_id
                aria-describedby=move || describedby.get()
                aria-invalid=move || wrong.get().is_some().then_some("true")
                node_ref=node
                prop:value=move || state.typed.get()
                on:input=on_input
                on:keydown=on_key
                on:blur=move |_| open.set(false)
            ></textarea>
            <ul class="completions" role="listbox" id=list_id aria-label=w.query_completions hidden=move || !shown()>
                {options}
            </ul>
            <p class="visually-hidden" aria-live="polite">
                {move || shown().then(|| w.count(u64::try_from(count()).unwrap_or_default(), w.query_completions_n))}
            </p>
        </div>
    }
}

/// The text with the completion in it, and the place behind that.
fn inserted(text: &str, span: Span, item: &Completion) -> Option<(String, usize)> {
    let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
    let left = if span.start == span.end && !before.is_empty() && !before.ends_with([' ', '(']) { " " } else { "" };
    let left = if item.kind == CompletionKind::Punctuation { "" } else { left };
    let right = match item.insert.as_str() {
        "(" => "",
        _ if after.starts_with([' ', ')', ',']) => "",
        _ => " ",
    };
    let caret = before.len() + left.len() + item.insert.len() + right.len();
    Some((format!("{before}{left}{}{right}{after}", item.insert), caret))
}

/// The byte of a text at which this many units of UTF-16 have passed.
fn byte_of(text: &str, units: usize) -> usize {
    let mut passed = 0;
    for (at, letter) in text.char_indices() {
        if passed >= units {
            return at;
        }
        passed += letter.len_utf16();
    }
    text.len()
}

fn coloured(text: &str, wrong: Option<Span>) -> Vec<AnyView> {
    let mut parts = Vec::new();
    let mut end = 0;
    for token in tokens(text) {
        parts.push(text.get(end..token.span.start).unwrap_or_default().to_owned().into_any());
        let is_wrong = wrong.is_some_and(|wrong| wrong.start < token.span.end && token.span.start < wrong.end);
        let piece = text.get(token.span.start..token.span.end).unwrap_or_default().to_owned();
        parts.push(
            view! { <span class=token_class(token.kind) class:token--at-fault=is_wrong>{piece}</span> }.into_any(),
        );
        end = token.span.end;
    }
    // A line that was begun has a height.
    parts.push(format!("{}\u{200b}", text.get(end..).unwrap_or_default()).into_any());
    parts
}

const fn token_class(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Keyword => "token token--keyword",
        TokenKind::Operator => "token token--operator",
        TokenKind::Field => "token token--field",
        TokenKind::Text => "token token--text",
        TokenKind::Number | TokenKind::Date => "token token--number",
        TokenKind::Punctuation => "token",
        TokenKind::Wrong => "token token--at-fault",
    }
}

const fn kind_class(kind: CompletionKind) -> &'static str {
    match kind {
        CompletionKind::Field => token_class(TokenKind::Field),
        CompletionKind::Operator => token_class(TokenKind::Operator),
        CompletionKind::Value => token_class(TokenKind::Text),
        CompletionKind::Keyword => token_class(TokenKind::Keyword),
        CompletionKind::Punctuation => token_class(TokenKind::Punctuation),
    }
}

fn what(w: &Words, item: &Completion) -> &'static str {
    match (item.kind, item.operator) {
        (_, Some(operator)) => w.search_operator(operator),
        (CompletionKind::Field, _) => w.query_what_field,
        (CompletionKind::Value, _) => w.query_what_value,
        (CompletionKind::Operator | CompletionKind::Keyword | CompletionKind::Punctuation, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_replaces_what_was_typed_of_it() {
        let item =
            |insert: &str, kind| Completion { insert: insert.into(), label: insert.into(), kind, operator: None };
        let field = item("\"Umowa\"", CompletionKind::Field);
        assert_eq!(inserted("umo", Span { start: 0, end: 3 }, &field), Some(("\"Umowa\" ".into(), 8)));
        assert_eq!(inserted("x = 1 i", Span { start: 7, end: 7 }, &field), Some(("x = 1 i \"Umowa\" ".into(), 16)));
        let close = item(")", CompletionKind::Punctuation);
        assert_eq!(inserted("(x = 1", Span { start: 6, end: 6 }, &close), Some(("(x = 1) ".into(), 8)));
    }

    #[test]
    fn places_are_counted_in_bytes() {
        for (units, byte) in [(0, 0), (1, 2), (2, 3), (4, 7), (9, 8)] {
            assert_eq!(byte_of("ła🐢x", units), byte);
        }
    }
}
