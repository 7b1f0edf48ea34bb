//! The editor of a role.

use super::{
    draft::{RoleDraft, body_of, effective, inherited, inherited_networks, merge, possible_parents},
    effect::Effect,
    field_rights::FieldRightsGrid,
    limits::Limits,
};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{
        Icon, Outdated, RightsGrid, RightsHands, SelectField, SubmitButton, Summary, Svg, TextField, field_id,
        use_toasts,
    },
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::{
    custom_fields::CustomField,
    problem::ProblemCode,
    staff::{Role, RoleBody},
};
use zgoda_domain::{
    Rule,
    access::{Access, Right, Scope},
    field_ref::FieldRef,
    id::RoleId,
};

/// Edits a role, or makes one that begins as `start`.
#[component]
pub fn Editor(
    roles: Vec<Role>,
    custom: Vec<CustomField>,
    /// The role that is edited; a new one is made without.
    role: Option<Role>,
    start: RoleBody,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let go = use_go();
    let key = browser::idempotency_key();
    let id = role.as_ref().map(|role| role.id);
    let version = StoredValue::new(role.map_or(0, |role| role.version));
    let base = RwSignal::new(start.clone());
    let draft = RoleDraft::new(start);
    let parents = parent_options(w, o, &roles, id);
    let parent = parent_text(draft);
    let (roles, custom) = (StoredValue::new(roles), StoredValue::new(custom));
    let sending = Sending::explaining(move |invalid| {
        let right = invalid.pointer.starts_with("/definition/rights/");
        (right && invalid.rule == Rule::Contradiction).then(|| o.beyond_view.to_owned())
    });
    let changed = Memo::new(move |_| draft.read().map_or(true, |body| base.with(|base| *base != body)));
    Effect::new(move || session.set_unsaved(changed.get()));
    on_cleanup(move || session.set_unsaved(false));

    let silent = Memo::new(move |_| roles.with_value(|roles| inherited(roles, draft.parent.get())));
    let access = Memo::new(move |_| {
        roles.with_value(|roles| draft.definition.with(|own| effective(roles, draft.parent.get(), own)))
    });
    let networks = Memo::new(move |_| {
        let own = draft.read().ok().and_then(|body| body.definition.networks);
        own.unwrap_or_else(|| roles.with_value(|roles| inherited_networks(roles, draft.parent.get())))
    });
    let silence = Signal::derive(move || if draft.parent.get().is_some() { o.inherit } else { o.default_value });

    let load_api = api.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = match untrack(|| draft.read()) {
            Ok(body) => body,
            Err(invalid) => return sending.complain(Failure::invalid(vec![invalid])),
        };
        let (api, key, go) = (api.clone(), key.clone(), go.clone());
        let version = version.get_value();
        let call = async move {
            match id {
                Some(id) => api.change_role(id, version, &body).await,
                None => api.create_role(&body, Some(&key)).await.map(|_| ()),
            }
        };
        sending.run(call, move |()| {
            session.set_unsaved(false);
            toasts.say(if id.is_some() { w.saved } else { o.role_added });
            go(Page::Roles);
        });
    };
    let loading = Sending::new();
    let merged = RwSignal::new(false);
    let load_newer = Callback::new(move |()| {
        let api = load_api.clone();
        loading.run(async move { api.roles().await }, move |newer| {
            let Some(theirs) = newer.iter().find(|role| Some(role.id) == id) else {
                return sending.complain(Failure::gone());
            };
            version.set_value(theirs.version);
            let theirs = body_of(theirs);
            // What cannot be read yet stays as it is typed.
            if let Ok(mine) = untrack(|| draft.read()) {
                draft.show(base.with_untracked(|base| merge(base, &mine, &theirs)));
            }
            base.set(theirs);
            roles.set_value(newer);
            sending.clear();
            merged.set(true);
        });
    });
    let outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));
    let label = move |pointer: String| place(w, o, custom, &pointer);
    let whole = sending.problem("/definition");
    let hands = hands(o, draft, silent, access, silence);
    view! {
        <Show when=move || merged.get()>
            <div class="note" role="status"><Svg icon=Icon::Check /><p>{o.newer_loaded}</p></div>
        </Show>
        <form class="role" novalidate on:submit=submit>
            <div class="role__main">
                <Show when=outdated fallback=move || view! { <Summary sending label /> }>
                    <Outdated title=o.role_outdated_title text=o.outdated_text busy=Signal::derive(move || loading.is_busy()) on_load=load_newer />
                </Show>
                <Summary sending=loading label=|_: String| None />
                <section class="panel">
                    <div class="columns-2">
                        <TextField label=w.name value=draft.name required=true pointer="/name" problem=sending.problem("/name") />
                        <SelectField label=o.based_on value=parent options=Signal::stored(parents) hint=o.based_on_hint
                            pointer="/parent_id" problem=sending.problem("/parent_id") />
                    </div>
                </section>
                <section class="panel" id=field_id("/definition") tabindex="-1" aria-invalid=move || whole.get().map(|_| "true")>
                    <h2 class="panel__title">{o.rights}</h2>
                    <p class="faint panel__hint">{o.rights_hint}</p>
                    {move || whole.get().map(|text| view! { <p class="field__problem panel__hint"><Svg icon=Icon::Warning />{text}</p> })}
                    <RightsGrid hands shown=is_chosen sending />
                </section>
                <section class="panel">
                    <h2 class="panel__title">{o.field_rights}</h2>
                    <p class="faint panel__hint">{o.field_rights_hint}</p>
                    <FieldRightsGrid draft inherited=silent silence custom sending />
                </section>
                <section class="panel">
                    <h2 class="panel__title">{o.limits}</h2>
                    <Limits draft inherited=silent silence roles sending />
                </section>
                <div class="edit__actions">
                    <A href=Page::Roles.path() attr:class="button">{w.cancel}</A>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </div>
            <aside class="panel role__effect" aria-labelledby="effect-title">
                <h2 class="panel__title" id="effect-title">{o.effective}</h2>
                <p class="faint panel__hint">{o.effective_text}</p>
                <Effect access networks custom />
            </aside>
        </form>
    }
}

