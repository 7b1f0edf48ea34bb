//! The pages of one role: looking at it, changing it, making a new one.

use super::{
    draft::{body_of, effective, inherited_networks},
    editor::Editor,
    effect::Effect,
};
use crate::{
    browser,
    data::{Remote, remote},
    route::Page,
    session::{Session, use_session},
    ui::{Await, BackLink, Badge, Empty, Icon, PageHead, Svg, Tone},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};
use zgoda_api_types::{
    custom_fields::CustomField,
    staff::{Role, RoleBody},
};
use zgoda_domain::{
    access::{Right, role::RoleDefinition},
    id::RoleId,
};

type Known = (Vec<Role>, Vec<CustomField>);

/// Roles, and the custom fields as far as the person may know them.
fn known(session: Session) -> Remote<Known> {
    let may_see_fields = session.may(Right::ViewClients);
    remote(move |api| async move {
        let custom = if may_see_fields { api.custom_fields().await? } else { Vec::new() };
        Ok((api.roles().await?, custom))
    })
}

/// A role: the editor for whoever may change it, else what it allows.
#[component]
pub fn RolePage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(o.roles);
    let params = use_params_map();
    let known = known(session);
    move || {
        let id = params.with(|params| params.get("id")?.parse::<RoleId>().ok());
        view! {
            <BackLink href=Page::Roles.path() label=o.roles />
            <Await remote=known lines=8 children={move |(roles, custom): Known| {
                match roles.iter().find(|role| Some(role.id) == id).cloned() {
                    None => missing(o),
                    Some(role) => shown(w, o, session, role, roles, custom),
                }
            }} />
        }
    }
}

fn missing(o: &OfficeWords) -> AnyView {
    view! { <section class="panel"><Empty icon=Icon::Badge title=o.role_missing /></section> }.into_any()
}

fn shown(
    w: &'static Words,
    o: &'static OfficeWords,
    session: Session,
    role: Role,
    roles: Vec<Role>,
    custom: Vec<CustomField>,
) -> AnyView {
    let may = session.may(Right::EditStaff);
    let name = w.role(&role.name, role.template);
    let about = role.template.map(|template| o.about_template(template));
    let actions = may.then(|| {
        let id = role.id;
        view! {
            <A href=Page::NewRoleLike(id).path() attr:class="button"><Svg icon=Icon::Copy />{o.copy_role}</A>
            <A href=Page::NewRoleBasedOn(id).path() attr:class=if role.template.is_some() { "button button--primary" } else { "button" }>
                <Svg icon=Icon::Plus />{o.base_on_this}
            </A>
        }
    });
    let head = view! {
        <PageHead title=name text=move || about.map(|about| view! {
            <span class="marks"><Badge tone=Tone::Info label=o.role_builtin />{about}</span>
        })>
            {actions}
        </PageHead>
    };
    if may && role.template.is_none() {
        let start = body_of(&role);
        return view! { {head} <Editor roles custom role=Some(role) start /> }.into_any();
    }
    let access = effective(&roles, role.parent_id, &role.definition);
    let networks = role.definition.networks.clone().unwrap_or_else(|| inherited_networks(&roles, role.parent_id));
    view! {
        {head}
        <section class="panel role__whole">
            <h2 class="panel__title">{o.effective}</h2>
            <Effect access=Signal::stored(access) networks=Signal::stored(networks) custom=StoredValue::new(custom) />
        </section>
    }
    .into_any()
}

/// A new role: from nothing, based on another, or a copy of one.
#[component]
pub fn NewPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(o.new_role);
    let query = use_query_map();
    let asked = move |key: &str| query.with(|query| query.get(key)?.parse::<RoleId>().ok());
    let known = known(session);
    move || {
        let (base, copy) = (asked("base"), asked("copy"));
        view! {
            <BackLink href=Page::Roles.path() label=o.roles />
            <PageHead title=o.new_role />
            <Await remote=known lines=8 children={move |(roles, custom): Known| {
                let start = match roles.iter().find(|role| Some(role.id) == copy) {
                    Some(role) => RoleBody { name: format!("{} ({})", w.role(&role.name, role.template), o.copy_of), ..body_of(role) },
                    None => RoleBody { name: String::new(), parent_id: base, definition: RoleDefinition::default() },
                };
                view! { <Editor roles custom role=None start /> }
            }} />
        }
    }
}
