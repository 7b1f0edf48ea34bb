//! Rows as sea-orm sees them. Private: everything above speaks domain types.

macro_rules! entity {
    ($name:ident, $table:literal, { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        pub mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model { $($(#[$meta])* pub $field: $kind),* }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            /// Rows hold personal data: only the table is shown.
            impl std::fmt::Debug for Model {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!("row of ", $table))
                }
            }
        }
    };
}

entity!(account, "accounts", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    email: String,
    email_norm: String,
    name: String,
    password_hash: String,
    role_id: Uuid,
    preferences: String,
    created_at: DateTimeUtc,
    disabled_at: Option<DateTimeUtc>,
});

entity!(session, "sessions", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    created_at: DateTimeUtc,
    last_seen_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    revoked_at: Option<DateTimeUtc>,
    ip: Option<String>,
    user_agent: Option<String>,
    active_at: Option<DateTimeUtc>,
    locked_at: Option<DateTimeUtc>,
    proved_at: Option<DateTimeUtc>,
    second_factor_at: Option<DateTimeUtc>,
});

entity!(second_factor, "second_factors", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    kind: String,
    label: String,
    secret: Vec<u8>,
    credential_id: Option<Vec<u8>>,
    last_step: Option<i64>,
    created_at: DateTimeUtc,
    confirmed_at: Option<DateTimeUtc>,
    last_used_at: Option<DateTimeUtc>,
});

entity!(recovery_code, "recovery_codes", {
    #[sea_orm(primary_key, auto_increment = false)]
    hash: Vec<u8>,
    account_id: Uuid,
    created_at: DateTimeUtc,
});

entity!(challenge, "challenges", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    purpose: String,
    hash: Option<Vec<u8>>,
    account_id: Option<Uuid>,
    factor_id: Option<Uuid>,
    code_tag: Option<Vec<u8>>,
    state: Option<Vec<u8>>,
    sends: i32,
    tries: i32,
    expires_at: DateTimeUtc,
});

entity!(account_attempt, "account_attempts", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    kind: String,
    at: DateTimeUtc,
});

entity!(trusted_device, "trusted_devices", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    hash: Vec<u8>,
    user_agent: Option<String>,
    created_at: DateTimeUtc,
    last_used_at: DateTimeUtc,
    expires_at: DateTimeUtc,
});

entity!(role, "roles", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    name: String,
    template: Option<String>,
    parent_id: Option<Uuid>,
    definition: String,
    created_at: DateTimeUtc,
});

entity!(department, "departments", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    created_at: DateTimeUtc,
});

entity!(account_department, "account_departments", {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    department_id: Uuid,
});

entity!(card_reason, "card_reasons", {
    #[sea_orm(primary_key, auto_increment = false)]
    credential_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    until: DateTimeUtc,
});

entity!(security_settings, "security_settings", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    version: i32,
    document: String,
});

entity!(api_key, "api_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    name: String,
    hash: Vec<u8>,
    definition: String,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    revoked_at: Option<DateTimeUtc>,
    last_used_at: Option<DateTimeUtc>,
    last_used_ip: Option<String>,
    uses: i64,
});

entity!(refresh_token, "refresh_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    session_id: Uuid,
    child_id: Option<Uuid>,
    issued_at: DateTimeUtc,
    consumed_at: Option<DateTimeUtc>,
    seen_at: Option<DateTimeUtc>,
});

entity!(setup_token, "setup_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    hash: Vec<u8>,
    expires_at: DateTimeUtc,
});

entity!(one_time_token, "one_time_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    kind: String,
    hash: Vec<u8>,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
});

entity!(submission_notice, "submission_notices", {
    #[sea_orm(primary_key, auto_increment = false)]
    submission_id: Uuid,
    form_id: Uuid,
    created_at: DateTimeUtc,
});

entity!(outbox, "outbox", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kind: String,
    state: String,
    attempts: i32,
    created_at: DateTimeUtc,
    due_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    settled_at: Option<DateTimeUtc>,
    content: Option<Vec<u8>>,
    client_id: Option<Uuid>,
    address_tag: Option<Vec<u8>>,
});

entity!(idempotency_key, "idempotency_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    idempotency_key: String,
    fingerprint: Vec<u8>,
    record_id: Uuid,
    created_at: DateTimeUtc,
});

entity!(audit_event, "audit_events", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    at: DateTimeUtc,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_job: Option<String>,
    action: String,
    record_kind: String,
    record_id: Option<Uuid>,
    client_id: Option<Uuid>,
    fields: String,
    values_sealed: Option<Vec<u8>>,
    ip: Option<String>,
    user_agent: Option<String>,
});

entity!(audit_pending, "audit_pending", {
    #[sea_orm(primary_key, auto_increment = false)]
    event_id: Uuid,
});