/// Everyone has their own account: no role can say otherwise.
fn is_chosen(right: Right) -> bool {
    right != Right::UseOwnAccount
}

fn parent_options(w: &Words, o: &OfficeWords, roles: &[Role], id: Option<RoleId>) -> Vec<(String, String)> {
    let known =
        possible_parents(roles, id).into_iter().map(|role| (role.id.to_string(), w.role(&role.name, role.template)));
    std::iter::once((String::new(), o.based_on_nothing.to_owned())).chain(known).collect()
}

/// The parent as the select's text, both ways.
fn parent_text(draft: RoleDraft) -> RwSignal<String> {
    let text = |id: Option<RoleId>| id.map(|id| id.to_string()).unwrap_or_default();
    let typed = RwSignal::new(text(draft.parent.get_untracked()));
    Effect::new(move || {
        let chosen = typed.get().parse::<RoleId>().ok();
        if draft.parent.get_untracked() != chosen {
            draft.parent.set(chosen);
        }
    });
    Effect::new(move || {
        let shown = text(draft.parent.get());
        if typed.get_untracked() != shown {
            typed.set(shown);
        }
    });
    typed
}

fn hands(
    o: &'static OfficeWords,
    draft: RoleDraft,
    silent: Memo<Access>,
    access: Memo<Access>,
    silence: Signal<&'static str>,
) -> RightsHands {
    let me = use_session().me();
    let held = StoredValue::new(me.map(|me| me.rights).unwrap_or_default());
    RightsHands {
        plain: "",
        options: Callback::new(move |right: Right| {
            let by_itself = silent.with(|access| access.scope(right));
            let mut options = vec![(String::new(), format!("{}: {}", silence.get(), o.reach(right, by_itself)))];
            let scopes =
                Scope::ALL.iter().filter(|scope| right.is_scoped() || matches!(scope, Scope::None | Scope::All));
            options.extend(scopes.map(|scope| (scope.code().to_owned(), o.reach(right, *scope).to_owned())));
            options
        }),
        value: Callback::new(move |right| draft.scope(right).map(Scope::code).unwrap_or_default().to_owned()),
        choose: Callback::new(move |(right, code): (Right, String)| draft.set_scope(right, Scope::from_code(&code))),
        note: Callback::new(move |right| {
            let said = draft.scope(right).unwrap_or_else(|| silent.with(|access| access.scope(right)));
            let comes = access.with(|access| access.scope(right));
            if comes > held.with_value(|held| held.get(&right).copied().unwrap_or(Scope::None)) {
                Some(o.beyond_own.to_owned())
            } else if comes < said {
                Some(format!("{}: {} – {}", o.in_effect, o.reach(right, comes), o.in_effect_why))
            } else {
                None
            }
        }),
    }
}

/// What a pointer of the request is called on the page.
fn place(w: &Words, o: &OfficeWords, custom: StoredValue<Vec<CustomField>>, pointer: &str) -> Option<String> {
    match pointer {
        "/name" => return Some(w.name.to_owned()),
        "/parent_id" => return Some(o.based_on.to_owned()),
        "/definition" => return Some(o.rights.to_owned()),
        "/definition/networks" => return Some(o.networks.to_owned()),
        _ => {}
    }
    if let Some(right) = pointer.strip_prefix("/definition/rights/").and_then(Right::from_code) {
        return Some(format!("{}: {}", o.module(right.module()), o.right(right)));
    }
    let field = pointer.strip_prefix("/definition/fields/")?.parse::<FieldRef>().ok()?;
    Some(custom.with_value(|custom| super::effect::field_name(w, custom, field)))
}
