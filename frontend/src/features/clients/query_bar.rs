//! The advanced search: a query in the language of search, as text and as rows of conditions that say the same.

use super::{
    ListState,
    query_builder::QueryBuilder,
    query_editor::QueryEditor,
    query_names::repair_name,
    query_tree::{Item, rows},
};
use crate::{
    browser,
    data::Phase,
    problems::{Failure, rule_words},
    session::{Session, use_api, use_session},
    ui::{Frame, Icon, Svg, described_by, fresh_id},
    words::use_words,
};
use leptos::{ev, prelude::*, task::spawn_local};
use std::time::Duration;
use zgoda_api_types::queries::{QueryReading, ReadQuery};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    search::{Completions, Fault, FieldChoice, Outline, Repair, Span},
};

/// The server is asked when somebody pauses for so long.
const PAUSE: Duration = Duration::from_millis(120);

/// A query that is being written, as text and as rows. The server reads either and tells the other.
#[derive(Clone, Copy)]
pub struct QueryState {
    pub typed: RwSignal<String>,
    /// What the server last said; about what is typed only while that is its text.
    reading: RwSignal<Option<QueryReading>>,
    /// What could be typed next.
    pub completions: RwSignal<Option<Completions>>,
    /// Completions are on the screen.
    pub listing: RwSignal<bool>,
    /// What conditions can be made of; empty until the server told.
    pub fields: RwSignal<Vec<FieldChoice>>,
    /// The rows, while they are shown.
    pub rows: RwSignal<Option<Item>>,
    building: RwSignal<bool>,
    /// What the rows said last.
    said: StoredValue<String>,
    /// Answers to earlier questions come too late.
    latest: StoredValue<u32>,
    api: StoredValue<Api, LocalStorage>,
    session: Session,
    /// What owns the signals of rows.
    owner: StoredValue<Option<Owner>>,
}

/// What is wrong with the query, beside the text it was said about.
#[derive(Clone, PartialEq)]
struct Wrong {
    text: String,
    rule: Rule,
    repairs: Vec<Repair>,
}

impl Wrong {
    fn span(&self) -> Option<Span> {
        match self.rule {
            Rule::Query { start, end, .. } => Some(Span { start, end }),
            _ => None,
        }
    }

    /// Somebody who is still typing knows.
    fn is_unfinished(&self) -> bool {
        matches!(self.rule, Rule::Query { fault: Fault::Unfinished | Fault::Unclosed, .. })
    }
}

impl QueryState {
    fn new(text: String) -> Self {
        Self {
            typed: RwSignal::new(text),
            reading: RwSignal::new(None),
            completions: RwSignal::new(None),
            listing: RwSignal::new(false),
            fields: RwSignal::new(Vec::new()),
            rows: RwSignal::new(None),
            building: RwSignal::new(false),
            said: StoredValue::new(String::new()),
            latest: StoredValue::new(0),
            api: StoredValue::new_local(use_api()),
            session: use_session(),
            owner: StoredValue::new(Owner::current()),
        }
    }

    /// Has the text read, and asks what could stand at the caret. Behind what is whole nothing is proposed unasked: it would
    /// only stand in the way.
    pub fn read_text(self, caret: Option<usize>) {
        self.read_text_as(caret, false);
    }

    /// Asks for everything that could stand at the caret.
    pub fn list_all(self, caret: Option<usize>) {
        self.read_text_as(caret, true);
    }

    fn read_text_as(self, caret: Option<usize>, all: bool) {
        let text = self.typed.get_untracked();
        let body = ReadQuery { text: Some(text), caret, ..ReadQuery::default() };
        self.read(body, move |reading| {
            if reading.text != self.typed.get_untracked() {
                return;
            }
            let wanted = |it: &Completions| all || reading.problem.is_some() || it.span.start < it.span.end;
            self.completions.set(reading.completions.clone().filter(wanted));
            let tree = reading.problem.is_none().then(|| reading.tree.clone());
            let by_rows = self.said.with_value(|said| *said == reading.text);
            self.reading.set(Some(reading));
            match tree {
                Some(tree) => self.show_rows(tree.as_ref()),
                // A row that is wrong is mended as a row; a text that is wrong has none.
                None if by_rows => {}
                None => self.rows.set(None),
            }
        });
    }

