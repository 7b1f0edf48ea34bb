//! The single-page app: a client of the REST API like any other, in Polish and English.

pub mod browser;
pub mod data;
pub mod features;
pub mod lock;
pub mod passkeys;
pub mod problems;
pub mod route;
pub mod session;
mod shell;
pub mod ui;
pub mod words;

use crate::{
    features::{
        account, api_keys, audit, clients, custom_fields, duplicates, expiring, forms, imports, jobs, ledger,
        organisation, purposes, roles, security, settings, staff, submissions, tags,
    },
    lock::Covered,
    route::Page,
    session::Session,
    shell::{Missing, Shell},
    ui::{Keys, ToastHost, Toasts},
    words::{Speech, spoken},
};
use leptos::{mount::mount_to, prelude::*};
use leptos_router::{
    components::{ParentRoute, Redirect, Route, Router, Routes},
    path,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Puts the app, with the pages of one bundle, in the place of the page's waiting mark.
pub fn mount<V: IntoView + 'static>(routes: fn() -> V) {
    std::panic::set_hook(Box::new(|info| {
        // The place only: a message could carry personal data.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        web_sys::console::error_1(&format!("zgoda stopped at {place}").into());
    }));
    let Some(place) = document().get_element_by_id("app").and_then(|place| place.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    place.replace_children_with_node_0();
    mount_to(place, move || view! { <App routes /> }).forget();
}

/// What stands around the pages of every bundle.
#[component]
fn App<V: IntoView + 'static>(routes: fn() -> V) -> impl IntoView {
    let speech = Speech(RwSignal::new(browser::preferred_language()));
    let session = Session::new(speech, &browser::origin());
    provide_context(speech);
    provide_context(session);
    provide_context(Toasts::new());
    provide_context(Keys::new());
    Effect::new(move || browser::set_page_language(speech.0.get()));
    shell::guard_unsaved(session);
    ui::guard_forms();
    route::release_links();
    lock::watch(session);
    session.ask();

    view! {
        <Covered>
            <Router>{routes()}</Router>
            {spoken(|| view! { <ToastHost /> })}
        </Covered>
    }
}

/// The pages of the entry bundle: all before signing in, so that a first visit is small.
#[component]
pub fn EntryRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <Route path=path!("") view=|| view! { <Redirect path=Page::Login.path() /> } />
            <Route path=path!("/login") view=|| spoken(|| view! { <account::LoginPage /> }) />
            <Route path=path!("/reset") view=|| spoken(|| view! { <account::ResetPage /> }) />
            <Route path=path!("/invite") view=|| spoken(|| view! { <account::InvitePage /> }) />
            <Route path=path!("/setup") view=|| spoken(|| view! { <account::SetupPage /> }) />
        </Routes>
    }
}

/// The pages of the main bundle: everyday work.
#[component]
pub fn AppRoutes() -> impl IntoView {
    let list = clients::ListState::new();
    if let Some(text) = browser::handed_over() {
        list.query.set(text);
    }
    provide_context(list);
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/clients") view=|| spoken(|| view! { <clients::ListPage /> }) />
                <Route path=path!("/clients/new") view=|| spoken(|| view! { <clients::NewPage /> }) />
                <Route path=path!("/clients/:id") view=|| spoken(|| view! { <clients::CardPage /> }) />
                <Route path=path!("/clients/:id/edit") view=|| spoken(|| view! { <clients::EditPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the imports bundle.
#[component]
pub fn ImportsRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/imports") view=|| spoken(|| view! { <imports::ListPage /> }) />
                <Route path=path!("/imports/:id") view=|| spoken(|| view! { <imports::ImportPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the data bundle: what waits to be looked through.
#[component]
pub fn DataRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/duplicates") view=|| spoken(|| view! { <duplicates::ListPage /> }) />
                <Route path=path!("/duplicates/:first/:second") view=|| spoken(|| view! { <duplicates::MergePage /> }) />
                <Route path=path!("/jobs") view=|| spoken(|| view! { <jobs::JobsPage /> }) />
                <Route path=path!("/submissions") view=|| spoken(|| view! { <submissions::ListPage /> }) />
                <Route path=path!("/submissions/:id") view=|| spoken(|| view! { <submissions::DetailPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the forms bundle: the editor is large and few people make forms.
#[component]
pub fn FormsRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/forms") view=|| spoken(|| view! { <forms::ListPage /> }) />
                <Route path=path!("/forms/:id") view=|| spoken(|| view! { <forms::EditorPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the privacy bundle: what a data protection officer looks after.
#[component]
pub fn PrivacyRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/privacy/purposes") view=|| spoken(|| view! { <purposes::PurposesPage /> }) />
                <Route path=path!("/privacy/purposes/:id") view=|| spoken(|| view! { <purposes::PurposePage /> }) />
                <Route path=path!("/privacy/expiring") view=|| spoken(|| view! { <expiring::ExpiringPage /> }) />
                <Route path=path!("/privacy/activity") view=|| spoken(|| view! { <audit::AuditPage /> }) />
                <Route path=path!("/privacy/ledger") view=|| spoken(|| view! { <ledger::LedgerPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the staff bundle: who may come in, and what they may do.
#[component]
pub fn StaffRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/settings/staff") view=|| spoken(|| view! { <staff::StaffPage /> }) />
                <Route path=path!("/settings/roles") view=|| spoken(|| view! { <roles::ListPage /> }) />
                <Route path=path!("/settings/roles/new") view=|| spoken(|| view! { <roles::NewPage /> }) />
                <Route path=path!("/settings/roles/:id") view=|| spoken(|| view! { <roles::RolePage /> }) />
                <Route path=path!("/settings/keys") view=|| spoken(|| view! { <api_keys::KeysPage /> }) />
            </ParentRoute>
        </Routes>
    }
}

/// The pages of the office bundle: what is set up now and then.
#[component]
pub fn OfficeRoutes() -> impl IntoView {
    view! {
        <Routes fallback=|| spoken(|| view! { <Missing /> })>
            <ParentRoute path=path!("") view=Shell>
                <Route path=path!("/settings") view=|| spoken(|| view! { <settings::SettingsPage /> }) />
                <Route path=path!("/settings/fields") view=|| spoken(|| view! { <custom_fields::FieldsPage /> }) />
                <Route path=path!("/settings/tags") view=|| spoken(|| view! { <tags::TagsPage /> }) />
                <Route path=path!("/settings/organisation") view=|| spoken(|| view! { <organisation::OrganisationPage /> }) />
                <Route path=path!("/settings/security") view=|| spoken(|| view! { <security::SecurityPage /> }) />
            </ParentRoute>
        </Routes>
    }
}
