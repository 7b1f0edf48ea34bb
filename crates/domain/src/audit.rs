//! System activities (aktywności systemowe): who did what, when, to which record, from where.

use crate::{
    access::{Actor, Origin},
    code::coded_enum,
    id::ClientId,
};
use serde_json::Value;
use uuid::Uuid;

/// A change of a card can be taken back for this long.
pub const REVERTIBLE: chrono::TimeDelta = chrono::TimeDelta::days(30);

coded_enum!(
    /// What was done. Codes are stored forever.
    Action {
        ClientCreated = "client_created",
        ClientChanged = "client_changed",
        ClientOpened = "client_opened",
        ClientsListed = "clients_listed",
        ClientExported = "client_exported",
        /// Many at once, by a background job.
        ClientsExported = "clients_exported",
        /// More rows than an account may take out within a day.
        ClientsExportRefused = "clients_export_refused",
        ClientAssigned = "client_assigned",
        ClientDeleted = "client_deleted",
        ClientsMerged = "clients_merged",
        MergeUndone = "merge_undone",
        DuplicateDismissed = "duplicate_dismissed",
        DuplicateRestored = "duplicate_restored",
        ReasonGiven = "reason_given",
        ClientTagged = "client_tagged",
        TagCreated = "tag_created",
        TagChanged = "tag_changed",
        TagDeleted = "tag_deleted",
        FilterCreated = "filter_created",
        FilterChanged = "filter_changed",
        FilterDeleted = "filter_deleted",
        JobStarted = "job_started",
        JobFinished = "job_finished",
        JobUndone = "job_undone",
        ImportRead = "import_read",
        ImportDiscarded = "import_discarded",
        ImportReportTaken = "import_report_taken",
        ConsentWithdrawn = "consent_withdrawn",
        ConsentRecorded = "consent_recorded",
        ConsentConfirmed = "consent_confirmed",
        ConsentRenewed = "consent_renewed",
        ConsentExpired = "consent_expired",
        RenewalsAsked = "renewals_asked",
        ReceiptMade = "receipt_made",
        ReceiptSent = "receipt_sent",
        FileOpened = "file_opened",
        SignupReceived = "signup_received",
        SignupCancelled = "signup_cancelled",
        FieldCreated = "field_created",
        FieldChanged = "field_changed",
        FieldDeleted = "field_deleted",
        FieldRestored = "field_restored",
        PurposeCreated = "purpose_created",
        PurposeChanged = "purpose_changed",
        PurposeRetired = "purpose_retired",
        PurposeRestored = "purpose_restored",
        OrganisationChanged = "organisation_changed",
        WordingCreated = "wording_created",
        FormCreated = "form_created",
        FormChanged = "form_changed",
        FormPublished = "form_published",
        FormClosed = "form_closed",
        SubmissionReceived = "submission_received",
        SubmissionOpened = "submission_opened",
        SubmissionAccepted = "submission_accepted",
        SubmissionDismissed = "submission_dismissed",
        SubmissionDeleted = "submission_deleted",
        AccountCreated = "account_created",
        AccountChanged = "account_changed",
        AccountDeactivated = "account_deactivated",
        AccountReactivated = "account_reactivated",
        ClientsHandedOver = "clients_handed_over",
        RoleCreated = "role_created",
        RoleChanged = "role_changed",
        RoleDeleted = "role_deleted",
        DepartmentCreated = "department_created",
        DepartmentChanged = "department_changed",
        DepartmentDeleted = "department_deleted",
        SecurityChanged = "security_changed",
        ApiKeyCreated = "api_key_created",
        ApiKeyRevoked = "api_key_revoked",
        AddressRefused = "address_refused",
        SessionLocked = "session_locked",
        SessionUnlocked = "session_unlocked",
        UnlockRefused = "unlock_refused",
        SecondFactorAdded = "second_factor_added",
        SecondFactorRemoved = "second_factor_removed",
        SecondFactorRefused = "second_factor_refused",
        SecondFactorsReset = "second_factors_reset",
        RecoveryCodesMade = "recovery_codes_made",
        DeviceForgotten = "device_forgotten",
        SteppedUp = "stepped_up",
        InvitationSent = "invitation_sent",
        InvitationAccepted = "invitation_accepted",
        SignedIn = "signed_in",
        SignInRefused = "sign_in_refused",
        SignedOut = "signed_out",
        SessionRevoked = "session_revoked",
        SessionsEnded = "sessions_ended",
        TokenReuseDetected = "token_reuse_detected",
        AuditExported = "audit_exported",
        PreferencesChanged = "preferences_changed",
        PasswordChanged = "password_changed",
        PasswordChangeRefused = "password_change_refused",
        PasswordResetRequested = "password_reset_requested",
        PasswordReset = "password_reset",
        DemoFilled = "demo_filled",
    }
);

coded_enum!(
    /// The kind of record an action touched.
    RecordKind {
        Client = "client",
        CustomField = "custom_field",
        Tag = "tag",
        SavedFilter = "saved_filter",
        Job = "job",
        Import = "import",
        Purpose = "purpose",
        Wording = "wording",
        Form = "form",
        Submission = "submission",
        Signup = "signup",
        File = "file",
        Account = "account",
        Session = "session",
        Role = "role",
        Department = "department",
        ApiKey = "api_key",
        Organisation = "organisation",
    }
);

/// One event about to be recorded with the write it accounts for.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    pub actor: Actor,
    pub origin: Origin,
    pub action: Action,
    pub record: RecordKind,
    pub record_id: Option<Uuid>,
    /// The client concerned: values are sealed under this client's key.
    pub client_id: Option<ClientId>,
    /// Names of the fields touched, in clear; never values.
    pub fields: Vec<String>,
    /// Values before and after, sealed before they are stored.
    pub values: Option<Value>,
}

impl AuditEvent {
    pub fn new(actor: Actor, origin: &Origin, action: Action, record: RecordKind, record_id: Option<Uuid>) -> Self {
        Self {
            actor,
            origin: origin.clone(),
            action,
            record,
            record_id,
            client_id: None,
            fields: Vec::new(),
            values: None,
        }
    }

    /// From where it was asked for, of what happens later.
    #[must_use]
    pub fn asked_from(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    #[must_use]
    pub fn about(mut self, client: ClientId) -> Self {
        self.client_id = Some(client);
        self
    }

    #[must_use]
    pub fn fields(mut self, fields: Vec<String>) -> Self {
        self.fields = fields;
        self
    }

    #[must_use]
    pub fn values(mut self, values: Value) -> Self {
        self.values = Some(values);
        self
    }
}
