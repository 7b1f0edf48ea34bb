//! Sign-ups that wait for the click in a mail, and how many mails an address was sent. Answers and their origin are sealed
//! under the organisation's key; the address stands in clear columns as a keyed hash only, the link's token as its hash.

use crate::{
    entity::{confirmation_mail, outbox, pending_signup, submission},
    error::DbError,
    keys,
    submissions::SubmissionContent,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    email::EmailAddress,
    id::{ClientId, FormId, FormVersionId, MessageId, SignupId, SubmissionId},
};
use zgoda_vault::{Place, TokenHash};

/// The sealed part.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignupContent {
    /// As it was typed. The mailbox that the click proves.
    pub address: String,
    /// Keys of the consent fields that wait.
    pub consents: Vec<String>,
    /// The mail with the link, if one was sent.
    pub message: Option<MessageId>,
    pub submission: SubmissionContent,
}

impl std::fmt::Debug for SignupContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignupContent(…)")
    }
}

/// A sign-up about to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewSignup<'a> {
    pub id: SignupId,
    pub form_id: FormId,
    pub form_version_id: FormVersionId,
    /// The submission whose consents wait; `None` where the whole submission does.
    pub submission_id: Option<SubmissionId>,
    /// The address in the form in which two are compared.
    pub normalised: &'a str,
    pub token: &'a TokenHash,
    pub content: &'a SignupContent,
    pub expires_at: DateTime<Utc>,
}

/// A sign-up that waits, with its content opened.
#[derive(Clone, Debug)]
pub struct SignupRecord {
    pub id: SignupId,
    pub form_id: FormId,
    pub form_version_id: FormVersionId,
    pub submission_id: Option<SubmissionId>,
    pub content: SignupContent,
    pub created_at: DateTime<Utc>,
}

/// Stores a sign-up, at the transaction's end.
pub fn insert(tx: &impl Adds, new: NewSignup<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let clear = serde_json::to_vec(new.content).map_err(|_| DbError::corrupt("pending_signups"))?;
    let row = pending_signup::ActiveModel {
        id: Set(new.id.as_uuid()),
        form_id: Set(new.form_id.as_uuid()),
        form_version_id: Set(new.form_version_id.as_uuid()),
        submission_id: Set(new.submission_id.map(SubmissionId::as_uuid)),
        address_tag: Set(address_tag(tx, new.normalised)),
        token_hash: Set(new.token.0.clone()),
        content: Set(keys::seal_for_organisation(tx, place(new.id.as_uuid()), &clear)?),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        mailed: Set(new.content.message.is_some()),
    };
    tx.add(&pending_signup::Entity::insert(row));
    Ok(())
}

/// The sign-up that a link is for, while it waits.
pub async fn find(
    source: &impl Source,
    token: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<SignupRecord>, DbError> {
    let row = pending_signup::Entity::find()
        .filter(pending_signup::Column::TokenHash.eq(token.0.clone()))
        .filter(pending_signup::Column::ExpiresAt.gt(now))
        .one(source.connection())
        .await?;
    row.map(|row| {
        Ok(SignupRecord {
            id: SignupId::from_uuid(row.id),
            form_id: FormId::from_uuid(row.form_id),
            form_version_id: FormVersionId::from_uuid(row.form_version_id),
            submission_id: row.submission_id.map(SubmissionId::from_uuid),
            content: open(source, row.id, row.content)?,
            created_at: row.created_at,
        })
    })
    .transpose()
}

/// Takes a sign-up out of those that wait, once: of several that try, one gets `true`.
pub async fn take(tx: &Tx, id: SignupId) -> Result<bool, DbError> {
    let result = pending_signup::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(result.rows_affected == 1)
}

/// Forgets what waits for clients that are being deleted, each with its address in normalised form: sign-ups of the address
/// and of the client's submissions, their mails, and how many mails the address was sent. To be called while the clients'
/// submissions are there.
pub(crate) async fn forget_clients(tx: &Tx, clients: &[(ClientId, String)]) -> Result<(), DbError> {
    let own = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::ClientId.is_in(clients.iter().map(|(id, _)| id.as_uuid())))
        .into_query();
    let mut condition = sea_orm::Condition::any().add(pending_signup::Column::SubmissionId.in_subquery(own));
    let addresses: Vec<&str> =
        clients.iter().map(|(_, address)| address.as_str()).filter(|address| !address.is_empty()).collect();
    if !addresses.is_empty() {
        let tags = addresses.iter().map(|address| address_tag(tx, address));
        condition = condition.add(pending_signup::Column::AddressTag.is_in(tags));
        confirmation_mail::Entity::delete_many()
            .filter(
                confirmation_mail::Column::AddressTag.is_in(addresses.iter().map(|address| mailbox_tag(tx, address))),
            )
            .exec(tx.connection())
            .await?;
    }
    let rows = pending_signup::Entity::find().filter(condition).all(tx.connection()).await?;
    for row in rows {
        let content = open(tx, row.id, row.content)?;
        // In the order of a click, so that neither waits for the other in a circle.
        pending_signup::Entity::delete_by_id(row.id).exec(tx.connection()).await?;
        forget_mail(tx, &content).await?;
    }
    Ok(())
}

