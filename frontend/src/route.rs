//! Every address that a link may point to.

use zgoda_domain::id::{ClientId, FormId, SubmissionId};

/// A page of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Login,
    Reset,
    Clients,
    NewClient,
    Client(ClientId),
    EditClient(ClientId),
    Forms,
    Form(FormId),
    Submissions,
    Submission(SubmissionId),
    Purposes,
    Audit,
    Settings,
    CustomFields,
}

impl Page {
    /// The page's address.
    pub fn path(self) -> String {
        match self {
            Self::Login => "/login".to_owned(),
            Self::Reset => "/reset".to_owned(),
            Self::Clients => "/clients".to_owned(),
            Self::NewClient => "/clients/new".to_owned(),
            Self::Client(id) => format!("/clients/{id}"),
            Self::EditClient(id) => format!("/clients/{id}/edit"),
            Self::Forms => "/forms".to_owned(),
            Self::Form(id) => format!("/forms/{id}"),
            Self::Submissions => "/submissions".to_owned(),
            Self::Submission(id) => format!("/submissions/{id}"),
            Self::Purposes => "/privacy/purposes".to_owned(),
            Self::Audit => "/privacy/activity".to_owned(),
            Self::Settings => "/settings".to_owned(),
            Self::CustomFields => "/settings/fields".to_owned(),
        }
    }
}
