//! Words for every enum that is shown. Exhaustive: a new variant does not compile until it has words.

use super::Words;
use crate::passkeys::NoPasskey;
use zgoda_api_types::{custom_fields::CustomField, forms::FormStatus};
use zgoda_domain::{
    access::role::RoleTemplate,
    audit::{Action, RecordKind},
    client::{BuiltinField, ClientKind},
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language, LawfulBasis},
    custom_field::{FieldKind, consent_column_name},
    form::{FormFieldKind, Mapping},
    form_templates::FormTemplate,
    list::Operator,
    search::Fault,
    second_factor::FactorKind,
    submission::SubmissionStatus,
};

type Text = &'static str;

impl Words {
    pub fn role_template(&self, template: RoleTemplate) -> Text {
        match template {
            RoleTemplate::Owner => self.role_owner,
            RoleTemplate::Administrator => self.role_administrator,
            RoleTemplate::Salesperson => self.role_salesperson,
            RoleTemplate::Marketing => self.role_marketing,
            RoleTemplate::DataProtectionOfficer => self.role_data_protection_officer,
            RoleTemplate::ReadOnly => self.role_read_only,
        }
    }

    /// A role's name: its own, or that of the template it is.
    pub fn role(&self, name: &str, template: Option<RoleTemplate>) -> String {
        template.map_or_else(|| name.to_owned(), |template| self.role_template(template).to_owned())
    }

    pub fn factor_kind(&self, kind: FactorKind) -> Text {
        match kind {
            FactorKind::Totp => self.factor_totp,
            FactorKind::Email => self.factor_email,
            FactorKind::Sms => self.factor_sms,
            FactorKind::Passkey => self.factor_passkey,
            FactorKind::RecoveryCode => self.factor_recovery_code,
        }
    }

    pub fn no_passkey(&self, why: NoPasskey) -> Text {
        match why {
            NoPasskey::Unsupported => self.passkey_unsupported,
            NoPasskey::Declined => self.passkey_declined,
        }
    }

    /// What is wrong with a query.
    pub fn fault(&self, fault: Fault) -> Text {
        match fault {
            Fault::Character => self.fault_character,
            Fault::Unclosed => self.fault_unclosed,
            Fault::Syntax => self.fault_syntax,
            Fault::Unfinished => self.fault_unfinished,
            Fault::UnknownField => self.fault_unknown_field,
            Fault::DeletedField => self.fault_deleted_field,
            Fault::Ambiguous => self.fault_ambiguous,
            Fault::NotShown => self.fault_not_shown,
            Fault::WrongOperator => self.fault_wrong_operator,
            Fault::Sealed => self.fault_sealed,
            Fault::WrongValue => self.fault_wrong_value,
            Fault::Unquoted => self.fault_unquoted,
            Fault::UnknownValue => self.fault_unknown_value,
            Fault::TooLong => self.fault_too_long,
            Fault::TooDeep => self.fault_too_deep,
            Fault::TooMany => self.fault_too_many,
        }
    }

    pub fn client_kind(&self, kind: ClientKind) -> Text {
        match kind {
            ClientKind::Person => self.person,
            ClientKind::Company => self.company,
        }
    }

    pub fn builtin(&self, field: BuiltinField) -> Text {
        match field {
            BuiltinField::Name => self.field_name,
            BuiltinField::FirstName => self.field_first_name,
            BuiltinField::LastName => self.field_last_name,
            BuiltinField::Position => self.field_position,
            BuiltinField::Email => self.field_email,
            BuiltinField::Phone => self.field_phone,
            BuiltinField::MobilePhone => self.field_mobile_phone,
            BuiltinField::Website => self.field_website,
            BuiltinField::Nip => self.field_nip,
            BuiltinField::Regon => self.field_regon,
            BuiltinField::Pesel => self.field_pesel,
            BuiltinField::Street => self.field_street,
            BuiltinField::PostCode => self.field_post_code,
            BuiltinField::City => self.field_city,
            BuiltinField::Country => self.field_country,
            BuiltinField::Note => self.field_note,
            BuiltinField::ExternalId => self.field_external_id,
            BuiltinField::CreatedAt => self.field_created_at,
            BuiltinField::UpdatedAt => self.field_updated_at,
        }
    }

