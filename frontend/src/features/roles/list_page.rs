//! All roles: those that come with the product, and the company's own.

use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::Page,
    session::{use_api, use_session},
    ui::{Await, BackLink, Confirm, Empty, Icon, PageHead, Summary, Svg, use_toasts},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::HashMap;
use zgoda_api_types::{
    problem::ProblemCode,
    staff::{Account, Role},
};
use zgoda_domain::{access::Right, id::RoleId};

type Holders = HashMap<RoleId, u64>;

/// All roles.
#[component]
pub fn ListPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    browser::set_title(o.roles);
    let known = remote(|api| async move { Ok((api.roles().await?, api.accounts().await?)) });
    let may = session.may(Right::EditStaff);
    let removing = RwSignal::new(None::<Role>);
    let sending = Sending::new();
    let remove = Callback::new(move |()| {
        let Some(role) = removing.get_untracked() else { return };
        removing.set(None);
        let api = api.clone();
        sending.run(async move { api.delete_role(role.id).await }, move |()| {
            toasts.say(o.role_deleted);
            known.refetch();
        });
    });
    let in_use = move || sending.failure().as_ref().and_then(Failure::code) == Some(ProblemCode::WrongState);
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=o.roles text=move || o.roles_text>
            {may.then(|| view! {
                <A href=Page::NewRole.path() attr:class="button button--primary"><Svg icon=Icon::Plus />{o.new_role}</A>
            })}
        </PageHead>
        <Show when=in_use fallback=move || view! { <Summary sending label=|_: String| None /> }>
            <div class="summary" role="alert"><Svg icon=Icon::Warning /><p class="summary__title">{o.role_in_use}</p></div>
        </Show>
        <Await remote=known children={move |(roles, accounts): (Vec<Role>, Vec<Account>)| lists(w, o, &roles, &accounts, may, removing)} />
        {move || removing.get().map(|role| view! {
            <Confirm
                title=format!("{} „{}”", o.delete_role_title, role.name)
                text=o.delete_role_text
                action=w.delete
                on_confirm=remove
                on_close=move |()| removing.set(None)
            />
        })}
    }
}

fn lists(
    w: &'static Words,
    o: &'static OfficeWords,
    roles: &[Role],
    accounts: &[Account],
    may: bool,
    removing: RwSignal<Option<Role>>,
) -> impl IntoView + use<> {
    let mut holders = Holders::new();
    for account in accounts.iter().filter(|account| !account.disabled) {
        *holders.entry(account.role_id).or_default() += 1;
    }
    let rows = |own: bool| {
        let chosen = roles.iter().filter(|role| role.template.is_none() == own);
        chosen.map(|role| row(w, o, role, roles, &holders, may, removing)).collect::<Vec<_>>()
    };
    let (own, builtin) = (rows(true), rows(false));
    let own = if own.is_empty() {
        view! { <Empty icon=Icon::Badge title=o.no_roles text=o.no_roles_text /> }.into_any()
    } else {
        table(w, o, o.roles_own, true, own)
    };
    view! {
        <section class="panel panel--listing" aria-labelledby="roles-own">
            <h2 class="panel__title" id="roles-own">{o.roles_own}</h2>
            {own}
        </section>
        <section class="panel panel--listing" aria-labelledby="roles-builtin">
            <h2 class="panel__title" id="roles-builtin">{o.roles_builtin}</h2>
            <p class="faint panel__text">{o.roles_builtin_text}</p>
            {table(w, o, o.roles_builtin, false, builtin)}
        </section>
    }
}

fn table<V: IntoView + 'static>(
    w: &'static Words,
    o: &'static OfficeWords,
    caption: &'static str,
    based: bool,
    rows: Vec<V>,
) -> AnyView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=caption>
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{w.name}</th>
                        {based.then(|| view! { <th scope="col">{o.based_on}</th> })}
                        <th scope="col" class="table__number">{o.rights}</th>
                        <th scope="col" class="table__number">{o.people}</th>
                        <th scope="col"><span class="visually-hidden">{o.actions}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(
    w: &'static Words,
    o: &'static OfficeWords,
    role: &Role,
    roles: &[Role],
    holders: &Holders,
    may: bool,
    removing: RwSignal<Option<Role>>,
) -> impl IntoView + use<> {
    let name = w.role(&role.name, role.template);
    let parent = roles.iter().find(|other| Some(other.id) == role.parent_id);
    let parent = parent.map(|parent| w.role(&parent.name, parent.template));
    let count = role.effective.rights.keys().filter(|right| **right != Right::UseOwnAccount).count();
    let people = holders.get(&role.id).copied().unwrap_or_default();
    let about = role.template.map(|template| o.about_template(template));
    let (copy, delete) = (format!("{}: {name}", o.copy_role), format!("{}: {name}", w.delete));
    let id = role.id;
    let builtin = role.template.is_some();
    let kept = role.clone();
    view! {
        <tr>
            <th scope="row" class="table__title">
                <A href=Page::Role(id).path()>{name}</A>
                {about.map(|about| view! { <p class="table__about">{about}</p> })}
            </th>
            {(!builtin).then(|| view! { <td>{parent.unwrap_or_else(|| "–".to_owned())}</td> })}
            <td class="table__number">{w.number(count as u64)}</td>
            <td class="table__number">{w.number(people)}</td>
            <td class="table__actions">
                {may.then(|| view! {
                    <A href=Page::NewRoleLike(id).path() attr:class="button button--small button--icon" attr:aria-label=copy attr:title=o.copy_role><Svg icon=Icon::Copy /></A>
                    {(!builtin).then(|| view! {
                        <button type="button" class="button button--small button--icon button--danger" aria-label=delete title=w.delete on:click=move |_| removing.set(Some(kept.clone()))>
                            <Svg icon=Icon::Trash />
                        </button>
                    })}
                })}
            </td>
        </tr>
    }
}
