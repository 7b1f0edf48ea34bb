//! Messages on their way. To whom and what is sealed under the organisation's key while a message waits, and deleted
//! with its last attempt. A letter to a client goes with the client.
//!
//! `due_at` is the lease too: who claims a message puts it off until the lease ends, so that nobody else takes it
//! meanwhile, and somebody does when the claimant was cut off.

use crate::{
    entity::outbox,
    error::DbError,
    keys,
    tx::{Adds, Reader, Source, Tx},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zgoda_domain::{
    email::{EmailAddress, MobileNumber},
    id::{ClientId, MessageId},
    message::{Attachment, Attachments, Email, Message, MessageKind, MessageState, Sms},
};
use zgoda_vault::Place;

/// The sealed part.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Content {
    Email {
        to: String,
        to_name: Option<String>,
        subject: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<StoredAttachment>,
    },
    Sms {
        to: String,
        text: String,
    },
}

/// A file that goes with an e-mail.
#[derive(Serialize, Deserialize)]
struct StoredAttachment {
    name: String,
    media_type: String,
    /// Base64.
    bytes: String,
}

/// A message that only its claimant may send until the lease ends.
#[derive(Debug)]
pub struct Claimed {
    pub id: MessageId,
    /// Counts this attempt too.
    pub attempts: u32,
    pub written_at: DateTime<Utc>,
    /// Of no use to anybody from then on.
    pub expires_at: DateTime<Utc>,
    /// `None` when it cannot be read any more.
    pub message: Option<Message>,
    lease: DateTime<Utc>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// Tried again then.
    Later(DateTime<Utc>),
    GivenUp,
}

/// Whom a message goes with when they are erased.
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    /// Nobody whose data a card holds: staff, or a sign-up that takes its mail back itself.
    NoClient,
    Client(ClientId),
    /// Whoever reads this mailbox, client or not.
    Mailbox(&'a EmailAddress),
}

/// Adds a message, at the transaction's end; due at once.
pub fn insert(
    tx: &impl Adds,
    id: MessageId,
    to: Recipient<'_>,
    message: &Message,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let content = match message.clone() {
        Message::Email(Email { to, to_name, subject, text, attachments }) => {
            let files = attachments.as_slice().iter().map(|file| StoredAttachment {
                name: file.name().to_owned(),
                media_type: file.media_type().to_owned(),
                bytes: BASE64.encode(file.bytes()),
            });
            Content::Email { to: to.as_str().to_owned(), to_name, subject, text, attachments: files.collect() }
        }
        Message::Sms(Sms { to, text }) => Content::Sms { to: to.as_str().to_owned(), text },
    };
    let clear = serde_json::to_vec(&content).map_err(|_| DbError::corrupt("outbox"))?;
    let (client, tag) = match to {
        Recipient::NoClient => (None, None),
        Recipient::Client(client) => (Some(client.as_uuid()), None),
        Recipient::Mailbox(address) => (None, Some(mailbox_tag(tx, address))),
    };
    let row = outbox::ActiveModel {
        id: Set(id.as_uuid()),
        kind: Set(message.kind().code().to_owned()),
        state: Set(MessageState::Waiting.code().to_owned()),
        attempts: Set(0),
        created_at: Set(now),
        due_at: Set(now),
        expires_at: Set(expires_at),
        settled_at: Set(None),
        content: Set(Some(keys::seal_for_organisation(tx, place(id.as_uuid()), &clear)?)),
        client_id: Set(client),
        address_tag: Set(tag),
    };
    tx.add(&outbox::Entity::insert(row));
    Ok(())
}

/// Forgets what was on its way to clients who are being deleted, each with its address in normalised form: letters of the
/// card's, and those to its mailbox. To be called in a transaction that has claimed the addresses.
pub(crate) async fn forget_clients(tx: &Tx, clients: &[(ClientId, String)]) -> Result<(), DbError> {
    let of_cards = outbox::Column::ClientId.is_in(clients.iter().map(|(id, _)| id.as_uuid()));
    let addresses = clients.iter().filter_map(|(_, address)| EmailAddress::parse(address).ok());
    let tags: Vec<_> = addresses.map(|address| mailbox_tag(tx, &address)).collect();
    let mut condition = Condition::any().add(of_cards);
    if !tags.is_empty() {
        condition = condition.add(outbox::Column::AddressTag.is_in(tags));
    }
    outbox::Entity::delete_many().filter(condition).exec(tx.connection()).await?;
    Ok(())
}

/// Whatever the spelling, letters fill one mailbox.
fn mailbox_tag(source: &impl Source, address: &EmailAddress) -> Vec<u8> {
    source.vault().master.blind_tag("outbox-address", &address.mailbox()).0
}

