//! Where the data come from, why they may be processed, and what becomes of clients who are there already.

use super::{
    import_page::{Known, StepEnd},
    plan::{Plan, Step},
};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    session::{use_api, use_session},
    ui::{Choice, Outdated, SelectField, Summary, TextArea, TextField, Tick, Ticks},
    words::{use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::problem::ProblemCode;
use zgoda_domain::{
    access::Right,
    client::ClientKind,
    import::{ColumnTarget, DuplicateStrategy},
};

#[component]
pub fn OriginStep(plan: Plan, known: Known) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let (api, session) = (StoredValue::new(use_api()), use_session());
    let id = plan.id;
    let sending = Sending::new();
    let check = move |()| {
        let settings = match plan.settings() {
            Ok(settings) => settings,
            Err(complaints) => return sending.complain(Failure::invalid(complaints)),
        };
        let version = plan.import.with_untracked(|import| import.version);
        let api = api.get_value();
        sending.run(async move { api.save_import_settings(id, version, &settings).await }, move |saved| {
            plan.import.set(saved.value);
            plan.step.set(Step::Check);
        });
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/source" => Some(d.source.to_owned()),
        "/obtained_on" => Some(d.obtained_on.to_owned()),
        "/lawful_basis" => Some(d.lawful_basis.to_owned()),
        "/match_by" => Some(d.match_by.to_owned()),
        "/strategy" => Some(d.strategy.to_owned()),
        "/owner_id" => Some(w.client_owner.to_owned()),
        "/department_id" => Some(w.department.to_owned()),
        "/columns" => Some(d.columns_title.to_owned()),
        pointer => {
            let at: usize = pointer.strip_prefix("/columns/")?.parse().ok()?;
            Some(d.column_n(&plan.column_name(at)))
        }
    };
    // A complaint about a column is mended a step before this one.
    let follow = Callback::new(move |pointer: String| {
        let step = Step::of_pointer(&pointer);
        plan.step.set(step);
        let id = crate::ui::field_id(&pointer);
        set_timeout(move || browser::focus_id(&id), std::time::Duration::from_millis(50));
    });
    let bases = [d.basis_consent, d.basis_contract, d.basis_interest].map(|text| {
        view! {
            <button type="button" class="button button--small button--sentence" on:click=move |_| plan.lawful_basis.set(text.to_owned())>{text}</button>
        }
    });
    let strategies = [DuplicateStrategy::Skip, DuplicateStrategy::Update, DuplicateStrategy::New].map(|strategy| {
        let (name, about) = d.strategy(strategy);
        let allowed = strategy != DuplicateStrategy::Update || session.may(Right::EditClients);
        view! {
            <label class="choice" class:choice--on=move || plan.strategy.get() == strategy>
                <input
                    type="radio"
                    name="strategy"
                    disabled=!allowed
                    prop:checked=move || plan.strategy.get() == strategy
                    on:change=move |_| plan.strategy.set(strategy)
                />
                <span><strong>{name}</strong><span class="choice__about">{about}</span></span>
            </label>
        }
    });
    let looks = move || plan.strategy.get() != DuplicateStrategy::New;
    let keys = Signal::derive(move || {
        plan.keys().into_iter().map(|by| (by.code().to_owned(), d.match_by(by).to_owned())).collect::<Vec<_>>()
    });
    let key = Signal::derive(move || plan.key().map(|by| by.code().to_owned()).unwrap_or_default());
    let no_keys = move || keys.with(Vec::is_empty);
    let says_kind = Memo::new(move |_| plan.targets().contains(&ColumnTarget::Kind));
    let kinds =
        [ClientKind::Person, ClientKind::Company].map(|it| (it.code().to_owned(), w.client_kind(it).to_owned()));
    let chosen = |all: Vec<(String, String)>, first: &str| {
        std::iter::once((String::new(), first.to_owned())).chain(all).collect::<Vec<_>>()
    };
    let owners = known.colleagues.with_value(|all| all.iter().map(|it| (it.id.to_string(), it.name.clone())).collect());
    let departments: Vec<_> =
        known.departments.with_value(|all| all.iter().map(|it| (it.id.to_string(), it.name.clone())).collect());
    let assigns = session.may(Right::AssignClients);
    let has_departments = !departments.is_empty();
    let tags = known.tags.get_value();
    let has_tags = !tags.is_empty();
    let ticks = tags.into_iter().map(move |tag| {
        let id = tag.id;
        let checked = Signal::derive(move || plan.tags.with(|tags| tags.contains(&id)));
        let on_change = move |on: bool| {
            plan.tags.update(|tags| {
                if on {
                    tags.insert(id)
                } else {
                    tags.remove(&id)
                };
            });
        };
        view! { <Tick label=tag.name checked on_change /> }
    });
    // Read or saved in another tab: what is said here holds for what it is now.
    let loading = Sending::new();
    let outdated = move || sending.failure().is_some_and(|failure| failure.code() == Some(ProblemCode::Outdated));
    let load = move |()| {
        let api = api.get_value();
        loading.run(async move { api.import(id, None).await }, move |newer| {
            plan.import.set(newer.value);
            sending.clear();
        });
    };
    view! {
        <Show when=outdated fallback=move || view! { <Summary sending label on_follow=follow /> }>
            <Outdated
                title=w.problem_outdated
                text=d.import_outdated
                busy=Signal::derive(move || loading.is_busy())
                on_load=load
            />
        </Show>
        <section class="panel stack">
            <h2 class="panel__title" id="step" tabindex="-1">{d.origin_title}</h2>
            <p class="faint">{d.origin_text}</p>
            <TextArea label=d.source hint=d.source_hint value=plan.source pointer="/source" problem=sending.problem("/source") rows=2 required=true />
            <TextField label=d.obtained_on hint=d.obtained_hint value=plan.obtained_on kind="date" pointer="/obtained_on" problem=sending.problem("/obtained_on") required=true />
            <TextArea label=d.lawful_basis hint=d.lawful_hint value=plan.lawful_basis pointer="/lawful_basis" problem=sending.problem("/lawful_basis") rows=2 required=true />
            <div class="actions" role="group" aria-label=d.basis_examples>{bases.into_iter().collect_view()}</div>
        </section>
        <section class="panel stack">
            <fieldset class="field many">
                <legend class="panel__title">{d.strategy}</legend>
                {strategies.into_iter().collect_view()}
            </fieldset>
            <Show when=looks>
                <Show
                    when=move || !no_keys()
                    fallback=move || view! { <p class="field__problem" id=crate::ui::field_id("/match_by") tabindex="-1">{d.no_keys}</p> }
                >
                    <Choice
                        label=d.match_by
                        hint=d.match_by_hint
                        value=key
                        options=keys
                        on_choose=move |code| plan.match_by.set(code)
                        pointer="/match_by"
                        problem=sending.problem("/match_by")
                    />
                </Show>
            </Show>
        </section>
        <section class="panel stack">
            <h2 class="panel__title">{d.new_clients}</h2>
            <Show
                when=move || says_kind.get()
                fallback={
                    let kinds = kinds.to_vec();
                    move || view! { <SelectField label=d.kind_of_all value=plan.kind options=Signal::stored(kinds.clone()) /> }
                }
            >
                <p class="faint">{d.kind_by_column}</p>
            </Show>
            {assigns.then(|| view! {
                <SelectField label=w.client_owner value=plan.owner options=Signal::stored(chosen(owners, d.owner_me)) pointer="/owner_id" problem=sending.problem("/owner_id") />
            })}
            {(assigns && has_departments).then(|| view! {
                <SelectField label=w.department value=plan.department options=Signal::stored(chosen(departments, w.nothing_chosen)) pointer="/department_id" problem=sending.problem("/department_id") />
            })}
            {has_tags.then(|| view! {
                <Ticks label=d.tags_for_all pointer="/tags">{ticks.collect_view()}</Ticks>
            })}
        </section>
        <StepEnd
            plan
            back=Step::Columns
            next=d.to_check
            what=d.to_check_what
            busy=Signal::derive(move || sending.is_busy())
            on_next=check
        />
    }
}