    /// Has the rows read, unless they say what the text says.
    pub fn read_rows(self, outline: Option<Outline>) {
        let same = self
            .reading
            .with_untracked(|reading| reading.as_ref().is_some_and(|it| it.problem.is_none() && it.tree == outline));
        if same {
            return;
        }
        let tree = Some(outline.unwrap_or_else(|| Outline::All(Vec::new())));
        self.read(ReadQuery { tree, ..ReadQuery::default() }, move |reading| {
            self.completions.set(None);
            self.typed.set(reading.text.clone());
            self.said.set_value(reading.text.clone());
            self.reading.set(Some(reading));
        });
    }

    fn read(self, body: ReadQuery, then: impl FnOnce(QueryReading) + 'static) {
        let body = ReadQuery { with_fields: self.fields.with_untracked(Vec::is_empty), ..body };
        let mine = self.latest.with_value(|latest| latest.wrapping_add(1));
        self.latest.set_value(mine);
        let is_latest = move || self.latest.try_get_value() == Some(mine);
        set_timeout(
            move || {
                if !is_latest() {
                    return;
                }
                let api = self.api.get_value();
                spawn_local(async move {
                    let answer = api.read_query(&body).await;
                    match answer {
                        Ok(mut reading) if is_latest() => {
                            if let Some(fields) = reading.fields.take() {
                                self.fields.set(fields);
                            }
                            then(reading);
                        }
                        Err(error) if is_latest() => self.session.notice(&Failure::from(error)),
                        _ => {}
                    }
                });
            },
            PAUSE,
        );
    }

    fn show_rows(self, tree: Option<&Outline>) {
        let said = untrack(|| self.rows.get().map(Item::outline));
        if self.building.get_untracked() && said.as_ref().map(Option::as_ref) != Some(tree) {
            let made = || rows(tree);
            let root = match self.owner.get_value() {
                Some(owner) => owner.with(made),
                None => made(),
            };
            self.rows.set(Some(root));
        }
    }

    fn toggle_rows(self) {
        let building = !self.building.get_untracked();
        self.building.set(building);
        if building {
            self.read_text(None);
        } else {
            self.rows.set(None);
        }
    }
}

/// Whether the query is what was wrong.
pub fn is_misread(phase: &Phase) -> bool {
    matches!(phase, Phase::Failed(failure) if failure.at("/query").is_some())
}

