//! Every address that a link may point to, and how to get there.

use crate::browser;
use leptos::prelude::window;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use zgoda_domain::{
    audit::Action,
    id::{ClientId, FilterId, FormId, ImportId, PurposeId, RoleId, SubmissionId},
};

/// One of the WebAssembly programs that the pages are divided between. Within a bundle the router changes pages; a page
/// of another one is loaded by the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundle {
    /// Everything before signing in.
    Entry,
    App,
    Imports,
    Data,
    Forms,
    Privacy,
    Staff,
    Office,
}

impl Bundle {
    /// The bundle of an address. The server chooses by the same segments.
    pub fn of(path: &str) -> Self {
        let mut segments = path.split('/').skip(1);
        match segments.next() {
            Some("" | "login" | "reset" | "invite" | "setup") => Self::Entry,
            Some("imports") => Self::Imports,
            Some("duplicates" | "jobs" | "submissions") => Self::Data,
            Some("forms") => Self::Forms,
            Some("privacy") => Self::Privacy,
            Some("settings") => match segments.next() {
                Some("staff" | "roles" | "keys") => Self::Staff,
                _ => Self::Office,
            },
            _ => Self::App,
        }
    }

    /// The bundle that runs here: the one the server sent for this address.
    fn here() -> Self {
        Self::of(&browser::path())
    }
}

/// A page of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Login,
    Reset,
    Clients,
    /// The list through a saved filter.
    ClientsThrough(FilterId),
    /// The list through none, whatever it usually opens with.
    AllClients,
    NewClient,
    Client(ClientId),
    EditClient(ClientId),
    /// Clients from files.
    Imports,
    Import(ImportId),
    /// Cards that look like one person's.
    Duplicates,
    /// Two cards to become one.
    Merge(ClientId, ClientId),
    /// Background work.
    Jobs,
    Forms,
    Form(FormId),
    Submissions,
    Submission(SubmissionId),
    Purposes,
    Purpose(PurposeId),
    /// Consents that run out.
    Expiring,
    Audit,
    Ledger,
    /// System activities, to begin with the looks at one card.
    Looks(ClientId),
    Settings,
    CustomFields,
    Tags,
    Staff,
    Roles,
    Role(RoleId),
    NewRole,
    /// A new role that begins as one based on another.
    NewRoleBasedOn(RoleId),
    /// A new role that begins as a copy.
    NewRoleLike(RoleId),
    Organisation,
    Security,
    ApiKeys,
}

impl Page {
    /// Says in the list's address, in the place of a filter, that there is none.
    pub const EVERYBODY: &'static str = "all";

    /// The list of everybody, by what it usually opens with.
    pub const fn everybody(usual: Option<FilterId>) -> Self {
        match usual {
            Some(_) => Self::AllClients,
            None => Self::Clients,
        }
    }

    /// The page's address.
    pub fn path(self) -> String {
        match self {
            Self::Login => "/login".to_owned(),
            Self::Reset => "/reset".to_owned(),
            Self::Clients => "/clients".to_owned(),
            Self::ClientsThrough(id) => format!("/clients?filter={id}"),
            Self::AllClients => format!("/clients?filter={}", Self::EVERYBODY),
            Self::NewClient => "/clients/new".to_owned(),
            Self::Client(id) => format!("/clients/{id}"),
            Self::EditClient(id) => format!("/clients/{id}/edit"),
            Self::Imports => "/imports".to_owned(),
            Self::Import(id) => format!("/imports/{id}"),
            Self::Duplicates => "/duplicates".to_owned(),
            Self::Merge(first, second) => format!("/duplicates/{first}/{second}"),
            Self::Jobs => "/jobs".to_owned(),
            Self::Forms => "/forms".to_owned(),
            Self::Form(id) => format!("/forms/{id}"),
            Self::Submissions => "/submissions".to_owned(),
            Self::Submission(id) => format!("/submissions/{id}"),
            Self::Purposes => "/privacy/purposes".to_owned(),
            Self::Purpose(id) => format!("/privacy/purposes/{id}"),
            Self::Expiring => "/privacy/expiring".to_owned(),
            Self::Audit => "/privacy/activity".to_owned(),
            Self::Ledger => "/privacy/ledger".to_owned(),
            Self::Looks(id) => format!("/privacy/activity?client={id}&action={}", Action::ClientOpened.code()),
            Self::Settings => "/settings".to_owned(),
            Self::CustomFields => "/settings/fields".to_owned(),
            Self::Tags => "/settings/tags".to_owned(),
            Self::Staff => "/settings/staff".to_owned(),
            Self::Roles => "/settings/roles".to_owned(),
            Self::Role(id) => format!("/settings/roles/{id}"),
            Self::NewRole => "/settings/roles/new".to_owned(),
            Self::NewRoleBasedOn(id) => format!("/settings/roles/new?base={id}"),
            Self::NewRoleLike(id) => format!("/settings/roles/new?copy={id}"),
            Self::Organisation => "/settings/organisation".to_owned(),
            Self::Security => "/settings/security".to_owned(),
            Self::ApiKeys => "/settings/keys".to_owned(),
        }
    }

    /// The bundle that has the page.
    pub fn bundle(self) -> Bundle {
        Bundle::of(&self.path())
    }
}

/// Goes to a page from code, as a click on a link does.
pub fn use_go() -> impl Fn(Page) + Clone {
    steering(false)
}

/// Goes to a page that takes this one's place in the browser's history.
pub fn use_redirect() -> impl Fn(Page) + Clone {
    steering(true)
}

#[expect(clippy::disallowed_methods, reason = "the one place that knows when the router will do")]
fn steering(replace: bool) -> impl Fn(Page) + Clone {
    let navigate = use_navigate();
    move |page| {
        let path = page.path();
        if page.bundle() == Bundle::here() {
            navigate(&path, NavigateOptions { replace, ..NavigateOptions::default() });
            return;
        }
        let location = window().location();
        let _ = if replace { location.replace(&path) } else { location.assign(&path) };
    }
}

/// Leaves links to other bundles' pages to the browser: the router passes over what is marked as external. Marked
/// when clicked, so that whoever makes a link need not think of it.
pub fn release_links() {
    browser::on_link_click(|link, _| {
        if Bundle::of(&link.pathname()) != Bundle::here() {
            let _ = link.rel_list().add_1("external");
        }
    });
}
