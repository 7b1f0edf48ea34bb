//! The tables of keys: one's own, and for whoever sees staff everybody's.

use super::create_dialog::CreateDialog;
use crate::{
    browser,
    data::{Remote, Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{
        Await, BackLink, Badge, Confirm, Empty, Icon, PageHead, Summary, Svg, TabBar, Tone, rights_words, use_toasts,
    },
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::collections::HashMap;
use zgoda_api_types::api_keys::ApiKey;
use zgoda_domain::{
    access::{Access, Network, Right},
    id::AccountId,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Own,
    Everybody,
}

/// Keys, and making one.
#[component]
pub fn KeysPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(o.keys);
    let (makes, everybody) = (session.may(Right::ManageApiKeys), session.may(Right::ViewStaff));
    let tab = RwSignal::new(if makes || !everybody { Tab::Own } else { Tab::Everybody });
    let making = RwSignal::new(false);
    let tabs = vec![(Tab::Own, o.keys_own.to_owned()), (Tab::Everybody, o.keys_all.to_owned())];
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=o.keys text=move || o.keys_text>
            {makes.then(|| view! {
                <button type="button" class="button button--primary" on:click=move |_| making.set(true)>
                    <Svg icon=Icon::Plus />{o.new_key}
                </button>
            })}
        </PageHead>
        {everybody.then(|| view! { <TabBar label=o.keys tabs shown=tab /> })}
        {move || match tab.get() {
            Tab::Own => view! { <OwnKeys making /> }.into_any(),
            Tab::Everybody => view! { <AllKeys may=makes && session.may(Right::EditStaff) /> }.into_any(),
        }}
    }
}

#[component]
fn OwnKeys(making: RwSignal<bool>) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let keys = remote(|api| async move { api.api_keys().await });
    let revoking = RwSignal::new(None::<ApiKey>);
    view! {
        <Revoking revoking on_done=move |()| keys.refetch() />
        <Await remote=keys children={move |keys: Vec<ApiKey>| {
            if keys.is_empty() {
                return view! {
                    <section class="panel"><Empty icon=Icon::Key title=o.no_keys text=o.no_keys_text /></section>
                }.into_any();
            }
            table(w, o, o.keys_own, keys, None, Some(revoking))
        }} />
        <Show when=move || making.get()>
            <CreateDialog on_close=move |()| making.set(false) on_made=move |()| keys.refetch() />
        </Show>
    }
}

/// Asks before a key is revoked, and does it.
#[component]
fn Revoking(revoking: RwSignal<Option<ApiKey>>, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let o = use_office_words();
    let (api, toasts) = (use_api(), use_toasts());
    let sending = Sending::new();
    let revoke = Callback::new(move |()| {
        let Some(key) = revoking.get_untracked() else { return };
        revoking.set(None);
        let api = api.clone();
        sending.run(async move { api.revoke_api_key(key.id).await }, move |()| {
            toasts.say(o.key_revoked_done);
            on_done.run(());
        });
    });
    view! {
        <Summary sending label=|_: String| None />
        {move || revoking.get().map(|key| view! {
            <Confirm
                title=format!("{} „{}”", o.revoke_key_title, key.name)
                text=o.revoke_key_text
                action=o.revoke_key
                on_confirm=revoke
                on_close=move |()| revoking.set(None)
            />
        })}
    }
}

type Owners = HashMap<AccountId, String>;

/// Everybody's keys; `may` revoke those of whom the caller may manage.
#[component]
fn AllKeys(may: bool) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let known: Remote<(Vec<ApiKey>, Owners)> = remote(|api| async move {
        let keys = api.all_api_keys().await?;
        let owners = api.accounts().await?.into_iter().map(|account| (account.id, account.name));
        Ok((keys, owners.collect()))
    });
    let revoking = RwSignal::new(None::<ApiKey>);
    view! {
        <Revoking revoking on_done=move |()| known.refetch() />
        <Await remote=known children={move |(keys, owners): (Vec<ApiKey>, Owners)| {
            if keys.is_empty() {
                return view! {
                    <section class="panel"><Empty icon=Icon::Key title=o.no_keys /></section>
                }.into_any();
            }
            table(w, o, o.keys_all, keys, Some(&owners), may.then_some(revoking))
        }} />
    }
}

