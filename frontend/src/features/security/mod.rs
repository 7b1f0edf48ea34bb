//! Bezpieczeństwo: what the organisation demands of everyone who signs in.

use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::Page,
    session::{use_api, use_session},
    ui::{
        Await, BackLink, NetworksField, PageHead, SettingsForm, TextField, Tick, read_networks, typed_networks,
        use_toasts,
    },
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_client::Versioned;
use zgoda_domain::{Invalid, Rule, security::SecuritySettings};

/// What is typed on the page.
#[derive(Clone, Copy)]
struct Draft {
    networks: RwSignal<String>,
    owners_from_anywhere: RwSignal<bool>,
    idle_minutes: RwSignal<String>,
    session_hours: RwSignal<String>,
    second_factor_for_all: RwSignal<bool>,
}

impl Draft {
    fn new(settings: &SecuritySettings) -> Self {
        Self {
            networks: RwSignal::new(typed_networks(&settings.networks)),
            owners_from_anywhere: RwSignal::new(settings.owners_from_anywhere),
            idle_minutes: RwSignal::new(settings.idle_minutes.to_string()),
            session_hours: RwSignal::new(settings.session_hours.to_string()),
            second_factor_for_all: RwSignal::new(settings.second_factor_for_all),
        }
    }

    /// The request; reactive.
    fn read(self) -> Result<SecuritySettings, Vec<Invalid>> {
        let mut invalids = Vec::new();
        let mut number = |typed: String, pointer: &str| {
            typed.trim().parse::<u16>().unwrap_or_else(|_| {
                let rule = if typed.trim().is_empty() { Rule::Required } else { Rule::OutOfRange };
                invalids.push(Invalid { pointer: pointer.to_owned(), rule });
                1
            })
        };
        let idle_minutes = number(self.idle_minutes.get(), "/idle_minutes");
        let session_hours = number(self.session_hours.get(), "/session_hours");
        let networks = read_networks(&self.networks.get(), "/networks").unwrap_or_else(|invalid| {
            invalids.push(invalid);
            Vec::new()
        });
        let settings = SecuritySettings {
            networks,
            owners_from_anywhere: self.owners_from_anywhere.get(),
            idle_minutes,
            session_hours,
            second_factor_for_all: self.second_factor_for_all.get(),
        };
        if let Err(more) = settings.check() {
            invalids.extend(more.into_vec());
        }
        if invalids.is_empty() { Ok(settings) } else { Err(invalids) }
    }

    /// Takes over what was saved elsewhere, but where something was changed here since `base`.
    fn take_newer(self, base: &SecuritySettings, theirs: &SecuritySettings) {
        let (before, newer) = (Self::new(base), Self::new(theirs));
        take(self.networks, before.networks, newer.networks);
        take(self.owners_from_anywhere, before.owners_from_anywhere, newer.owners_from_anywhere);
        take(self.idle_minutes, before.idle_minutes, newer.idle_minutes);
        take(self.session_hours, before.session_hours, newer.session_hours);
        take(self.second_factor_for_all, before.second_factor_for_all, newer.second_factor_for_all);
    }
}

fn take<T: Clone + PartialEq + Send + Sync + 'static>(mine: RwSignal<T>, base: RwSignal<T>, theirs: RwSignal<T>) {
    if mine.get_untracked() == base.get_untracked() {
        mine.set(theirs.get_untracked());
    }
}

/// The organisation's security settings.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    browser::set_title(o.security);
    let settings = remote(|api| async move { api.security_settings().await });
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=o.security text=move || o.security_text />
        <Await remote=settings lines=8 children={move |settings: Versioned<SecuritySettings>| view! { <Form settings /> }} />
    }
}

#[component]
fn Form(settings: Versioned<SecuritySettings>) -> impl IntoView {
    let o = use_office_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let version = StoredValue::new(settings.version);
    let draft = Draft::new(&settings.value);
    let base = RwSignal::new(settings.value);
    let merged = RwSignal::new(false);
    let sending = Sending::explaining(move |invalid| {
        (invalid.pointer == "/networks" && invalid.rule == Rule::Contradiction).then(|| o.security_shut_out.to_owned())
    });
    let changed = Memo::new(move |_| draft.read().map_or(true, |read| base.with(|base| *base != read)));
    Effect::new(move || session.set_unsaved(changed.get()));
    on_cleanup(move || session.set_unsaved(false));
    let save_api = api.clone();
    let submit = move || {
        let body = match untrack(|| draft.read()) {
            Ok(body) => body,
            Err(invalids) => return sending.complain(Failure::invalid(invalids)),
        };
        let (api, seen) = (save_api.clone(), version.get_value());
        let call = async move {
            api.change_security_settings(seen, &body).await?;
            api.security_settings().await
        };
        sending.run(call, move |saved| {
            version.set_value(saved.version);
            // Shown as the server wrote it: networks in order, each once.
            draft.networks.set(typed_networks(&saved.value.networks));
            base.set(saved.value);
            merged.set(false);
            toasts.say(o.security_saved);
        });
    };
    let loading = Sending::new();
    let load_newer = Callback::new(move |()| {
        let api = api.clone();
        loading.run(async move { api.security_settings().await }, move |newer| {
            version.set_value(newer.version);
            base.with_untracked(|base| draft.take_newer(base, &newer.value));
            base.set(newer.value);
            sending.clear();
            merged.set(true);
        });
    });
    let label = move |pointer: String| match pointer.as_str() {
        "/networks" => Some(o.networks.to_owned()),
        "/idle_minutes" => Some(o.idle_minutes.to_owned()),
        "/session_hours" => Some(o.session_hours.to_owned()),
        _ => None,
    };
    view! {
        <SettingsForm sending loading merged outdated_title=o.security_outdated_title label on_submit=submit on_load=load_newer>
            <section class="panel">
                <h2 class="panel__title">{o.security_networks}</h2>
                <div class="stack">
                    <NetworksField label=o.networks text=draft.networks sending pointer="/networks"
                        hint=format!("{} {}", o.security_networks_hint, o.networks_hint) />
                    <Tick label=o.owners_from_anywhere hint=o.owners_from_anywhere_hint checked=draft.owners_from_anywhere
                        on_change=move |on| draft.owners_from_anywhere.set(on) />
                </div>
            </section>
            <section class="panel">
                <h2 class="panel__title">{o.security_sessions}</h2>
                <div class="stack">
                    <div class="columns-2">
                        <TextField label=o.idle_minutes value=draft.idle_minutes kind="number" hint=o.idle_minutes_hint
                            pointer="/idle_minutes" problem=sending.problem("/idle_minutes") />
                        <TextField label=o.session_hours value=draft.session_hours kind="number" hint=o.session_hours_hint
                            pointer="/session_hours" problem=sending.problem("/session_hours") />
                    </div>
                    <Tick label=o.second_factor_for_all hint=o.second_factor_for_all_hint checked=draft.second_factor_for_all
                        on_change=move |on| draft.second_factor_for_all.set(on) />
                </div>
            </section>
        </SettingsForm>
    }
}
