//! Ustawienia: the way to the company's settings; appearance and language, password, sessions.

mod password;
mod two_step;

use password::ChangePasswordPanel;
use two_step::TwoStepPanel;

use crate::{
    browser,
    data::{Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{Await, Badge, Icon, PageHead, SelectField, Summary, Svg, Tone, use_toasts},
    words::{time, use_office_words, use_tag_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::accounts::{Session, Theme};
use zgoda_domain::{access::Right, consent::Language, id::SessionId};

/// Own account and the company's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let (w, o, t) = (use_words(), use_office_words(), use_tag_words());
    let session = use_session();
    browser::set_title(w.settings);
    // Counts what may have ended sessions.
    let ended = RwSignal::new(0);
    let doors: Vec<_> = [
        (&[Right::ConfigureSecurity][..], Page::Organisation, Icon::Building, o.controller, o.controller_text),
        (&[Right::ViewStaff], Page::Staff, Icon::Clients, o.staff, o.staff_text),
        (&[Right::ViewStaff], Page::Roles, Icon::Badge, o.roles, o.roles_text),
        (&[Right::ConfigureSecurity], Page::Security, Icon::Lock, o.security, o.security_door),
        (&[Right::ManageApiKeys, Right::ViewStaff], Page::ApiKeys, Icon::Key, o.keys, o.keys_text),
        (&[Right::ConfigureFields], Page::CustomFields, Icon::Columns, w.custom_fields, w.fields_text),
        (&[Right::ConfigureFields], Page::Tags, Icon::Tag, t.tags, t.tags_text),
    ]
    .into_iter()
    .filter(|(any_of, ..)| any_of.iter().any(|right| session.may(*right)))
    .map(|(_, page, icon, title, text)| view! { <Door page icon title text /> })
    .collect();
    view! {
        <PageHead title=w.settings />
        <div class="settings">
            {(!doors.is_empty()).then(|| view! {
                <h2 class="settings__group">{o.organisation}</h2>
                <nav class="doors" aria-label=o.organisation>{doors}</nav>
            })}
            <h2 class="settings__group">{o.own_account}</h2>
            <Appearance />
            <TwoStepPanel />
            <ChangePasswordPanel changed=Callback::new(move |()| ended.update(|count| *count += 1)) />
            <Sessions ended />
        </div>
    }
}

/// The way to a page of settings.
#[component]
fn Door(page: Page, icon: Icon, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <A href=page.path() attr:class="door">
            <span class="door__icon"><Svg icon /></span>
            <span class="door__words">
                <span class="door__title">{title}</span>
                <span class="door__text">{text}</span>
            </span>
            <Svg icon=Icon::ChevronRight />
        </A>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let language = RwSignal::new(w.spoken.code().to_owned());
    let theme = RwSignal::new(
        match session.preferences().theme {
            Some(Theme::Light) => "light",
            Some(Theme::Dark) => "dark",
            None => "",
        }
        .to_owned(),
    );
    Effect::new(move |before: Option<()>| {
        let (language, theme) = (language.get(), theme.get());
        if before.is_none() {
            return;
        }
        let theme = match theme.as_str() {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        };
        if untrack(|| session.preferences().theme) != theme {
            session.choose_theme(theme);
        }
        if let Some(language) = Language::from_code(&language).filter(|it| *it != session.language_untracked()) {
            session.choose_language(language);
        }
    });
    let languages: Vec<_> =
        Language::ALL.iter().map(|it| (it.code().to_owned(), w.language_name(*it).to_owned())).collect();
    let themes = [("", w.theme_system), ("light", w.theme_light), ("dark", w.theme_dark)]
        .map(|(code, label)| (code.to_owned(), label.to_owned()));
    view! {
        <section class="panel">
            <h3 class="panel__title">{w.appearance}</h3>
            <div class="columns-2">
                <SelectField label=w.language value=language options=Signal::stored(languages) />
                <SelectField label=w.theme value=theme options=Signal::stored(themes.to_vec()) />
            </div>
        </section>
    }
}

#[component]
fn Sessions(ended: RwSignal<u32>) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let sessions = remote(move |api| {
        ended.track();
        async move { api.sessions().await }
    });
    let sending = Sending::new();
    let revoke = Callback::new(move |id: SessionId| {
        let api = api.clone();
        sending.run(async move { api.revoke_session(id).await }, move |()| {
            toasts.say(w.revoked_done);
            sessions.refetch();
        });
    });
    view! {
        <section class="panel">
            <h3 class="panel__title">{w.sessions}</h3>
            <p class="faint panel__hint">{w.sessions_text}</p>
            <Summary sending label=|_: String| None />
            <Await remote=sessions lines=2 children={move |sessions: Vec<Session>| {
                let rows = sessions.into_iter().map(|it| view! { <Row it revoke /> }).collect_view();
                view! { <ul class="list">{rows}</ul> }
            }} />
        </section>
    }
}

#[component]
fn Row(it: Session, revoke: Callback<SessionId>) -> impl IntoView {
    let w = use_words();
    let agent = it.user_agent.unwrap_or_else(|| w.unknown_browser.to_owned());
    let name = format!("{}: {agent}", w.revoke);
    let at = |at| time::day_and_time(w.spoken, time::local(at));
    let (seen, created) = (at(it.last_seen_at), at(it.created_at));
    let id = it.id;
    view! {
        <li class="list__item">
            <div class="list__main">
                <p class="list__title">{agent}</p>
                <p class="faint">
                    {w.last_seen} ": " {seen} " · " {w.signed_in_at} ": " {created}
                    {it.ip.map(|ip| format!(" · {ip}"))}
                </p>
            </div>
            {if it.current {
                view! { <Badge tone=Tone::Good label=w.this_session /> }.into_any()
            } else {
                view! {
                    <button type="button" class="button button--small button--danger" aria-label=name on:click=move |_| revoke.run(id)>
                        <Svg icon=Icon::SignOut />{w.revoke}
                    </button>
                }.into_any()
            }}
        </li>
    }
}