    /// What stands at a place of a card, as complaints point at it; custom fields have names of their own.
    pub fn card_place(&self, pointer: &str) -> Option<Text> {
        match pointer {
            "/details/kind" => Some(self.kind),
            "/tags" => Some(self.field_tags),
            "/owner" | "/owner_id" => Some(self.client_owner),
            "/department" | "/department_id" => Some(self.department),
            "/consents" => Some(self.consents),
            _ => BuiltinField::from_key(pointer.strip_prefix("/details/")?).map(|field| self.builtin(field)),
        }
    }

    pub fn field_kind(&self, kind: FieldKind) -> Text {
        match kind {
            FieldKind::ShortText => self.kind_short_text,
            FieldKind::LongText => self.kind_long_text,
            FieldKind::Integer => self.kind_integer,
            FieldKind::Decimal => self.kind_decimal,
            FieldKind::Checkbox => self.kind_checkbox,
            FieldKind::Date => self.kind_date,
            FieldKind::Datetime => self.kind_datetime,
            FieldKind::Select => self.kind_select,
            FieldKind::MultiSelect => self.kind_multi_select,
            FieldKind::Consent => self.kind_consent,
        }
    }

    /// What a custom field is called; a consent's column with its channel in words.
    pub fn field_name(&self, field: &CustomField) -> String {
        field.channel.map_or_else(
            || field.name.clone(),
            |channel| consent_column_name(&field.name, channel, self.channel(channel)),
        )
    }

    pub fn channel(&self, channel: Channel) -> Text {
        match channel {
            Channel::General => self.channel_general,
            Channel::Email => self.channel_email,
            Channel::Sms => self.channel_sms,
            Channel::Phone => self.channel_phone,
            Channel::Post => self.channel_post,
        }
    }

    pub fn basis(&self, basis: LawfulBasis) -> Text {
        match basis {
            LawfulBasis::Consent => self.basis_consent,
            LawfulBasis::Contract => self.basis_contract,
            LawfulBasis::LegalObligation => self.basis_legal_obligation,
            LawfulBasis::VitalInterests => self.basis_vital_interests,
            LawfulBasis::PublicTask => self.basis_public_task,
            LawfulBasis::LegitimateInterests => self.basis_legitimate_interests,
        }
    }

    pub fn consent_status(&self, status: ConsentStatus) -> Text {
        match status {
            ConsentStatus::Requested => self.status_requested,
            ConsentStatus::Given => self.status_given,
            ConsentStatus::Refused => self.status_refused,
            ConsentStatus::Withdrawn => self.status_withdrawn,
            ConsentStatus::Expired => self.status_expired,
        }
    }

    pub fn consent_event(&self, kind: ConsentEventKind) -> Text {
        match kind {
            ConsentEventKind::Requested => self.event_requested,
            ConsentEventKind::Given => self.event_given,
            ConsentEventKind::Confirmed => self.event_confirmed,
            ConsentEventKind::Refused => self.event_refused,
            ConsentEventKind::Withdrawn => self.event_withdrawn,
            ConsentEventKind::Expired => self.event_expired,
            ConsentEventKind::Renewed => self.event_renewed,
            ConsentEventKind::Imported => self.event_imported,
            ConsentEventKind::RecordedByStaff => self.event_recorded_by_staff,
        }
    }

    pub fn consent_method(&self, method: ConsentMethod) -> Text {
        match method {
            ConsentMethod::FormCheckbox => self.method_form_checkbox,
            ConsentMethod::DoiClick => self.method_doi_click,
            ConsentMethod::RenewalClick => self.method_renewal_click,
            ConsentMethod::StaffCard => self.method_staff_card,
            ConsentMethod::Paper => self.method_paper,
            ConsentMethod::Phone => self.method_phone,
            ConsentMethod::InPerson => self.method_in_person,
            ConsentMethod::Cascade => self.method_cascade,
            ConsentMethod::Merge => self.method_merge,
            ConsentMethod::Import => self.method_import,
            ConsentMethod::Job => self.method_job,
        }
    }

