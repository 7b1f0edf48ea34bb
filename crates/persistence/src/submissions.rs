//! What visitors sent. Answers and their origin are sealed: under the client's key once there is a client, else under
//! the organisation's.

use crate::{
    client_list,
    entity::{client, pending_signup, submission},
    error::DbError,
    keys::{self, KeyedClient},
    tx::{Adds, Reader, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, Func, Query},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    access::Visible,
    id::{AccountId, ClientId, FormId, FormVersionId, SubmissionId},
    submission::{Answers, SubmissionStatus, Suspicion},
};
use zgoda_vault::Place;

/// The sealed part.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionContent {
    pub answers: Answers,
    /// Absent in anonymous forms.
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Origin of the page that carried the form.
    pub page: Option<String>,
    /// Keys of the ticked consents that waited for a click when it arrived: whatever becomes of their purposes, nobody but
    /// the mailbox gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waited: Vec<String>,
}

impl std::fmt::Debug for SubmissionContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubmissionContent(…)")
    }
}

/// A submission's open part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionRecord {
    pub id: SubmissionId,
    pub form_id: FormId,
    pub form_version_id: FormVersionId,
    pub client_id: Option<ClientId>,
    pub client_name: Option<String>,
    pub status: SubmissionStatus,
    /// Why it is spam.
    pub suspicion: Option<Suspicion>,
    pub received_at: DateTime<Utc>,
}

/// Whom a new submission concerns.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// No client: the form only stores.
    Nobody,
    /// The client whose card this submission makes.
    New(&'a KeyedClient),
    /// A known client, as a stranger claims: staff decide.
    Claimed(ClientId),
    /// A program, by all appearances: kept apart.
    Suspicious(Suspicion),
}

impl Sender<'_> {
    const fn client(self) -> Option<ClientId> {
        match self {
            Self::Nobody | Self::Suspicious(_) => None,
            Self::New(client) => Some(client.id()),
            Self::Claimed(id) => Some(id),
        }
    }

    const fn status(self) -> SubmissionStatus {
        match self {
            Self::Nobody | Self::New(_) => SubmissionStatus::Accepted,
            Self::Claimed(_) => SubmissionStatus::Review,
            Self::Suspicious(_) => SubmissionStatus::Spam,
        }
    }

    const fn suspicion(self) -> Option<Suspicion> {
        match self {
            Self::Suspicious(suspicion) => Some(suspicion),
            _ => None,
        }
    }
}

/// A submission about to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewSubmission<'a> {
    pub id: SubmissionId,
    pub form_id: FormId,
    pub form_version_id: FormVersionId,
    pub sender: Sender<'a>,
    pub content: &'a SubmissionContent,
}

/// Inserts a submission, at the transaction's end.
pub fn insert(tx: &impl Adds, new: NewSubmission<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let (clear, place) = (to_bytes(new.content)?, place(new.id.as_uuid()));
    let content = match new.sender {
        Sender::New(client) => client.seal(tx, place, &clear)?,
        // A stranger's claim to be a known client is not sealed as that client's data before staff accept it.
        Sender::Nobody | Sender::Claimed(_) | Sender::Suspicious(_) => keys::seal_for_organisation(tx, place, &clear)?,
    };
    let row = submission::ActiveModel {
        id: Set(new.id.as_uuid()),
        form_id: Set(new.form_id.as_uuid()),
        form_version_id: Set(new.form_version_id.as_uuid()),
        client_id: Set(new.sender.client().map(ClientId::as_uuid)),
        status: Set(new.sender.status().code().to_owned()),
        suspicion: Set(new.sender.suspicion().map(|suspicion| suspicion.code().to_owned())),
        sealed_for_client: Set(matches!(new.sender, Sender::New(_))),
        content: Set(content),
        received_at: Set(now),
        decided_at: Set(None),
        decided_by: Set(None),
    };
    tx.add(&submission::Entity::insert(row));
    Ok(())
}

