//! The builder of a query: rows of conditions, in groups of which all or any have to hold.

use super::{
    query_bar::QueryState,
    query_names::choices,
    query_tree::{Condition, Group, Item, Part, new_condition, new_group},
};
use crate::{
    ui::{Icon, Svg},
    words::use_words,
};
use leptos::{either::Either, prelude::*};
use zgoda_domain::search::{Field, FieldChoice, Operator, ValueKind};

/// The rows of the query that is being written. What is changed here changes its text, and the other way round.
#[component]
pub fn QueryBuilder(state: QueryState) -> impl IntoView {
    let w = use_words();
    Effect::new(move || {
        if let Some(root) = state.rows.get() {
            state.read_rows(root.outline());
        }
    });
    view! {
        <div class="query-rows" role="group" aria-label=w.query_rows>
            {move || match state.rows.get() {
                Some(root) => view! { <PartView item=root state remove=None /> }.into_any(),
                None => view! { <p class="field__hint">{w.query_rows_wait}</p> }.into_any(),
            }}
        </div>
    }
}

/// A condition or a group; without `remove` the outermost one.
#[component]
fn PartView(item: Item, state: QueryState, remove: Option<Callback<()>>) -> AnyView {
    match item.part {
        Part::Condition(condition) => view! { <ConditionRow item condition state remove /> }.into_any(),
        Part::Group(group) => view! { <GroupBox item group state remove /> }.into_any(),
    }
}

#[component]
fn Negated(item: Item) -> impl IntoView {
    let w = use_words();
    let negated = item.negated;
    view! {
        <button
            type="button"
            class="button button--small query-rows__not"
            aria-pressed=move || negated.get().to_string()
            title=w.query_not_hint
            on:click=move |_| negated.update(|negated| *negated = !*negated)
        >
            {w.query_not}
        </button>
    }
}

#[component]
fn Remove(label: &'static str, remove: Callback<()>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button button--quiet button--icon button--small"
            aria-label=label
            title=label
            on:click=move |_| remove.run(())
        >
            <Svg icon=Icon::Close />
        </button>
    }
}

#[component]
fn GroupBox(item: Item, group: Group, state: QueryState, remove: Option<Callback<()>>) -> impl IntoView {
    let w = use_words();
    let Group { any, members } = group;
    let add = move |make: fn(&FieldChoice) -> Item| {
        state.fields.with_untracked(|fields| {
            if let Some(first) = fields.first() {
                members.update(|members| members.push(make(first)));
            }
        });
    };
    let is_root = remove.is_none();
    view! {
        <div class="query-rows__group" class:query-rows__group--inner=!is_root role="group" aria-label=w.query_group>
            <div class="query-rows__head">
                {(!is_root).then(|| view! { <Negated item /> })}
                <select
                    class="input input--select"
                    aria-label=w.query_joined
                    on:change=move |event| any.set(event_target_value(&event) == "any")
                >
                    <option value="all" prop:selected=move || !any.get()>{w.query_all}</option>
                    <option value="any" prop:selected=move || any.get()>{w.query_any}</option>
                </select>
                {remove.map(|remove| view! { <Remove label=w.query_remove_group remove /> })}
            </div>
            <For each=move || members.get() key=|member| member.id let:member>
                <PartView
                    item=member
                    state
                    remove=Some(Callback::new(move |()| members.update(|members| members.retain(|it| it.id != member.id))))
                />
            </For>
            <div class="query-rows__head">
                <button type="button" class="button button--small" on:click=move |_| add(new_condition)>
                    <Svg icon=Icon::Plus />{w.add_condition_submit}
                </button>
                <button type="button" class="button button--small" on:click=move |_| add(new_group)>
                    <Svg icon=Icon::Plus />{w.query_add_group}
                </button>
            </div>
        </div>
    }
}