    pub fn evidence_grade(&self, grade: EvidenceGrade) -> Text {
        match grade {
            EvidenceGrade::A => self.grade_a,
            EvidenceGrade::B => self.grade_b,
            EvidenceGrade::C => self.grade_c,
            EvidenceGrade::D => self.grade_d,
        }
    }

    pub fn language_name(&self, language: Language) -> Text {
        match language {
            Language::Pl => self.language_pl,
            Language::En => self.language_en,
        }
    }

    pub fn form_status(&self, status: FormStatus) -> Text {
        match status {
            FormStatus::Draft => self.form_draft,
            FormStatus::Live => self.form_live,
            FormStatus::Closed => self.form_closed,
        }
    }

    pub fn form_field_kind(&self, kind: FormFieldKind) -> Text {
        match kind {
            FormFieldKind::ShortText => self.form_short_text,
            FormFieldKind::LongText => self.form_long_text,
            FormFieldKind::Email => self.form_email,
            FormFieldKind::Phone => self.form_phone,
            FormFieldKind::Number => self.form_number,
            FormFieldKind::Date => self.form_date,
            FormFieldKind::Select => self.form_select,
            FormFieldKind::Radio => self.form_radio,
            FormFieldKind::Checkbox => self.form_checkbox,
            FormFieldKind::Consent => self.form_consent,
            FormFieldKind::File => self.form_file,
            FormFieldKind::Hidden => self.form_hidden,
            FormFieldKind::Heading => self.form_heading,
            FormFieldKind::StaticText => self.form_static_text,
        }
    }

    /// The label of the button that adds a field.
    pub fn add_field(&self, kind: FormFieldKind) -> Text {
        match kind {
            FormFieldKind::ShortText => self.add_short_text,
            FormFieldKind::LongText => self.add_long_text,
            FormFieldKind::Email => self.add_email,
            FormFieldKind::Phone => self.add_phone,
            FormFieldKind::Number => self.add_number,
            FormFieldKind::Date => self.add_date,
            FormFieldKind::Select => self.add_select,
            FormFieldKind::Radio => self.add_radio,
            FormFieldKind::Checkbox => self.add_checkbox,
            FormFieldKind::Consent => self.add_consent,
            FormFieldKind::File => self.add_file,
            FormFieldKind::Hidden => self.add_hidden,
            FormFieldKind::Heading => self.add_heading,
            FormFieldKind::StaticText => self.add_static_text,
        }
    }

    pub fn mapping(&self, mapping: Mapping) -> Text {
        match mapping {
            Mapping::Nothing => self.mapping_nothing,
            Mapping::Email => self.mapping_email,
            Mapping::Client => self.mapping_client,
        }
    }

    pub fn template(&self, template: FormTemplate) -> Text {
        match template {
            FormTemplate::Empty => self.template_empty,
            FormTemplate::Contact => self.template_contact,
            FormTemplate::Newsletter => self.template_newsletter,
            FormTemplate::Event => self.template_event,
            FormTemplate::Quote => self.template_quote,
            FormTemplate::SubjectRequest => self.template_subject_request,
        }
    }

    pub fn operator(&self, operator: Operator) -> Text {
        match operator {
            Operator::Eq => self.operator_eq,
            Operator::Ne => self.operator_ne,
            Operator::Lt => self.operator_lt,
            Operator::Lte => self.operator_lte,
            Operator::Gt => self.operator_gt,
            Operator::Gte => self.operator_gte,
            Operator::IsEmpty => self.operator_is_empty,
            Operator::Contains => self.operator_contains,
            Operator::IsSet => self.operator_is_set,
        }
    }

