//! The bar above the list: search, conditions as chips, and the panel that adds one.

use super::{
    ListState,
    columns::Column,
    filters::{condition, needs_value, operators, sentence},
};
use crate::{
    problems::rule_words,
    ui::{CloseMenu, Icon, Popover, SelectField, Svg, TextField},
    words::use_words,
};
use leptos::{ev, prelude::*};
use std::time::Duration;
use zgoda_domain::{consent::ConsentStatus, custom_field::FieldKind, list::Operator};

/// Search and conditions; all of them must hold.
#[component]
pub fn FilterBar(state: ListState, #[prop(into)] columns: Signal<Vec<Column>>) -> impl IntoView {
    let w = use_words();
    let chips = move || {
        let columns = columns.get();
        state
            .conditions
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, condition)| {
                let text = sentence(w, &columns, &condition);
                view! {
                    <li class="chip">
                        <span>{text.clone()}</span>
                        <button
                            type="button"
                            class="chip__remove"
                            aria-label=format!("{}: {text}", w.remove_condition)
                            on:click=move |_| state.conditions.update(|conditions| {
                                if at < conditions.len() {
                                    conditions.remove(at);
                                }
                            })
                        >
                            <Svg icon=Icon::Close />
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <SearchBox state />
        <Popover label=move || view! { <Svg icon=Icon::Filter />{w.add_condition} }>
            <NewCondition state columns />
        </Popover>
        <ul class="chips" aria-label=w.conditions>{chips}</ul>
        <Show when=move || state.conditions.with(|conditions| !conditions.is_empty())>
            <button type="button" class="button button--quiet" on:click=move |_| state.conditions.set(Vec::new())>
                {w.clear_conditions}
            </button>
        </Show>
    }
}

#[component]
fn SearchBox(state: ListState) -> impl IntoView {
    let w = use_words();
    let typed = StoredValue::new(0u32);
    // Asks once the person stops typing.
    let on_input = move |event| {
        let text = event_target_value(&event);
        let mine = typed.with_value(|count| count.wrapping_add(1));
        typed.set_value(mine);
        set_timeout(
            move || {
                if typed.try_get_value() == Some(mine) {
                    state.search.set(text);
                }
            },
            Duration::from_millis(250),
        );
    };
    view! {
        <div class="search">
            <Svg icon=Icon::Search />
            <input
                class="input search__input"
                type="search"
                placeholder=w.search_placeholder
                aria-label=w.search_clients
                prop:value=move || state.search.get()
                on:input=on_input
            />
        </div>
    }
}

#[component]
fn NewCondition(state: ListState, columns: Signal<Vec<Column>>) -> impl IntoView {
    let w = use_words();
    let menu = use_context::<CloseMenu>();
    let first = columns.with_untracked(|columns| columns.first().map(|column| column.field.to_string()));
    let field = RwSignal::new(first.unwrap_or_default());
    let operator = RwSignal::new(String::new());
    let value = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let column = Memo::new(move |_| {
        let field = field.get();
        columns.with(|columns| columns.iter().find(|column| column.field.to_string() == field).cloned())
    });
    // Another field: its own comparisons, and no value of the old kind.
    Effect::new(move || {
        let column = column.get();
        let first = column.as_ref().and_then(|column| operators(column).first());
        operator.set(first.map_or(String::new(), |operator| operator.code().to_owned()));
        let tick = column.is_some_and(|column| column.kind == FieldKind::Checkbox);
        value.set(if tick { "true".to_owned() } else { String::new() });
        problem.set(None);
    });
    let chosen = Memo::new(move |_| Operator::from_code(&operator.get()).unwrap_or(Operator::Eq));
    let fields = Signal::derive(move || {
        columns.get().into_iter().map(|column| (column.field.to_string(), column.label)).collect::<Vec<_>>()
    });
    let choices = Signal::derive(move || {
        column.get().map_or_else(Vec::new, |column| {
            operators(&column).iter().map(|it| (it.code().to_owned(), w.operator(*it).to_owned())).collect::<Vec<_>>()
        })
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(column) = column.get_untracked() else { return };
        match condition(&column, chosen.get_untracked(), &value.get_untracked()) {
            Ok(condition) => {
                state.conditions.update(|conditions| conditions.push(condition));
                if let Some(CloseMenu(open)) = menu {
                    open.set(false);
                }
            }
            Err(rule) => problem.set(Some(rule_words(w, &rule))),
        }
    };
    let control = move || {
        let column = column.get()?;
        needs_value(chosen.get()).then(|| value_control(column, value, problem.into()))
    };
    view! {
        <form class="stack popover__form" novalidate on:submit=submit>
            <SelectField label=w.field value=field options=fields />
            <SelectField label=w.condition value=operator options=choices />
            {control}
            <button type="submit" class="button button--primary">{w.add_condition_submit}</button>
        </form>
    }
}

fn value_control(column: Column, value: RwSignal<String>, problem: Signal<Option<String>>) -> AnyView {
    let w = use_words();
    let select = |options: Vec<(String, String)>| {
        view! { <SelectField label=w.value value options=Signal::stored(options) problem /> }.into_any()
    };
    match column.kind {
        FieldKind::Checkbox => {
            select(vec![("true".to_owned(), w.yes.to_owned()), ("false".to_owned(), w.no.to_owned())])
        }
        FieldKind::Consent => {
            let statuses = ConsentStatus::ALL.iter();
            select(
                std::iter::once((String::new(), w.choose.to_owned()))
                    .chain(statuses.map(|it| (it.code().to_owned(), w.consent_status(*it).to_owned())))
                    .collect(),
            )
        }
        FieldKind::Select if !column.sealed => select(
            std::iter::once((String::new(), w.choose.to_owned()))
                .chain(column.options.into_iter().map(|option| (option.clone(), option)))
                .collect(),
        ),
        FieldKind::Date | FieldKind::Datetime => {
            view! { <TextField label=w.value value kind="date" problem /> }.into_any()
        }
        _ => view! { <TextField label=w.value value problem /> }.into_any(),
    }
}