/// Messages whose time has come, the longest waiting first.
pub async fn due(
    reader: Reader<'_>,
    kinds: &[MessageKind],
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<MessageId>, DbError> {
    let ids = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Id)
        .filter(outbox::Column::State.eq(MessageState::Waiting.code()))
        .filter(outbox::Column::Kind.is_in(kinds.iter().map(|kind| kind.code())))
        .filter(outbox::Column::DueAt.lte(now))
        .order_by_asc(outbox::Column::DueAt)
        .limit(limit)
        .into_tuple::<Uuid>()
        .all(reader.connection())
        .await?;
    Ok(ids.into_iter().map(MessageId::from_uuid).collect())
}

/// Takes a due message until `lease`; `None` when somebody else was faster.
pub async fn claim(
    tx: &Tx,
    id: MessageId,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<Option<Claimed>, DbError> {
    let result = outbox::Entity::update_many()
        .col_expr(outbox::Column::DueAt, Expr::value(lease))
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .filter(outbox::Column::Id.eq(id.as_uuid()))
        .filter(outbox::Column::State.eq(MessageState::Waiting.code()))
        .filter(outbox::Column::DueAt.lte(now))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 {
        return Ok(None);
    }
    let row = outbox::Entity::find_by_id(id.as_uuid()).one(tx.connection()).await?.ok_or(DbError::Missing)?;
    Ok(Some(Claimed {
        id,
        attempts: u32::try_from(row.attempts).map_err(|_| DbError::corrupt("outbox"))?,
        written_at: row.created_at,
        expires_at: row.expires_at,
        message: row.content.and_then(|sealed| open(tx, id, sealed).ok()),
        lease,
    }))
}

/// Notes what became of an attempt. What is sent or given up keeps no content. `false` when the lease was lost.
pub async fn settle(tx: &Tx, claimed: &Claimed, outcome: Outcome, now: DateTime<Utc>) -> Result<bool, DbError> {
    let change = match outcome {
        Outcome::Later(at) => outbox::ActiveModel { due_at: Set(at), ..Default::default() },
        Outcome::Sent => settled(MessageState::Sent, now),
        Outcome::GivenUp => settled(MessageState::GivenUp, now),
    };
    let result = outbox::Entity::update_many()
        .set(change)
        .filter(outbox::Column::Id.eq(claimed.id.as_uuid()))
        .filter(outbox::Column::State.eq(MessageState::Waiting.code()))
        .filter(outbox::Column::DueAt.eq(claimed.lease))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Gives up what is of no use any more, whether or not there is a way to send it.
pub async fn give_up_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbError> {
    let result = outbox::Entity::update_many()
        .set(settled(MessageState::GivenUp, now))
        .filter(outbox::Column::State.eq(MessageState::Waiting.code()))
        .filter(outbox::Column::ExpiresAt.lte(now))
        .filter(outbox::Column::DueAt.lte(now))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected)
}

/// Forgets that there were messages, for those settled before `limit`.
pub async fn forget_settled(tx: &Tx, limit: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = outbox::Entity::delete_many().filter(outbox::Column::SettledAt.lt(limit)).exec(tx.connection()).await?;
    Ok(gone.rows_affected)
}

fn settled(state: MessageState, now: DateTime<Utc>) -> outbox::ActiveModel {
    outbox::ActiveModel {
        state: Set(state.code().to_owned()),
        settled_at: Set(Some(now)),
        content: Set(None),
        address_tag: Set(None),
        ..Default::default()
    }
}

const fn place(id: Uuid) -> Place<'static> {
    Place { table: "outbox", column: "content", row: id }
}

fn open(source: &impl Source, id: MessageId, sealed: Vec<u8>) -> Result<Message, DbError> {
    let corrupt = || DbError::corrupt("outbox");
    let clear = keys::open_for_organisation(source, place(id.as_uuid()), sealed)?;
    Ok(match serde_json::from_slice(&clear).map_err(|_| corrupt())? {
        Content::Email { to, to_name, subject, text, attachments } => {
            let files = attachments.into_iter().map(|file| {
                let bytes = BASE64.decode(file.bytes).ok()?;
                Attachment::new(&file.name, &file.media_type, bytes).ok()
            });
            let attachments = files.collect::<Option<Vec<_>>>().and_then(|files| Attachments::new(files).ok());
            let attachments = attachments.ok_or_else(corrupt)?;
            let to = EmailAddress::parse(&to).map_err(|_| corrupt())?;
            Message::Email(Email { to, to_name, subject, text, attachments })
        }
        Content::Sms { to, text } => Message::Sms(Sms { to: MobileNumber::parse(&to).map_err(|_| corrupt())?, text }),
    })
}
