//! Dane firmy: whose product this is, as people outside read it.

use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::Page,
    session::{use_api, use_session},
    ui::{Await, BackLink, PageHead, SettingsForm, TextArea, TextField, use_toasts},
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_client::Versioned;
use zgoda_domain::organisation::{ContactInput, Organisation, OrganisationInput};

/// What is typed on the page.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    address: RwSignal<String>,
    country: RwSignal<String>,
    email: RwSignal<String>,
    phone: RwSignal<String>,
    privacy_notice: RwSignal<String>,
    officer: (RwSignal<String>, RwSignal<String>),
    representative: (RwSignal<String>, RwSignal<String>),
}

impl Draft {
    fn new(saved: &OrganisationInput) -> Self {
        let signal = |text: &str| RwSignal::new(text.to_owned());
        let contact = |contact: Option<&ContactInput>| {
            let ContactInput { name, contact } = contact.cloned().unwrap_or_default();
            (RwSignal::new(name), RwSignal::new(contact))
        };
        Self {
            name: signal(&saved.name),
            address: signal(&saved.address),
            country: signal(&saved.country),
            email: signal(&saved.email),
            phone: signal(saved.phone.as_deref().unwrap_or_default()),
            privacy_notice: signal(&saved.privacy_notice),
            officer: contact(saved.data_protection_officer.as_ref()),
            representative: contact(saved.representative.as_ref()),
        }
    }

    /// Every text that is typed.
    const fn texts(self) -> [RwSignal<String>; 10] {
        let Self { name, address, country, email, phone, privacy_notice, officer, representative } = self;
        [name, address, country, email, phone, privacy_notice, officer.0, officer.1, representative.0, representative.1]
    }

    /// The request; reactive.
    fn read(self) -> OrganisationInput {
        let contact = |(name, contact): (RwSignal<String>, RwSignal<String>)| {
            let (name, contact) = (name.get(), contact.get());
            let given = !name.trim().is_empty() || !contact.trim().is_empty();
            given.then_some(ContactInput { name, contact })
        };
        OrganisationInput {
            name: self.name.get(),
            address: self.address.get(),
            country: self.country.get(),
            email: self.email.get(),
            phone: Some(self.phone.get()).filter(|phone| !phone.trim().is_empty()),
            privacy_notice: self.privacy_notice.get(),
            data_protection_officer: contact(self.officer),
            representative: contact(self.representative),
        }
    }

    /// Shows what the server wrote.
    fn show(self, saved: &OrganisationInput) {
        for (mine, theirs) in self.texts().into_iter().zip(Self::new(saved).texts()) {
            mine.set(theirs.get_untracked());
        }
    }

    /// Takes over what was saved elsewhere, but where something was changed here since `base`.
    fn take_newer(self, base: &OrganisationInput, theirs: &OrganisationInput) {
        let (base, theirs) = (Self::new(base).texts(), Self::new(theirs).texts());
        for (mine, (base, theirs)) in self.texts().into_iter().zip(base.into_iter().zip(theirs)) {
            if mine.get_untracked() == base.get_untracked() {
                mine.set(theirs.get_untracked());
            }
        }
    }
}

/// The organisation's details.
#[component]
pub fn OrganisationPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    browser::set_title(o.controller);
    let saved = remote(|api| async move { api.organisation().await });
    view! {
        <BackLink href=Page::Settings.path() label=w.settings />
        <PageHead title=o.controller text=move || o.controller_text />
        <Await remote=saved lines=8 children={move |saved: Versioned<OrganisationInput>| view! { <Form saved /> }} />
    }
}

