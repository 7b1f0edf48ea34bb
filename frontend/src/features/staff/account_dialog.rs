//! Making an account, and changing one.

use super::Known;
use crate::{
    browser,
    data::Sending,
    session::use_api,
    ui::{Dialog, Icon, SelectField, SubmitButton, Summary, Svg, TextField, Tick, Ticks, use_toasts},
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::staff::{Account, ChangeAccount, CreateAccount};
use zgoda_domain::{
    access::role::RoleTemplate,
    id::{DepartmentId, RoleId},
};

/// Name, role and departments; for a new account the e-mail address too.
#[component]
pub(super) fn AccountDialog(
    known: Known,
    /// The account that is changed; a new one is made without.
    account: Option<Account>,
    #[prop(into)] on_close: Callback<()>,
    /// With the link to hand over, where the server could not mail it.
    #[prop(into)]
    on_saved: Callback<Option<String>>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let id = account.as_ref().map(|account| account.id);
    let new = account.is_none();
    // Whoever is added first most likely looks after clients; a role that may not be given is none to begin with.
    let usual = known.roles.iter().find(|role| role.grantable && role.template == Some(RoleTemplate::Salesperson));
    let usual = usual.or_else(|| known.roles.iter().find(|role| role.grantable)).map(|role| role.id);
    let first = account.as_ref().map(|account| account.role_id).or(usual);
    let invited = account.as_ref().filter(|account| account.invited).map(|account| account.role_id);
    let (shown_email, shown_name, theirs) =
        account.map(|account| (account.email, account.name, account.department_ids)).unwrap_or_default();
    let email = RwSignal::new(shown_email);
    let name = RwSignal::new(shown_name);
    let role = RwSignal::new(first.map(|id| id.to_string()).unwrap_or_default());
    let departments = RwSignal::new(theirs);
    let sending = Sending::new();
    let roles: Vec<_> = known
        .roles
        .iter()
        .filter(|role| role.grantable)
        .map(|role| (role.id.to_string(), w.role(&role.name, role.template)))
        .collect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        // Without a role to choose the server says so.
        let role_id = role.get_untracked().parse::<RoleId>().unwrap_or(RoleTemplate::Owner.id());
        let (name, department_ids) = (name.get_untracked(), departments.get_untracked());
        let (api, key, email) = (api.clone(), key.clone(), email.get_untracked());
        let call = async move {
            match id {
                Some(id) => {
                    let body = ChangeAccount { name, role_id, department_ids };
                    api.change_account(id, &body).await.map(|()| None)
                }
                None => {
                    let body = CreateAccount { email, name, role_id, department_ids };
                    api.create_account(&body, Some(&key)).await.map(|invited| invited.link)
                }
            }
        };
        sending.run(call, move |link| {
            // Whoever was invited for another role has no link any more.
            let ended = invited.is_some_and(|invited| invited != role_id);
            toasts.say(match (new, ended) {
                (true, _) => o.account_added,
                (false, true) => o.invitation_ended,
                (false, false) => w.saved,
            });
            on_saved.run(link);
        });
    };
    let ticks = known.departments.into_iter().map(|department| {
        let id = department.id;
        let checked = Signal::derive(move || departments.with(|chosen| chosen.contains(&id)));
        view! { <Tick label=department.name checked on_change=move |on| toggle(departments, id, on) /> }
    });
    let ticks: Vec<_> = ticks.collect();
    let departments_problem = Signal::derive(move || {
        let failure = sending.failure()?;
        let about = failure.complaints().iter().find(|it| it.pointer.starts_with("/department_ids"))?;
        Some(sending.words_for(w, about))
    });
    let label = move |pointer: String| match pointer.as_str() {
        "/email" => Some(o.email.to_owned()),
        "/name" => Some(w.full_name.to_owned()),
        "/role_id" => Some(o.role.to_owned()),
        pointer if pointer.starts_with("/department_ids") => Some(o.departments.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=if new { o.add_account } else { o.edit_account } on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                {new.then(|| view! {
                    <TextField label=o.email value=email kind="email" required=true pointer="/email" problem=sending.problem("/email") />
                })}
                <TextField label=w.full_name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <SelectField label=o.role value=role options=Signal::stored(roles) hint=o.role_choose_hint pointer="/role_id" problem=sending.problem("/role_id") />
                {(!ticks.is_empty()).then(|| view! {
                    <Ticks label=o.departments pointer="/department_ids" problem=departments_problem>{ticks}</Ticks>
                })}
                {new.then(|| view! { <div class="note"><Svg icon=Icon::Key /><p>{o.account_no_password}</p></div> })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}

fn toggle(chosen: RwSignal<Vec<DepartmentId>>, id: DepartmentId, on: bool) {
    chosen.update(|chosen| {
        chosen.retain(|other| *other != id);
        if on {
            chosen.push(id);
        }
    });
}