/// Decides a submission that waits for review. Accepting seals it anew under the client's key.
pub async fn decide(
    tx: &Tx,
    id: SubmissionId,
    status: SubmissionStatus,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = submission::Entity::find_by_id(id.as_uuid()).one(tx.connection()).await?.ok_or(DbError::Missing)?;
    let mut change = submission::ActiveModel {
        status: Set(status.code().to_owned()),
        decided_at: Set(Some(now)),
        decided_by: Set(by.map(AccountId::as_uuid)),
        ..Default::default()
    };
    if let (SubmissionStatus::Accepted, Some(client)) = (status, row.client_id) {
        let clear = to_bytes(&open(tx, &row).await?)?;
        let client = keys::of_client(tx, ClientId::from_uuid(client)).await?.ok_or(DbError::Missing)?;
        change.content = Set(client.seal(tx, place(id.as_uuid()), &clear)?);
        change.sealed_for_client = Set(true);
    }
    let result = submission::Entity::update_many()
        .set(change)
        .filter(submission::Column::Id.eq(id.as_uuid()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Review.code()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(()) }
}

/// Makes submissions of one client another one's, sealed anew under that one's key: those with these ids, or all. Their ids.
pub(crate) async fn move_between(
    tx: &Tx,
    from: &KeyedClient,
    to: &KeyedClient,
    which: Option<&[Uuid]>,
) -> Result<Vec<Uuid>, DbError> {
    let mut query = submission::Entity::find().filter(submission::Column::ClientId.eq(from.id().as_uuid()));
    if let Some(ids) = which {
        query = query.filter(submission::Column::Id.is_in(ids.iter().copied()));
    }
    let mut moved = Vec::new();
    for row in query.all(tx.connection()).await? {
        let mut change = submission::ActiveModel { client_id: Set(Some(to.id().as_uuid())), ..Default::default() };
        if row.sealed_for_client {
            let clear = from.open(place(row.id), row.content)?;
            change.content = Set(to.seal(tx, place(row.id), &clear)?);
        }
        submission::Entity::update_many()
            .set(change)
            .filter(submission::Column::Id.eq(row.id))
            .exec(tx.connection())
            .await?;
        moved.push(row.id);
    }
    Ok(moved)
}

/// A submission with its content opened.
pub async fn load(
    source: &impl Source,
    id: SubmissionId,
) -> Result<Option<(SubmissionRecord, SubmissionContent)>, DbError> {
    let Some(row) = submission::Entity::find_by_id(id.as_uuid()).one(source.connection()).await? else {
        return Ok(None);
    };
    let content = open(source, &row).await?;
    let record = with_names(source, vec![row]).await?.pop().ok_or(DbError::Missing)?;
    Ok(Some((record, content)))
}

/// Takes a submission out of the spam, for what it would have become without the suspicion.
pub async fn release(
    tx: &Tx,
    id: SubmissionId,
    sender: Sender<'_>,
    content: &SubmissionContent,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let (clear, place) = (to_bytes(content)?, place(id.as_uuid()));
    let mut change = submission::ActiveModel {
        status: Set(sender.status().code().to_owned()),
        suspicion: Set(sender.suspicion().map(|suspicion| suspicion.code().to_owned())),
        client_id: Set(sender.client().map(ClientId::as_uuid)),
        decided_at: Set(Some(now)),
        decided_by: Set(by.map(AccountId::as_uuid)),
        ..Default::default()
    };
    if let Sender::New(client) = sender {
        change.content = Set(client.seal(tx, place, &clear)?);
        change.sealed_for_client = Set(true);
    }
    let result = submission::Entity::update_many()
        .set(change)
        .filter(submission::Column::Id.eq(id.as_uuid()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Spam.code()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(()) }
}

/// Deletes spam; nothing else can be deleted without its client.
pub async fn delete_spam(tx: &Tx, id: SubmissionId) -> Result<(), DbError> {
    let result = submission::Entity::delete_many()
        .filter(submission::Column::Id.eq(id.as_uuid()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Spam.code()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(()) }
}

/// Forgets spam that was received before.
pub async fn forget_spam(tx: &Tx, before: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = submission::Entity::delete_many()
        .filter(submission::Column::Status.eq(SubmissionStatus::Spam.code()))
        .filter(submission::Column::ReceivedAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}

/// One page, newest first, with the id to go on from. Spam only where it is asked for.
pub async fn page(
    reader: Reader<'_>,
    visible: &Visible,
    form: Option<FormId>,
    status: Option<SubmissionStatus>,
    after: Option<SubmissionId>,
    limit: u64,
) -> Result<(Vec<SubmissionRecord>, Option<SubmissionId>), DbError> {
    let mut query = submission::Entity::find().order_by_desc(submission::Column::Id).limit(limit + 1);
    if !visible.is_everything() {
        let (clients, values) = client_list::visible_ids(reader.connection().get_database_backend(), visible);
        query = query.filter(Expr::cust_with_values(format!("client_id in ({clients})"), values));
    }
    if let Some(form) = form {
        query = query.filter(submission::Column::FormId.eq(form.as_uuid()));
    }
    query = match status {
        Some(status) => query.filter(submission::Column::Status.eq(status.code())),
        None => query.filter(submission::Column::Status.ne(SubmissionStatus::Spam.code())),
    };
    if let Some(after) = after {
        query = query.filter(submission::Column::Id.lt(after.as_uuid()));
    }
    let mut rows = query.all(reader.connection()).await?;
    let more = u64::try_from(rows.len()).unwrap_or(0) > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| SubmissionId::from_uuid(row.id));
    Ok((with_names(&reader, rows).await?, next))
}

/// Everything a client sent, newest first, with its content opened.
pub async fn of_client(
    source: &impl Source,
    id: ClientId,
) -> Result<Vec<(SubmissionRecord, SubmissionContent)>, DbError> {
    let rows = submission::Entity::find()
        .filter(submission::Column::ClientId.eq(id.as_uuid()))
        .order_by_desc(submission::Column::Id)
        .all(source.connection())
        .await?;
    let mut contents = Vec::with_capacity(rows.len());
    for row in &rows {
        contents.push(open(source, row).await?);
    }
    Ok(with_names(source, rows).await?.into_iter().zip(contents).collect())
}

/// Whether a form has that many submissions, those that look like spam apart. Those that wait for their confirmation have
/// their place, unless no mail asks for it. Looks at no more of them than it has to.
pub async fn reach(source: &impl Source, form: FormId, number: u32, now: DateTime<Utc>) -> Result<bool, DbError> {
    let taken = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::FormId.eq(form.as_uuid()))
        .filter(submission::Column::Status.ne(SubmissionStatus::Spam.code()))
        .limit(u64::from(number))
        .into_query();
    let waiting = pending_signup::Entity::find()
        .select_only()
        .column(pending_signup::Column::Id)
        .filter(pending_signup::Column::FormId.eq(form.as_uuid()))
        .filter(pending_signup::Column::SubmissionId.is_null())
        .filter(pending_signup::Column::Mailed.eq(true))
        .filter(pending_signup::Column::ExpiresAt.gt(now))
        .limit(u64::from(number))
        .into_query();
    let mut sum = 0;
    // In this order: one that is confirmed between the two is counted twice rather than not at all.
    for counted in [waiting, taken] {
        let query =
            Query::select().expr_as(Func::count(Expr::col(Asterisk)), "n").from_subquery(counted, "counted").to_owned();
        let connection = source.connection();
        let statement = connection.get_database_backend().build(&query);
        let row = connection.query_one_raw(statement).await?.ok_or(DbError::Missing)?;
        sum += row.try_get::<i64>("", "n")?;
    }
    Ok(sum >= i64::from(number))
}

async fn with_names(source: &impl Source, rows: Vec<submission::Model>) -> Result<Vec<SubmissionRecord>, DbError> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.client_id).collect();
    let names: HashMap<Uuid, String> = client::Entity::find()
        .select_only()
        .columns([client::Column::Id, client::Column::Name])
        .filter(client::Column::Id.is_in(ids))
        .into_tuple::<(Uuid, String)>()
        .all(source.connection())
        .await?
        .into_iter()
        .collect();
    rows.into_iter()
        .map(|row| {
            Ok(SubmissionRecord {
                id: SubmissionId::from_uuid(row.id),
                form_id: FormId::from_uuid(row.form_id),
                form_version_id: FormVersionId::from_uuid(row.form_version_id),
                client_name: row.client_id.and_then(|id| names.get(&id).cloned()),
                client_id: row.client_id.map(ClientId::from_uuid),
                status: SubmissionStatus::from_code(&row.status).ok_or(DbError::corrupt("submissions"))?,
                suspicion: row.suspicion.as_deref().and_then(Suspicion::from_code),
                received_at: row.received_at,
            })
        })
        .collect()
}

const fn place(id: Uuid) -> Place<'static> {
    Place { table: "submissions", column: "content", row: id }
}

fn to_bytes(content: &SubmissionContent) -> Result<Vec<u8>, DbError> {
    serde_json::to_vec(content).map_err(|_| DbError::corrupt("submissions"))
}

async fn open(source: &impl Source, row: &submission::Model) -> Result<SubmissionContent, DbError> {
    let (place, sealed) = (place(row.id), row.content.clone());
    let clear = match row.client_id.filter(|_| row.sealed_for_client).map(ClientId::from_uuid) {
        None => keys::open_for_organisation(source, place, sealed)?,
        Some(owner) => match keys::of_client(source, owner).await? {
            Some(client) => client.open(place, sealed)?,
            // The client was erased: what remains says that something was sent, not what.
            None => return Ok(SubmissionContent::default()),
        },
    };
    serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("submissions"))
}