    /// How a query compares.
    pub fn search_operator(&self, operator: zgoda_domain::search::Operator) -> Text {
        use zgoda_domain::search::Operator as Search;
        match operator {
            Search::Eq => self.operator_eq,
            Search::Ne => self.operator_ne,
            Search::Lt => self.operator_lt,
            Search::Lte => self.operator_lte,
            Search::Gt => self.operator_gt,
            Search::Gte => self.operator_gte,
            Search::Contains => self.operator_contains,
            Search::NotContains => self.operator_not_contains,
            Search::In => self.operator_in,
            Search::NotIn => self.operator_not_in,
            Search::IsEmpty => self.operator_is_empty,
            Search::IsSet => self.operator_is_set,
        }
    }

    /// Who acted, when there is no name.
    pub fn actor(&self, kind: &str) -> Text {
        match kind {
            "visitor" => self.actor_visitor,
            "api_key" => self.actor_api_key,
            "system" => self.actor_system,
            "command_line" => self.actor_command_line,
            _ => self.actor_account,
        }
    }

    pub fn submission_status(&self, status: SubmissionStatus) -> Text {
        match status {
            SubmissionStatus::Accepted => self.submission_accepted,
            SubmissionStatus::Review => self.submission_review,
            SubmissionStatus::Dismissed => self.submission_dismissed,
            SubmissionStatus::Spam => self.submission_spam,
        }
    }

    pub fn record_kind(&self, kind: RecordKind) -> Text {
        match kind {
            RecordKind::Client => self.record_client,
            RecordKind::CustomField => self.record_custom_field,
            RecordKind::Tag => self.record_tag,
            RecordKind::Import => self.record_import,
            RecordKind::SavedFilter => self.record_saved_filter,
            RecordKind::Job => self.record_job,
            RecordKind::Purpose => self.record_purpose,
            RecordKind::Wording => self.record_wording,
            RecordKind::Form => self.record_form,
            RecordKind::Submission => self.record_submission,
            RecordKind::Signup => self.record_signup,
            RecordKind::File => self.record_file,
            RecordKind::Account => self.record_account,
            RecordKind::Session => self.record_session,
            RecordKind::Role => self.record_role,
            RecordKind::Department => self.record_department,
            RecordKind::ApiKey => self.record_api_key,
            RecordKind::Organisation => self.record_organisation,
        }
    }