/// The query is asked when it is sent with Enter or the button; the conditions and the search box hold besides.
#[component]
pub fn QueryBar(state: ListState, phase: RwSignal<Phase>) -> impl IntoView {
    let w = use_words();
    let query = QueryState::new(state.query.get_untracked());
    let typed = query.typed;
    let open = RwSignal::new(!typed.with_untracked(String::is_empty));
    let asked = RwSignal::new(None::<String>);
    let wrong = Memo::new(move |_| {
        let text = typed.get();
        let told = query.reading.with(|reading| {
            let reading = reading.as_ref().filter(|reading| reading.text == text)?;
            Some(reading.problem.clone().map(|it| Wrong { text: text.clone(), rule: it.rule, repairs: it.repairs }))
        });
        told.unwrap_or_else(|| match phase.get() {
            // Before the reading is there, or without it.
            Phase::Failed(failure) if state.query.get_untracked() == text => {
                let rule = failure.at("/query").cloned();
                rule.map(|rule| Wrong { text, rule, repairs: Vec::new() })
            }
            _ => None,
        })
    });
    let shown = Memo::new(move |_| {
        wrong.get().filter(|wrong| {
            asked.with(|asked| asked.as_ref() == Some(&wrong.text)) || !wrong.is_unfinished() && !query.listing.get()
        })
    });
    let problem = Signal::derive(move || shown.get().map(|wrong| rule_words(w, &wrong.rule)));
    let ask = move |text: String| {
        let text = text.trim().to_owned();
        typed.set(text.clone());
        asked.set(Some(text.clone()));
        state.ask(text);
        query.completions.set(None);
        query.read_text(None);
    };
    let ask_typed = move || ask(typed.get_untracked());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        ask_typed();
    };
    // What is asked from elsewhere, or not any more, is what stands here.
    Effect::new(move |before: Option<String>| {
        let now = state.query.get();
        if typed.get_untracked() != now && before.as_ref() != Some(&now) {
            open.update(|open| *open |= !now.is_empty());
            typed.set(now.clone());
            query.completions.set(None);
            query.read_text(None);
        }
        now
    });
    // Whoever opens it means to type; with a saved filter or an earlier query it opens by itself.
    let by_hand = StoredValue::new(false);
    // What is to be mended is shown.
    Effect::new(move || {
        if phase.with(is_misread) {
            open.set(true);
        }
    });
    let toggled = move |event: ev::Event| {
        let shown = event_target::<web_sys::HtmlDetailsElement>(&event).open();
        open.set(shown);
        if by_hand.get_value() && shown {
            browser::focus_soon(".query .editor__text");
        }
        by_hand.set_value(false);
        if query.fields.with_untracked(Vec::is_empty) {
            query.read_text(None);
        }
    };
    // The place is shown in a copy of the text too: colours alone tell nothing to who cannot see them.
    let place = move || {
        let Wrong { text, rule: Rule::Query { start, end, fault, .. }, repairs } = shown.get()? else { return None };
        let (before, rest) = text.split_at_checked(start)?;
        let (part, after) = rest.split_at_checked(end.checked_sub(start)?)?;
        let marked = if part.is_empty() { "\u{25b2}" } else { part }.to_owned();
        let repair = move |Repair { label, text }: Repair| {
            let label = match fault {
                Fault::Ambiguous => query.fields.with(|fields| repair_name(w, &label, fields)),
                _ => label,
            };
            view! {
                <button type="button" class="button button--small" on:click=move |_| ask(text.clone())>{label}</button>
            }
        };
        Some(view! {
            <p class="query__place"><code>{before.to_owned()}<mark>{marked}</mark>{after.to_owned()}</code></p>
            {(!repairs.is_empty()).then(|| view! {
                <p class="query__repairs">{repairs.into_iter().map(repair).collect_view()}</p>
            })}
        })
    };
    let id = fresh_id("field");
    let describedby = described_by(&id, true, problem);
    let building = query.building;
    view! {
        <details class="query" prop:open=move || open.get() on:toggle=toggled>
            <summary on:click=move |_| by_hand.set_value(true)>
                {w.advanced_search}
                // Closed, it still decides who is in the list.
                <Show when=move || !open.get() && state.query.with(|query| !query.is_empty())>
                    <code class="query__active">{state.query}</code>
                </Show>
            </summary>
            <form class="query__form" role="search" aria-label=w.advanced_search novalidate on:submit=submit>
                <Frame id=id.clone() label=w.query_label.to_owned() hint=Some(w.query_hint.to_owned()) required=false problem>
                    <QueryEditor
                        state=query
                        id
                        wrong=Signal::derive(move || shown.get().and_then(|wrong| wrong.span()))
                        describedby=Signal::derive(describedby)
                        on_submit=move |()| ask_typed()
                    />
                </Frame>
                {place}
                <Show when=move || building.get()>
                    <QueryBuilder state=query />
                </Show>
                <div class="query__actions">
                    <button type="submit" class="button button--primary"><Svg icon=Icon::Search />{w.query_run}</button>
                    <button
                        type="button"
                        class="button"
                        aria-pressed=move || building.get().to_string()
                        on:click=move |_| query.toggle_rows()
                    >
                        <Svg icon=Icon::Filter />{w.query_rows}
                    </button>
                    <Show when=move || state.query.with(|query| !query.is_empty())>
                        <button type="button" class="button button--quiet" on:click=move |_| ask(String::new())>
                            {w.clear_conditions}
                        </button>
                    </Show>
                </div>
            </form>
        </details>
    }
}