/// Takes back the mail of a sign-up that waits no longer, should it not have left yet.
pub async fn forget_mail(tx: &Tx, content: &SignupContent) -> Result<(), DbError> {
    if let Some(message) = content.message {
        outbox::Entity::delete_by_id(message.as_uuid()).exec(tx.connection()).await?;
    }
    Ok(())
}

/// Forgets sign-ups that nobody confirmed in time.
pub async fn forget_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = pending_signup::Entity::delete_many()
        .filter(pending_signup::Column::ExpiresAt.lte(now))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}

/// How many sign-ups of each form wait.
pub async fn waiting_counts(source: &impl Source, now: DateTime<Utc>) -> Result<HashMap<FormId, u64>, DbError> {
    let rows: Vec<(Uuid, i64)> = pending_signup::Entity::find()
        .select_only()
        .column(pending_signup::Column::FormId)
        .column_as(pending_signup::Column::Id.count(), "n")
        .filter(pending_signup::Column::ExpiresAt.gt(now))
        .group_by(pending_signup::Column::FormId)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(form, n)| (FormId::from_uuid(form), u64::try_from(n).unwrap_or_default())).collect())
}

/// The forms that had mails sent to an address's mailbox after `since`, and when. `limit` bounds how many are looked at.
pub async fn mails_to(
    source: &impl Source,
    normalised: &str,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(FormId, DateTime<Utc>)>, DbError> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = confirmation_mail::Entity::find()
        .select_only()
        .column(confirmation_mail::Column::FormId)
        .column(confirmation_mail::Column::SentAt)
        .filter(confirmation_mail::Column::AddressTag.eq(mailbox_tag(source, normalised)))
        .filter(confirmation_mail::Column::SentAt.gt(since))
        .limit(limit)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(form, at)| (FormId::from_uuid(form), at)).collect())
}

/// How many mails a form had sent after `since`.
pub async fn mails_of_form(source: &impl Source, form: FormId, since: DateTime<Utc>) -> Result<u64, DbError> {
    Ok(confirmation_mail::Entity::find()
        .filter(confirmation_mail::Column::FormId.eq(form.as_uuid()))
        .filter(confirmation_mail::Column::SentAt.gt(since))
        .count(source.connection())
        .await?)
}

/// Counts a mail that a form has sent to an address, at the transaction's end.
pub fn count_mail(tx: &impl Adds, normalised: &str, form: FormId, now: DateTime<Utc>) {
    let row = confirmation_mail::ActiveModel {
        id: Set(SignupId::generate(now, tx.vault().entropy.bytes()).as_uuid()),
        address_tag: Set(mailbox_tag(tx, normalised)),
        form_id: Set(form.as_uuid()),
        sent_at: Set(now),
    };
    tx.add(&confirmation_mail::Entity::insert(row));
}

/// Forgets mails of before `limit`.
pub async fn forget_mails(tx: &Tx, limit: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = confirmation_mail::Entity::delete_many()
        .filter(confirmation_mail::Column::SentAt.lt(limit))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}

/// What mails are counted by: whatever the spelling, they fill one mailbox.
fn mailbox_tag(source: &impl Source, normalised: &str) -> Vec<u8> {
    address_tag(source, &EmailAddress::parse(normalised).map_or_else(|_| normalised.to_owned(), |it| it.mailbox()))
}

fn address_tag(source: &impl Source, normalised: &str) -> Vec<u8> {
    source.vault().master.blind_tag("signup-address", normalised).0
}

fn open(source: &impl Source, id: Uuid, sealed: Vec<u8>) -> Result<SignupContent, DbError> {
    let clear = keys::open_for_organisation(source, place(id), sealed)?;
    serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("pending_signups"))
}

const fn place(id: Uuid) -> Place<'static> {
    Place { table: "pending_signups", column: "content", row: id }
}