fn table(
    w: &'static Words,
    o: &'static OfficeWords,
    caption: &'static str,
    keys: Vec<ApiKey>,
    owners: Option<&Owners>,
    revoking: Option<RwSignal<Option<ApiKey>>>,
) -> AnyView {
    let now = time::now();
    let named = owners.is_some();
    let rows: Vec<_> = keys
        .into_iter()
        .map(|key| {
            let owner = owners.map(|owners| owners.get(&key.account_id).cloned().unwrap_or_default());
            row(w, o, key, owner, revoking, now)
        })
        .collect();
    view! {
        <section class="panel panel--table" aria-label=caption>
            <div class="table-scroll" tabindex="0" role="region" aria-label=caption>
                <table class="table">
                    <caption class="visually-hidden">{caption}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{w.name}</th>
                            {named.then(|| view! { <th scope="col">{o.key_owner}</th> })}
                            <th scope="col">{w.status}</th>
                            <th scope="col">{o.rights}</th>
                            <th scope="col">{o.created}</th>
                            <th scope="col">{o.expires}</th>
                            <th scope="col">{o.last_used}</th>
                            {revoking.map(|_| view! { <th scope="col"><span class="visually-hidden">{o.actions}</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(
    w: &'static Words,
    o: &'static OfficeWords,
    key: ApiKey,
    owner: Option<String>,
    revoking: Option<RwSignal<Option<ApiKey>>>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let day = |at| time::day(w.spoken, time::local(at).date());
    let (tone, state) = if key.revoked {
        (Tone::Bad, o.key_revoked)
    } else if key.expires_at <= now {
        (Tone::Off, o.key_expired)
    } else {
        (Tone::Good, o.key_active)
    };
    let access = Access::resolve([&key.definition]);
    let rights = rights_words(o, &access.rights()).into_iter().map(|(module, words)| {
        view! { <span class="key__right"><b>{module}</b>": " {words}</span> }
    });
    let rights = rights.collect::<Vec<_>>();
    let networks = key.definition.networks.as_deref().unwrap_or_default().iter().map(Network::to_string);
    let networks = networks.collect::<Vec<_>>().join(", ");
    let last = match key.last_used_at {
        None => o.never_used.to_owned(),
        Some(at) => time::day_and_time(w.spoken, time::local(at)),
    };
    let (created, expires) = (day(key.created_at), day(key.expires_at));
    let label = format!("{}: {}", o.revoke_key, key.name);
    let ended = key.revoked;
    let (name, ip, uses) = (key.name.clone(), key.last_used_ip.clone(), key.uses);
    view! {
        <tr class:table__row--off=tone != Tone::Good>
            <th scope="row" class="table__title">{name}</th>
            {owner.map(|owner| view! { <td>{owner}</td> })}
            <td><Badge tone label=state /></td>
            <td class="table__wrap key__rights">
                {rights}
                {(!networks.is_empty()).then(|| view! { <span class="key__right faint">{o.networks} ": " {networks}</span> })}
            </td>
            <td class="table__date">{created}</td>
            <td class="table__date">{expires}</td>
            <td class="table__date">
                {last}
                {(uses > 0).then(|| view! {
                    <span class="key__right faint">{w.count(uses, o.uses_n)} {ip.map(|ip| format!(" · {ip}"))}</span>
                })}
            </td>
            {revoking.map(|revoking| view! {
                <td class="table__actions">
                    {(!ended).then(|| view! {
                        <button type="button" class="button button--small button--icon button--danger" aria-label=label title=o.revoke_key on:click=move |_| revoking.set(Some(key.clone()))>
                            <Svg icon=Icon::Ban />
                        </button>
                    })}
                </td>
            })}
        </tr>
    }
}
