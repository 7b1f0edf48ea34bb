//! The parts of the organisation.

use super::{Known, accounts::Adding};
use crate::{
    browser,
    data::{Remote, Sending},
    problems::Failure,
    session::use_api,
    ui::{Await, Confirm, Dialog, Empty, Icon, SubmitButton, Summary, Svg, TextField, use_toasts},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::{
    problem::ProblemCode,
    staff::{Department, DepartmentBody},
};

/// All departments, with what can be done to each.
#[component]
pub(super) fn Departments(known: Remote<Known>, may: bool, adding: RwSignal<Option<Adding>>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let renaming = RwSignal::new(None::<Department>);
    let removing = RwSignal::new(None::<Department>);
    let sending = Sending::new();
    let remove = Callback::new(move |()| {
        let Some(department) = removing.get_untracked() else { return };
        removing.set(None);
        let api = api.clone();
        sending.run(async move { api.delete_department(department.id).await }, move |()| {
            toasts.say(o.department_deleted);
            known.refetch();
        });
    });
    let in_use = move || sending.failure().as_ref().and_then(Failure::code) == Some(ProblemCode::WrongState);
    let saved = move || {
        adding.set(None);
        renaming.set(None);
        known.refetch();
    };
    view! {
        <Show when=in_use fallback=move || view! { <Summary sending label=|_: String| None /> }>
            <div class="summary" role="alert"><Svg icon=Icon::Warning /><p class="summary__title">{o.department_in_use}</p></div>
        </Show>
        <Await remote=known children={move |known: Known| {
            if known.departments.is_empty() {
                return view! {
                    <section class="panel"><Empty icon=Icon::Building title=o.no_departments text=o.no_departments_text /></section>
                }.into_any();
            }
            let rows: Vec<_> = known.departments.iter().map(|it| row(w, o, &known, it, may, renaming, removing)).collect();
            view! { <section class="panel" aria-label=o.departments><ul class="list">{rows}</ul></section> }.into_any()
        }} />
        {move || (adding.get() == Some(Adding::Department)).then(|| view! {
            <NameDialog department=None on_close=move |()| adding.set(None) on_saved=move |()| saved() />
        })}
        {move || renaming.get().map(|department| view! {
            <NameDialog department=Some(department) on_close=move |()| renaming.set(None) on_saved=move |()| saved() />
        })}
        {move || removing.get().map(|department| view! {
            <Confirm
                title=format!("{} „{}”", o.delete_department_title, department.name)
                text=o.delete_department_text
                action=w.delete
                on_confirm=remove
                on_close=move |()| removing.set(None)
            />
        })}
    }
}

fn row(
    w: &'static Words,
    o: &'static OfficeWords,
    known: &Known,
    department: &Department,
    may: bool,
    renaming: RwSignal<Option<Department>>,
    removing: RwSignal<Option<Department>>,
) -> impl IntoView + use<> {
    let members = known.accounts.iter().filter(|it| !it.disabled && it.department_ids.contains(&department.id)).count();
    let named = |action: &str| format!("{action}: {}", department.name);
    let (rename, delete) = (named(o.rename_department), named(w.delete));
    let (renamed, removed) = (department.clone(), department.clone());
    view! {
        <li class="list__item">
            <div class="list__main">
                <p class="list__title">{department.name.clone()}</p>
                <p class="faint">{w.count(members as u64, o.members_n)}</p>
            </div>
            {may.then(|| view! {
                <div class="list__actions">
                    <button type="button" class="button button--small button--icon" aria-label=rename title=o.rename_department on:click=move |_| renaming.set(Some(renamed.clone()))><Svg icon=Icon::Edit /></button>
                    <button type="button" class="button button--small button--icon button--danger" aria-label=delete title=w.delete on:click=move |_| removing.set(Some(removed.clone()))><Svg icon=Icon::Trash /></button>
                </div>
            })}
        </li>
    }
}

#[component]
fn NameDialog(
    department: Option<Department>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let id = department.as_ref().map(|department| department.id);
    let name = RwSignal::new(department.map(|department| department.name).unwrap_or_default());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = DepartmentBody { name: name.get_untracked() };
        let (api, key) = (api.clone(), key.clone());
        let call = async move {
            match id {
                Some(id) => api.rename_department(id, &body).await,
                None => api.create_department(&body, Some(&key)).await.map(|_| ()),
            }
        };
        sending.run(call, move |()| {
            toasts.say(if id.is_some() { w.saved } else { o.department_added });
            on_saved.run(());
        });
    };
    view! {
        <Dialog title=if id.is_some() { o.rename_department } else { o.add_department } on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/name").then(|| w.name.to_owned()) />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