#[component]
fn Form(saved: Versioned<OrganisationInput>) -> impl IntoView {
    let o = use_office_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let version = StoredValue::new(saved.version);
    let draft = Draft::new(&saved.value);
    let base = RwSignal::new(saved.value);
    let merged = RwSignal::new(false);
    let sending = Sending::new();
    let changed = Memo::new(move |_| base.with(|base| *base != draft.read()));
    Effect::new(move || session.set_unsaved(changed.get()));
    on_cleanup(move || session.set_unsaved(false));
    let save_api = api.clone();
    let submit = move || {
        let body = untrack(|| draft.read());
        if let Err(invalids) = Organisation::parse(&body) {
            return sending.complain(Failure::invalid(invalids.into_vec()));
        }
        let (api, seen) = (save_api.clone(), version.get_value());
        let call = async move {
            api.change_organisation(seen, &body).await?;
            api.organisation().await
        };
        sending.run(call, move |saved| {
            version.set_value(saved.version);
            draft.show(&saved.value);
            base.set(saved.value);
            merged.set(false);
            toasts.say(o.controller_saved);
        });
    };
    let loading = Sending::new();
    let load_newer = Callback::new(move |()| {
        let api = api.clone();
        loading.run(async move { api.organisation().await }, move |newer| {
            version.set_value(newer.version);
            base.with_untracked(|base| draft.take_newer(base, &newer.value));
            base.set(newer.value);
            sending.clear();
            merged.set(true);
        });
    });
    let label = move |pointer: String| {
        Some(match pointer.as_str() {
            "/name" => o.controller_name.to_owned(),
            "/address" => o.controller_address.to_owned(),
            "/country" => o.controller_country.to_owned(),
            "/email" => o.email.to_owned(),
            "/phone" => o.phone_label.to_owned(),
            "/privacy_notice" => o.privacy_notice.to_owned(),
            "/data_protection_officer/name" => o.officer_name.to_owned(),
            "/data_protection_officer/contact" => o.officer_contact.to_owned(),
            "/representative/name" => o.representative_name.to_owned(),
            "/representative/contact" => o.representative_contact.to_owned(),
            _ => return None,
        })
    };
    view! {
        <SettingsForm sending loading merged outdated_title=o.controller_outdated_title label on_submit=submit on_load=load_newer>
            <section class="panel">
                <h2 class="panel__title">{o.controller}</h2>
                <div class="stack">
                    <TextField label=o.controller_name value=draft.name required=true pointer="/name" problem=sending.problem("/name") />
                    <TextArea label=o.controller_address required=true value=draft.address rows=3 pointer="/address" problem=sending.problem("/address") />
                    <TextField label=o.controller_country value=draft.country required=true hint=o.controller_country_hint
                        pointer="/country" problem=sending.problem("/country") />
                </div>
            </section>
            <section class="panel">
                <h2 class="panel__title">{o.controller_contact}</h2>
                <div class="stack">
                    <div class="columns-2">
                        <TextField label=o.email value=draft.email kind="email" required=true hint=o.controller_email_hint
                            pointer="/email" problem=sending.problem("/email") />
                        <TextField label=o.phone_label value=draft.phone kind="tel" pointer="/phone" problem=sending.problem("/phone") />
                    </div>
                    <TextField label=o.privacy_notice value=draft.privacy_notice kind="url" required=true hint=o.privacy_notice_hint
                        pointer="/privacy_notice" problem=sending.problem("/privacy_notice") />
                </div>
            </section>
            <ContactPanel title=o.officer hint=o.officer_hint labels=(o.officer_name, o.officer_contact) pointer="/data_protection_officer"
                contact=draft.officer sending />
            <ContactPanel title=o.representative hint=o.representative_hint labels=(o.representative_name, o.representative_contact)
                pointer="/representative" contact=draft.representative sending />
        </SettingsForm>
    }
}

/// Somebody people can turn to, if there is such a person.
#[component]
fn ContactPanel(
    title: &'static str,
    hint: &'static str,
    /// Of the name and of the contact.
    labels: (&'static str, &'static str),
    pointer: &'static str,
    contact: (RwSignal<String>, RwSignal<String>),
    sending: Sending,
) -> impl IntoView {
    let (name, reach) = (format!("{pointer}/name"), format!("{pointer}/contact"));
    view! {
        <section class="panel">
            <h2 class="panel__title">{title}</h2>
            <p class="faint panel__hint">{hint}</p>
            <div class="columns-2">
                <TextField label=labels.0 value=contact.0 pointer=name.clone() problem=sending.problem(&name) />
                <TextField label=labels.1 value=contact.1 pointer=reach.clone() problem=sending.problem(&reach) />
            </div>
        </section>
    }
}
