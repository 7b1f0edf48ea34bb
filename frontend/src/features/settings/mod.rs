//! Ustawienia: appearance and language, password, sessions, and the way to the custom fields.

mod password;

use password::ChangePasswordPanel;

use crate::{
    browser,
    data::{Sending, remote},
    route::Page,
    session::{use_api, use_session},
    ui::{Await, Badge, Icon, PageHead, SelectField, Summary, Svg, Tone, use_toasts},
    words::{time, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::accounts::{Session, Theme};
use zgoda_domain::{access::Right, consent::Language, id::SessionId};

/// Own account and the company's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    browser::set_title(w.settings);
    // Counts what may have ended sessions.
    let ended = RwSignal::new(0);
    view! {
        <PageHead title=w.settings />
        <div class="settings">
            <Appearance />
            {session.may(Right::ConfigureFields).then(|| view! {
                <section class="panel">
                    <div class="panel__head">
                        <h2 class="panel__title">{w.custom_fields}</h2>
                        <A href=Page::CustomFields.path() attr:class="button button--small">{w.manage_fields}</A>
                    </div>
                    <p class="faint">{w.fields_text}</p>
                </section>
            })}
            <ChangePasswordPanel changed=Callback::new(move |()| ended.update(|count| *count += 1)) />
            <Sessions ended />
        </div>
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
            <h2 class="panel__title">{w.appearance}</h2>
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
            <h2 class="panel__title">{w.sessions}</h2>
            <p class="faint">{w.sessions_text}</p>
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