entity!(audit_link, "audit_links", {
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    event_id: Uuid,
    hash: Vec<u8>,
});

entity!(audit_head, "audit_head", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    seq: i64,
    mac: Vec<u8>,
});

entity!(client, "clients", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    kind: String,
    name: String,
    first_name: String,
    last_name: String,
    position: String,
    email: String,
    email_norm: String,
    phone: String,
    mobile_phone: String,
    website: String,
    nip: String,
    regon: String,
    street: String,
    post_code: String,
    city: String,
    country: String,
    note: String,
    external_id: String,
    custom: Json,
    sealed: Option<Vec<u8>>,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    owner_id: Option<Uuid>,
    department_id: Option<Uuid>,
});

entity!(client_key, "client_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    wrapped: Option<Vec<u8>>,
    created_at: DateTimeUtc,
    destroyed_at: Option<DateTimeUtc>,
});

entity!(blind_index, "blind_index", {
    #[sea_orm(primary_key, auto_increment = false)]
    field: String,
    #[sea_orm(primary_key, auto_increment = false)]
    tag: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
});

entity!(custom_field, "custom_fields", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    name: String,
    kind: String,
    options: String,
    sensitive: bool,
    purpose_id: Option<Uuid>,
    channel: Option<String>,
    position: i32,
    created_at: DateTimeUtc,
    deleted_at: Option<DateTimeUtc>,
});

entity!(purpose, "purposes", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    basis: String,
    is_marketing: bool,
    channels: String,
    validity_days: Option<i32>,
    created_at: DateTimeUtc,
    version: i32,
    parent_id: Option<Uuid>,
    double_opt_in: bool,
    retired_at: Option<DateTimeUtc>,
});

entity!(wording, "wordings", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    purpose_id: Uuid,
    language: String,
    version: i32,
    text: String,
    sha256: String,
    created_at: DateTimeUtc,
    channel: Option<String>,
});

entity!(consent_event, "consent_events", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    client_id: Uuid,
    purpose_id: Uuid,
    channel: String,
    kind: String,
    method: String,
    wording_id: Option<Uuid>,
    form_version_id: Option<Uuid>,
    submission_id: Option<Uuid>,
    actor_kind: String,
    actor_id: Option<Uuid>,
    occurred_at: DateTimeUtc,
    recorded_at: DateTimeUtc,
    evidence: Option<Vec<u8>>,
    grade: Option<String>,
    expires_at: Option<DateTimeUtc>,
    caused_by: Option<Uuid>,
    file_id: Option<Uuid>,
});

entity!(consent_state, "consent_states", {
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    purpose_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    channel: String,
    status: String,
    since: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
    last_event_id: Uuid,
    grade: Option<String>,
    wording_id: Option<Uuid>,
});

entity!(ledger_leaf, "ledger_leaves", {
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    event_id: Uuid,
    hash: Vec<u8>,
});

entity!(ledger_pending, "ledger_pending", {
    #[sea_orm(primary_key, auto_increment = false)]
    event_id: Uuid,
});

entity!(ledger_head, "ledger_head", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    size: i64,
    peaks: Vec<u8>,
    mac: Vec<u8>,
});

entity!(ledger_checkpoint, "ledger_checkpoints", {
    #[sea_orm(primary_key, auto_increment = false)]
    size: i64,
    root: Vec<u8>,
    note: String,
    created_at: DateTimeUtc,
});

entity!(ledger_check, "ledger_checks", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    started_at: DateTimeUtc,
    finished_at: Option<DateTimeUtc>,
    finding: Option<String>,
});

entity!(organisation, "organisation", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    version: i32,
    document: String,
});

entity!(file, "files", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    client_id: Option<Uuid>,
    kind: String,
    record_id: Option<Uuid>,
    sealed_for_client: bool,
    size: i32,
    meta: Vec<u8>,
    content: Vec<u8>,
    created_at: DateTimeUtc,
});

entity!(file_chunk, "file_chunks", {
    #[sea_orm(primary_key, auto_increment = false)]
    file_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    number: i32,
    content: Vec<u8>,
    client_ids: Vec<u8>,
});

entity!(job, "jobs", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kind: String,
    account_id: Uuid,
    api_key_id: Option<Uuid>,
    state: String,
    payload: Option<Vec<u8>>,
    position: Option<String>,
    total: i64,
    done: i64,
    failures: String,
    tries: i32,
    created_at: DateTimeUtc,
    started_at: Option<DateTimeUtc>,
    stepped_at: DateTimeUtc,
    finished_at: Option<DateTimeUtc>,
    leased_until: Option<DateTimeUtc>,
    cancel_asked_at: Option<DateTimeUtc>,
    file_id: Option<Uuid>,
    problem: Option<String>,
    undo_of: Option<Uuid>,
    undo_until: Option<DateTimeUtc>,
    undone_at: Option<DateTimeUtc>,
    about: Option<String>,
});

