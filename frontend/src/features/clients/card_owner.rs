//! Whose client this is, and which department's; and taking the client away for good.

use crate::{
    data::{Remote, Sending},
    problems::Failure,
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Avatar, Await, Dialog, Icon, SelectField, SubmitButton, Summary, Svg, Tick, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::{
    clients::ClientCard,
    problem::ProblemCode,
    staff::{Colleague, Department},
};
use zgoda_domain::{
    access::{Assignment, Right},
    id::ClientId,
};

/// Everyone a client can be given to.
pub type People = (Vec<Colleague>, Vec<Department>);

/// Opiekun.
#[component]
pub fn Owner(
    card: ClientCard,
    people: Remote<People>,
    /// The client was given to someone.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let may = use_session().may_with(Right::AssignClients, card.assignment);
    let (id, version, assignment) = (card.id, card.version, card.assignment);
    let changing = RwSignal::new(false);
    let ready = move || people.with(|people| matches!(people, Some(Ok(_))));
    view! {
        <section class="panel">
            <div class="panel__head">
                <h2 class="panel__title">{w.client_owner}</h2>
                {may.then(|| view! {
                    <button type="button" class="button button--small" disabled=move || !ready() on:click=move |_| changing.set(true)>
                        {w.change_owner}
                    </button>
                })}
            </div>
            <Await remote=people lines=1 children=move |(colleagues, departments): People| {
                let owner = assignment.owner_id.map(|id| {
                    colleagues.into_iter().find(|it| it.id == id).map_or_else(|| w.former_colleague.to_owned(), |it| it.name)
                });
                let has_departments = !departments.is_empty();
                let department = assignment.department_id.and_then(|id| departments.into_iter().find(|it| it.id == id));
                let department = department.map_or_else(|| w.no_department.to_owned(), |it| it.name);
                view! {
                    <div class="person">
                        {owner.clone().map(|name| view! { <Avatar name /> })}
                        <div>
                            <p class="person__name">{owner.unwrap_or_else(|| w.no_owner.to_owned())}</p>
                            {has_departments.then(|| view! { <p class="faint">{w.department} ": " {department}</p> })}
                        </div>
                    </div>
                }
            } />
        </section>
        {move || changing.get().then(|| people.get_untracked()?.ok()).flatten().map(|people| view! {
            <AssignDialog
                id
                version
                assignment
                people
                on_close=move |()| changing.set(false)
                on_change=move |()| {
                    changing.set(false);
                    on_change.run(());
                }
            />
        })}
    }
}

/// Closes a dialog; what was shown behind it is read again if somebody else has changed it.
fn close(sending: Sending, on_close: Callback<()>, on_change: Callback<()>) -> Callback<()> {
    Callback::new(move |()| {
        let outdated = |failure: Failure| failure.code() == Some(ProblemCode::Outdated);
        if untrack(|| sending.failure()).is_some_and(outdated) {
            on_change.run(());
        }
        on_close.run(());
    })
}

#[component]
fn AssignDialog(
    id: ClientId,
    version: i32,
    assignment: Assignment,
    people: People,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_change: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let choices = |known: Vec<(String, String)>| {
        std::iter::once((String::new(), w.nothing_chosen.to_owned())).chain(known).collect::<Vec<_>>()
    };
    let owners = choices(people.0.into_iter().map(|it| (it.id.to_string(), it.name)).collect());
    let departments = choices(people.1.into_iter().map(|it| (it.id.to_string(), it.name)).collect());
    // Someone who has left cannot be chosen again.
    let chosen = |id: Option<String>, known: &[(String, String)]| {
        RwSignal::new(id.filter(|id| known.iter().any(|(key, _)| key == id)).unwrap_or_default())
    };
    let owner = chosen(assignment.owner_id.map(|id| id.to_string()), &owners);
    let department = chosen(assignment.department_id.map(|id| id.to_string()), &departments);
    let has_departments = departments.len() > 1;
    let sending = Sending::new();
    let on_close = close(sending, on_close, on_change);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = Assignment {
            owner_id: owner.with_untracked(|id| id.parse().ok()),
            department_id: department.with_untracked(|id| id.parse().ok()),
        };
        let api = api.clone();
        sending.run(async move { api.assign_client(id, version, body).await }, move |()| {
            toasts.say(w.assigned_done);
            on_change.run(());
        });
    };
    view! {
        <Dialog title=w.change_owner_title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| match pointer.as_str() {
                    "/owner_id" => Some(w.client_owner.to_owned()),
                    "/department_id" => Some(w.department.to_owned()),
                    _ => None,
                } />
                <p class="dialog__text">{w.change_owner_text}</p>
                <SelectField label=w.client_owner value=owner options=Signal::stored(owners) pointer="/owner_id" problem=sending.problem("/owner_id") />
                {has_departments.then(|| view! {
                    <SelectField label=w.department value=department options=Signal::stored(departments) pointer="/department_id" problem=sending.problem("/department_id") />
                })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}

/// Asks before a client is deleted, and says what goes with the card.
#[component]
pub fn DeleteDialog(
    id: ClientId,
    version: i32,
    name: String,
    #[prop(into)] on_close: Callback<()>,
    /// The card is another than the one that was looked at.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let go = use_go();
    let sure = RwSignal::new(false);
    let sending = Sending::new();
    let on_close = close(sending, on_close, on_change);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if !sure.get_untracked() {
            return;
        }
        let (api, go) = (api.clone(), go.clone());
        sending.run(async move { api.delete_client(id, version).await }, move |()| {
            toasts.say(w.client_deleted);
            go(Page::Clients);
        });
    };
    view! {
        <Dialog title=w.delete_client_title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=|_: String| None />
                <p class="dialog__text"><strong>{name}</strong></p>
                <p class="dialog__text">{w.delete_client_text}</p>
                <Tick label=w.delete_client_sure checked=sure on_change=move |on| sure.set(on) />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <button type="submit" class="button button--danger" disabled=move || sending.is_busy() || !sure.get()>
                        <Svg icon=Icon::Trash />{w.delete_client}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