    pub fn action(&self, action: Action) -> Text {
        match action {
            Action::ClientCreated => self.action_client_created,
            Action::ClientChanged => self.action_client_changed,
            Action::ClientOpened => self.action_client_opened,
            Action::ClientsListed => self.action_clients_listed,
            Action::ClientExported => self.action_client_exported,
            Action::ClientsExported => self.action_clients_exported,
            Action::ClientsExportRefused => self.action_clients_export_refused,
            Action::ConsentWithdrawn => self.action_consent_withdrawn,
            Action::ConsentRecorded => self.action_consent_recorded,
            Action::ConsentConfirmed => self.action_consent_confirmed,
            Action::ConsentRenewed => self.action_consent_renewed,
            Action::ConsentExpired => self.action_consent_expired,
            Action::RenewalsAsked => self.action_renewals_asked,
            Action::ReceiptMade => self.action_receipt_made,
            Action::ReceiptSent => self.action_receipt_sent,
            Action::FileOpened => self.action_file_opened,
            Action::SignupReceived => self.action_signup_received,
            Action::SignupCancelled => self.action_signup_cancelled,
            Action::FieldCreated => self.action_field_created,
            Action::FieldChanged => self.action_field_changed,
            Action::FieldDeleted => self.action_field_deleted,
            Action::FieldRestored => self.action_field_restored,
            Action::PurposeCreated => self.action_purpose_created,
            Action::PurposeChanged => self.action_purpose_changed,
            Action::PurposeRetired => self.action_purpose_retired,
            Action::PurposeRestored => self.action_purpose_restored,
            Action::OrganisationChanged => self.action_organisation_changed,
            Action::WordingCreated => self.action_wording_created,
            Action::FormCreated => self.action_form_created,
            Action::FormChanged => self.action_form_changed,
            Action::FormPublished => self.action_form_published,
            Action::FormClosed => self.action_form_closed,
            Action::SubmissionReceived => self.action_submission_received,
            Action::SubmissionOpened => self.action_submission_opened,
            Action::SubmissionAccepted => self.action_submission_accepted,
            Action::SubmissionDismissed => self.action_submission_dismissed,
            Action::SubmissionDeleted => self.action_submission_deleted,
            Action::AccountCreated => self.action_account_created,
            Action::SignedIn => self.action_signed_in,
            Action::SignInRefused => self.action_sign_in_refused,
            Action::SignedOut => self.action_signed_out,
            Action::SessionRevoked => self.action_session_revoked,
            Action::SessionsEnded => self.action_sessions_ended,
            Action::ClientAssigned => self.action_client_assigned,
            Action::ClientDeleted => self.action_client_deleted,
            Action::ClientsMerged => self.action_clients_merged,
            Action::ImportRead => self.action_import_read,
            Action::ImportDiscarded => self.action_import_discarded,
            Action::ImportReportTaken => self.action_import_report_taken,
            Action::MergeUndone => self.action_merge_undone,
            Action::DuplicateDismissed => self.action_duplicate_dismissed,
            Action::DuplicateRestored => self.action_duplicate_restored,
            Action::ReasonGiven => self.action_reason_given,
            Action::ClientTagged => self.action_client_tagged,
            Action::TagCreated => self.action_tag_created,
            Action::TagChanged => self.action_tag_changed,
            Action::TagDeleted => self.action_tag_deleted,
            Action::FilterCreated => self.action_filter_created,
            Action::FilterChanged => self.action_filter_changed,
            Action::FilterDeleted => self.action_filter_deleted,
            Action::JobStarted => self.action_job_started,
            Action::JobFinished => self.action_job_finished,
            Action::JobUndone => self.action_job_undone,
            Action::AccountChanged => self.action_account_changed,
            Action::AccountDeactivated => self.action_account_deactivated,
            Action::AccountReactivated => self.action_account_reactivated,
            Action::ClientsHandedOver => self.action_clients_handed_over,
            Action::RoleCreated => self.action_role_created,
            Action::RoleChanged => self.action_role_changed,
            Action::RoleDeleted => self.action_role_deleted,
            Action::DepartmentCreated => self.action_department_created,
            Action::DepartmentChanged => self.action_department_changed,
            Action::DepartmentDeleted => self.action_department_deleted,
            Action::SecurityChanged => self.action_security_changed,
            Action::ApiKeyCreated => self.action_api_key_created,
            Action::ApiKeyRevoked => self.action_api_key_revoked,
            Action::AddressRefused => self.action_address_refused,
            Action::SessionLocked => self.action_session_locked,
            Action::SessionUnlocked => self.action_session_unlocked,
            Action::UnlockRefused => self.action_unlock_refused,
            Action::SecondFactorAdded => self.action_second_factor_added,
            Action::SecondFactorRemoved => self.action_second_factor_removed,
            Action::SecondFactorRefused => self.action_second_factor_refused,
            Action::SecondFactorsReset => self.action_second_factors_reset,
            Action::RecoveryCodesMade => self.action_recovery_codes_made,
            Action::DeviceForgotten => self.action_device_forgotten,
            Action::SteppedUp => self.action_stepped_up,
            Action::InvitationSent => self.action_invitation_sent,
            Action::InvitationAccepted => self.action_invitation_accepted,
            Action::AuditExported => self.action_audit_exported,
            Action::TokenReuseDetected => self.action_token_reuse_detected,
            Action::PreferencesChanged => self.action_preferences_changed,
            Action::PasswordChanged => self.action_password_changed,
            Action::PasswordChangeRefused => self.action_password_change_refused,
            Action::PasswordResetRequested => self.action_password_reset_requested,
            Action::PasswordReset => self.action_password_reset,
            Action::DemoFilled => self.action_demo_filled,
        }
    }
}