entity!(job_change, "job_changes", {
    #[sea_orm(primary_key, auto_increment = false)]
    job_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    made: bool,
    version_after: i32,
    before: Option<Vec<u8>>,
});

entity!(job_kept, "job_kept", {
    #[sea_orm(primary_key, auto_increment = false)]
    job_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    reason: String,
});

entity!(import, "imports", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    account_id: Uuid,
    api_key_id: Option<Uuid>,
    state: String,
    size: i32,
    row_count: i32,
    width: i32,
    content: Vec<u8>,
    checked: Option<String>,
    job_id: Option<Uuid>,
    created_at: DateTimeUtc,
    changed_at: DateTimeUtc,
});

entity!(import_part, "import_parts", {
    #[sea_orm(primary_key, auto_increment = false)]
    import_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    number: i32,
    size: i32,
    content: Vec<u8>,
});

entity!(import_row, "import_rows", {
    #[sea_orm(primary_key, auto_increment = false)]
    import_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    chunk: i32,
    content: Vec<u8>,
    marks: String,
    faulty: i32,
    left_out: i32,
    outcomes: Option<String>,
});

entity!(import_mapping, "import_mappings", {
    #[sea_orm(primary_key, auto_increment = false)]
    heads_tag: Vec<u8>,
    content: Vec<u8>,
    used_at: DateTimeUtc,
});

entity!(import_origin, "import_origins", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    imported_at: DateTimeUtc,
    content: Vec<u8>,
});

entity!(client_origin, "client_origins", {
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    origin_id: Uuid,
    made: bool,
});

entity!(erased_address, "erased_addresses", {
    #[sea_orm(primary_key, auto_increment = false)]
    address_tag: Vec<u8>,
    erased_at: DateTimeUtc,
});

entity!(tag, "tags", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    name: String,
    name_key: String,
    colour: String,
    created_at: DateTimeUtc,
});

entity!(saved_filter, "saved_filters", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i32,
    account_id: Uuid,
    sharing: String,
    department_id: Option<Uuid>,
    content: Vec<u8>,
    created_at: DateTimeUtc,
});

entity!(client_tag, "client_tags", {
    #[sea_orm(primary_key, auto_increment = false)]
    tag_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: Uuid,
});

entity!(pending_signup, "pending_signups", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    form_id: Uuid,
    form_version_id: Uuid,
    submission_id: Option<Uuid>,
    address_tag: Vec<u8>,
    token_hash: Vec<u8>,
    content: Vec<u8>,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    mailed: bool,
});

entity!(confirmation_mail, "confirmation_mails", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    address_tag: Vec<u8>,
    form_id: Uuid,
    sent_at: DateTimeUtc,
});

entity!(spent_proof, "spent_proofs", {
    #[sea_orm(primary_key, auto_increment = false)]
    nonce: Vec<u8>,
    expires_at: DateTimeUtc,
});

entity!(client_merge, "client_merges", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kept_id: Uuid,
    merged_id: Uuid,
    merged_by: Option<Uuid>,
    merged_at: DateTimeUtc,
    kept_version: i32,
    undo_until: DateTimeUtc,
    undone_at: Option<DateTimeUtc>,
    snapshot: Option<Vec<u8>>,
});

entity!(duplicate_pair, "duplicate_pairs", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    first_id: Uuid,
    second_id: Uuid,
    reasons: String,
    score: i32,
    found_at: DateTimeUtc,
    dismissed_at: Option<DateTimeUtc>,
    dismissed_by: Option<Uuid>,
});

entity!(consent_renewal, "consent_renewals", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    client_id: Uuid,
    purpose_id: Uuid,
    channel: String,
    token_hash: Vec<u8>,
    asked_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    answered_at: Option<DateTimeUtc>,
    address_tag: Option<Vec<u8>>,
});

entity!(form, "forms", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    public_id: String,
    version: i32,
    name: String,
    definition: String,
    live_version_id: Option<Uuid>,
    closed_at: Option<DateTimeUtc>,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
});

entity!(form_version, "form_versions", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    form_id: Uuid,
    number: i32,
    definition: String,
    sha256: String,
    published_at: DateTimeUtc,
});

entity!(submission, "submissions", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    form_id: Uuid,
    form_version_id: Uuid,
    client_id: Option<Uuid>,
    status: String,
    suspicion: Option<String>,
    sealed_for_client: bool,
    content: Vec<u8>,
    received_at: DateTimeUtc,
    decided_at: Option<DateTimeUtc>,
    decided_by: Option<Uuid>,
});