#[component]
fn ConditionRow(item: Item, condition: Condition, state: QueryState, remove: Option<Callback<()>>) -> impl IntoView {
    let w = use_words();
    let Condition { field, operator, values, at } = condition;
    let choice = Memo::new(move |_| {
        let field = field.get();
        state.fields.with(|fields| fields.iter().find(|it| it.field == field).cloned())
    });
    let choose_field = move |event| {
        let chosen: Option<Field> = event_target_value(&event).parse().ok();
        let before = choice.get_untracked();
        state.fields.with_untracked(|fields| {
            if let Some(now) = fields.iter().find(|it| Some(it.field) == chosen) {
                condition.choose_field(before.as_ref(), now);
            }
        });
    };
    let fields = move || {
        let chosen = field.get();
        // What is not in the list is shown all the same.
        let unknown = choice.with(Option::is_none).then(|| {
            view! { <option value=chosen.to_string() selected=true>{w.deleted_field}</option> }
        });
        let known = state.fields.with(|fields| choices(w, fields, chosen)).into_iter().map(|(field, name)| {
            view! { <option value=field.to_string() selected=field == chosen>{name}</option> }
        });
        (unknown, known.collect_view())
    };
    let choose_operator = move |event| {
        if let Some(chosen) = Operator::from_code(&event_target_value(&event)) {
            operator.set(chosen);
            condition.fit();
        }
    };
    let operators = move || {
        let chosen = operator.get();
        let known = choice.with(|it| it.as_ref().map_or_else(|| vec![chosen], |it| it.operators.clone()));
        let option = move |it: Operator| {
            view! { <option value=it.code() selected=it == chosen>{w.search_operator(it)}</option> }
        };
        known.into_iter().map(option).collect_view()
    };
    let several = move || operator.get().arity().1 > 1;
    let value_rows = move || {
        let all = values.get();
        let alone = all.len() < 2;
        let row = move |value: RwSignal<String>| {
            let drop = Callback::new(move |()| values.update(|values| values.retain(|it| *it != value)));
            view! {
                <span class="query-rows__value">
                    <ValueControl value choice=choice.into() />
                    {(!alone).then(|| view! { <Remove label=w.query_remove_value remove=drop /> })}
                </span>
            }
        };
        all.into_iter().map(row).collect_view()
    };
    let is_consent = move || matches!(field.get(), Field::Consent { .. });
    view! {
        <div class="query-rows__row" class:query-rows__row--unfinished=move || condition.is_unfinished() role="group" aria-label=w.add_condition>
            <Negated item />
            <select class="input input--select query-rows__field" aria-label=w.field on:change=choose_field>{fields}</select>
            <select class="input input--select query-rows__operator" aria-label=w.condition on:change=choose_operator>{operators}</select>
            {value_rows}
            <Show when=several>
                <button
                    type="button"
                    class="button button--small"
                    on:click=move |_| values.update(|values| values.push(RwSignal::new(String::new())))
                >
                    <Svg icon=Icon::Plus />{w.value}
                </button>
            </Show>
            <Show when=is_consent>
                <input
                    class="input query-rows__day"
                    type="text"
                    aria-label=w.query_on_day
                    placeholder=w.query_on_day
                    autocomplete="off"
                    prop:value=move || at.get()
                    on:input=move |event| at.set(event_target_value(&event))
                />
            </Show>
            {remove.map(|remove| view! { <Remove label=w.remove_condition remove /> })}
        </div>
    }
}

#[component]
fn ValueControl(value: RwSignal<String>, choice: Signal<Option<FieldChoice>>) -> impl IntoView {
    let w = use_words();
    move || {
        let choice = choice.get();
        let options = choice.as_ref().map(|it| it.options.clone()).unwrap_or_default();
        if options.is_empty() {
            let kind = choice.map(|it| it.kind);
            let day = matches!(kind, Some(ValueKind::Date | ValueKind::Moment));
            let number = matches!(kind, Some(ValueKind::Integer | ValueKind::Decimal));
            return Either::Left(view! {
                <input
                    class="input"
                    type="text"
                    autocomplete="off"
                    aria-label=w.value
                    inputmode=number.then_some("decimal")
                    placeholder=day.then_some(w.query_day_hint)
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
            });
        }
        let now = value.get_untracked();
        // A value beside those to choose from, such as 1 for a tick, is shown as it stands.
        let other = !options.iter().any(|it| it.value == now);
        let other = other.then(|| {
            let label = if now.is_empty() { w.choose.to_owned() } else { now.clone() };
            view! { <option value=now.clone() selected=true>{label}</option> }
        });
        let known = options.into_iter().map(|it| {
            view! { <option value=it.value.clone() selected=it.value == now>{it.label}</option> }
        });
        Either::Right(view! {
            <select
                class="input input--select"
                aria-label=w.value
                on:change=move |event| value.set(event_target_value(&event))
            >
                {other}
                {known.collect_view()}
            </select>
        })
    }
}
