//! Making a key, and showing its text this once.

use super::snippet;
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    session::{use_api, use_session},
    ui::{
        CopyBlock, Dialog, Icon, NetworksField, RightsGrid, RightsHands, SubmitButton, Summary, Svg, TextField,
        field_id, read_networks,
    },
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use zgoda_api_types::api_keys::CreateApiKey;
use zgoda_domain::{
    Invalid, Rule,
    access::{Access, Right, Scope, role::RoleDefinition},
};

type Rights = BTreeMap<Right, Scope>;

/// Days that a key is valid unless another day is chosen.
const USUAL_DAYS: i64 = 90;

/// Asks what the key is for; then shows it.
#[component]
pub(super) fn CreateDialog(#[prop(into)] on_close: Callback<()>, #[prop(into)] on_made: Callback<()>) -> impl IntoView {
    let o = use_office_words();
    let made = RwSignal::new(None::<(String, Rights)>);
    let on_key = Callback::new(move |key| {
        made.set(Some(key));
        on_made.run(());
    });
    move || match made.get() {
        None => view! {
            <Dialog title=o.new_key on_close wide=true><KeyForm on_close on_key /></Dialog>
        }
        .into_any(),
        Some((key, rights)) => {
            let example = snippet::curl(&browser::origin(), &key, &rights);
            view! {
                <Dialog title=o.key_made_title on_close wide=true>
                    <div class="stack">
                        <div class="note" role="status"><Svg icon=Icon::Warning /><p>{o.key_made_text}</p></div>
                        <CopyBlock label=o.key_text text=key />
                        <CopyBlock label=o.key_example text=example />
                        <div class="dialog__actions">
                            <button type="button" class="button button--primary" on:click=move |_| on_close.run(())>{o.done}</button>
                        </div>
                    </div>
                </Dialog>
            }
            .into_any()
        }
    }
}

#[component]
fn KeyForm(on_close: Callback<()>, on_key: Callback<(String, Rights)>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, session) = (use_api(), use_session());
    let held = session.me().map(|me| me.rights).unwrap_or_default();
    let name = RwSignal::new(String::new());
    let expires = RwSignal::new(time::day_after(USUAL_DAYS));
    let networks = RwSignal::new(String::new());
    let rights = RwSignal::new(Rights::new());
    let sending = Sending::explaining(move |invalid| match (invalid.pointer.as_str(), &invalid.rule) {
        ("/expires_at", Rule::OutOfRange) => Some(o.key_expires_range.to_owned()),
        ("/definition/rights", _) => Some(o.key_rights_needed.to_owned()),
        (pointer, Rule::OutOfRange) if pointer.starts_with("/definition/rights/") => Some(o.key_never.to_owned()),
        (pointer, Rule::Contradiction) if pointer.starts_with("/definition/rights/") => Some(o.beyond_view.to_owned()),
        _ => None,
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let mut invalids = Vec::new();
        let mut complain = |pointer: &str, rule| invalids.push(Invalid { pointer: pointer.to_owned(), rule });
        let rights = rights.get_untracked();
        if rights.is_empty() {
            complain("/definition/rights", Rule::Required);
        }
        // The whole day counts.
        let expires_at = time::moment_of(&format!("{}T23:59", expires.get_untracked()));
        if expires_at.is_none() {
            complain("/expires_at", Rule::Required);
        }
        let networks = read_networks(&networks.get_untracked(), "/definition/networks").unwrap_or_else(|invalid| {
            complain(&invalid.pointer, invalid.rule);
            Vec::new()
        });
        let (Some(expires_at), true) = (expires_at, invalids.is_empty()) else {
            return sending.complain(Failure::invalid(invalids));
        };
        let networks = (!networks.is_empty()).then_some(networks);
        let definition = RoleDefinition { rights: rights.clone(), networks, ..RoleDefinition::default() };
        let body = CreateApiKey { name: name.get_untracked(), definition, expires_at };
        let api = api.clone();
        sending.run(async move { api.create_api_key(&body).await }, move |made| on_key.run((made.key, rights)));
    };
    let whole = sending.problem("/definition/rights");
    let hands = hands(o, StoredValue::new(held), rights);
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Summary sending label=move |pointer: String| place(w, o, &pointer) />
            <div class="columns-2">
                <TextField label=w.name value=name required=true hint=o.key_name_hint pointer="/name" problem=sending.problem("/name") />
                <TextField label=o.key_expires value=expires kind="date" hint=o.key_expires_hint pointer="/expires_at" problem=sending.problem("/expires_at") />
            </div>
            <section class="key-rights" id=field_id("/definition/rights") tabindex="-1" aria-labelledby="key-rights" aria-invalid=move || whole.get().map(|_| "true")>
                <h3 class="field__label" id="key-rights">{o.rights}</h3>
                <p class="field__hint">{o.key_rights_hint}</p>
                {move || whole.get().map(|text| view! { <p class="field__problem"><Svg icon=Icon::Warning />{text}</p> })}
                <RightsGrid hands shown=can_choose sending />
            </section>
            <NetworksField label=o.networks text=networks sending pointer="/definition/networks" hint=o.key_networks_hint />
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                <SubmitButton label=o.create_key busy=Signal::derive(move || sending.is_busy()) />
            </div>
        </form>
    }
}

/// Rights that the person holds and a key can have.
fn can_choose(right: Right) -> bool {
    right != Right::UseOwnAccount && right.fits_keys() && use_session().may(right)
}

fn hands(o: &'static OfficeWords, held: StoredValue<Rights>, rights: RwSignal<Rights>) -> RightsHands {
    let most = move |right| held.with_value(|held| held.get(&right).copied().unwrap_or(Scope::None));
    RightsHands {
        plain: Scope::None.code(),
        options: Callback::new(move |right: Right| {
            let scopes = Scope::ALL.iter().filter(|scope| {
                **scope <= most(right) && (right.is_scoped() || matches!(scope, Scope::None | Scope::All))
            });
            scopes.map(|scope| (scope.code().to_owned(), o.reach(right, *scope).to_owned())).collect()
        }),
        value: Callback::new(move |right| {
            rights.with(|rights| rights.get(&right).copied().unwrap_or(Scope::None)).code().to_owned()
        }),
        choose: Callback::new(move |(right, code): (Right, String)| {
            rights.update(|rights| match Scope::from_code(&code) {
                Some(scope) if scope != Scope::None => {
                    rights.insert(right, scope);
                }
                _ => {
                    rights.remove(&right);
                }
            });
        }),
        note: Callback::new(move |right| {
            let said = rights.with(|rights| rights.get(&right).copied())?;
            let own = RoleDefinition { rights: rights.get(), ..RoleDefinition::default() };
            let comes = Access::resolve([&own]).scope(right);
            (comes < said).then(|| format!("{}: {} – {}", o.in_effect, o.reach(right, comes), o.in_effect_why))
        }),
    }
}

/// What a pointer of the request is called in the dialog.
fn place(w: &Words, o: &OfficeWords, pointer: &str) -> Option<String> {
    match pointer {
        "/name" => Some(w.name.to_owned()),
        "/expires_at" => Some(o.key_expires.to_owned()),
        "/definition/rights" => Some(o.rights.to_owned()),
        "/definition/networks" => Some(o.networks.to_owned()),
        _ => {
            let right = pointer.strip_prefix("/definition/rights/").and_then(Right::from_code)?;
            Some(format!("{}: {}", o.module(right.module()), o.right(right)))
        }
    }
}
