//! One import, step by step.

use super::{
    check_step::CheckStep,
    columns_step::ColumnsStep,
    file_step::FileStep,
    origin_step::OriginStep,
    plan::{Plan, Step},
    run_step::RunStep,
};
use crate::{
    browser,
    data::remote,
    route::Page,
    session::use_session,
    ui::{Await, BackLink, Icon, PageHead, Svg},
    words::{ImportWords, use_import_words, use_words},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use zgoda_api_types::{
    custom_fields::CustomField,
    imports::Import,
    staff::{Colleague, Department},
    tags::Tag,
};
use zgoda_domain::{access::Right, id::ImportId, import::ImportState};

/// What columns and new clients can be given.
#[derive(Clone, Copy)]
pub struct Known {
    pub fields: RwSignal<Vec<CustomField>>,
    pub tags: StoredValue<Vec<Tag>>,
    pub colleagues: StoredValue<Vec<Colleague>>,
    pub departments: StoredValue<Vec<Department>>,
}

/// Import.
#[component]
pub fn ImportPage() -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    browser::set_title(d.import);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<ImportId>().ok()));
    view! {
        <BackLink href=Page::Imports.path() label=w.imports />
        {move || match id.get() {
            Some(id) => untrack(|| view! { <Loaded id /> }.into_any()),
            None => view! { <PageHead title=w.missing_title text=move || w.missing_text /> }.into_any(),
        }}
    }
}

type Everything = (Import, Vec<CustomField>, Vec<Tag>, Vec<Colleague>, Vec<Department>);

#[component]
fn Loaded(id: ImportId) -> impl IntoView {
    let assigns = use_session().may(Right::AssignClients);
    let all = remote(move |api| async move {
        let import = api.import(id, None).await?.value;
        let (fields, tags) = (api.custom_fields().await?, api.tags().await?);
        let (mut colleagues, mut departments) = (Vec::new(), Vec::new());
        if assigns {
            (colleagues, departments) = (api.colleagues().await?, api.departments().await?);
        }
        Ok((import, fields, tags, colleagues, departments))
    });
    view! {
        <Await remote=all lines=8 children=|(import, fields, tags, colleagues, departments): Everything| {
            let known = Known {
                fields: RwSignal::new(fields),
                tags: StoredValue::new(tags),
                colleagues: StoredValue::new(colleagues),
                departments: StoredValue::new(departments),
            };
            view! { <Wizard plan=Plan::new(import) known /> }
        } />
    }
}

#[component]
fn Wizard(plan: Plan, known: Known) -> impl IntoView {
    let d = use_import_words();
    let session = use_session();
    Effect::new(move || session.set_unsaved(plan.step.get() < Step::Check && plan.is_changed()));
    on_cleanup(move || session.set_unsaved(false));
    // Whoever goes on by the keyboard begins at the step's heading.
    Effect::new(move |before: Option<()>| {
        plan.step.track();
        if before.is_some() {
            browser::focus_soon("#step");
        }
    });
    let name = plan.import.with_untracked(|import| import.file_name.clone());
    let unread = plan.import.with_untracked(|import| import.state == ImportState::Reading);
    if unread {
        return view! {
            <PageHead title=d.import text=move || name.clone() />
            <section class="panel">
                <p>{d.import_unread}</p>
                <p class="actions"><a class="button button--primary" href=Page::Imports.path()>{d.send_again}</a></p>
            </section>
        }
        .into_any();
    }
    let shown = move || match plan.step.get() {
        Step::File => view! { <FileStep plan /> }.into_any(),
        Step::Columns => view! { <ColumnsStep plan known /> }.into_any(),
        Step::Origin => view! { <OriginStep plan known /> }.into_any(),
        Step::Check => view! { <CheckStep plan /> }.into_any(),
        Step::Run => view! { <RunStep plan /> }.into_any(),
    };
    view! {
        <PageHead title=d.import text=move || name.clone() />
        <Steps plan />
        <div class="wizard">{shown}</div>
    }
    .into_any()
}

/// Where one is, and the way back to what was said before.
#[component]
fn Steps(plan: Plan) -> impl IntoView {
    let d = use_import_words();
    let steps = Step::ALL.into_iter().enumerate().map(|(at, step)| {
        let name = step_name(d, step);
        let current = move || (plan.step.get() == step).then_some("step");
        // Only back: a step further on rests on the one before.
        let goes = move || step < plan.step.get() && plan.step.get() != Step::Run;
        let mark = move || {
            if step < plan.step.get() {
                view! { <Svg icon=Icon::Check /> }.into_any()
            } else {
                (at + 1).to_string().into_any()
            }
        };
        view! {
            <li class="steps__one" class:steps__one--done=move || step < plan.step.get() aria-current=current>
                <span class="steps__mark" aria-hidden="true">{mark}</span>
                {move || if goes() {
                    view! { <button type="button" class="steps__name" on:click=move |_| plan.step.set(step)>{name}</button> }.into_any()
                } else {
                    view! { <span class="steps__name">{name}</span> }.into_any()
                }}
            </li>
        }
    });
    view! { <ol class="steps" aria-label=d.steps>{steps.collect_view()}</ol> }
}

const fn step_name(d: &ImportWords, step: Step) -> &'static str {
    match step {
        Step::File => d.step_file,
        Step::Columns => d.step_columns,
        Step::Origin => d.step_origin,
        Step::Check => d.step_check,
        Step::Run => d.step_run,
    }
}

/// The buttons at a step's end, and what the next one does.
#[component]
pub fn StepEnd(
    plan: Plan,
    #[prop(optional)] back: Option<Step>,
    #[prop(into)] next: String,
    #[prop(into)] what: String,
    #[prop(into, optional)] busy: Signal<bool>,
    #[prop(into)] on_next: Callback<()>,
) -> impl IntoView {
    let d = use_import_words();
    view! {
        <div class="wizard__end">
            <p class="faint">{what}</p>
            {back.map(|step| view! {
                <button type="button" class="button" on:click=move |_| plan.step.set(step)>
                    <Svg icon=Icon::ChevronLeft />
                    {d.back}
                </button>
            })}
            <button
                type="button"
                class="button button--primary"
                disabled=move || busy.get()
                aria-busy=move || busy.get().to_string()
                on:click=move |_| on_next.run(())
            >
                {next}
                <Svg icon=Icon::ChevronRight />
            </button>
        </div>
    }
}
