//! Stored files, such as the scan of a signed consent or what a visitor attached. Name and content are sealed: under the
//! client's key once there is a client, else under the organisation's.

use crate::{
    entity::{file, submission},
    error::DbError,
    keys::{self, KeyedClient},
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zgoda_domain::{
    file::FileKind,
    id::{ClientId, FileId},
};
use zgoda_vault::Place;

/// What a file is called and what it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMeta {
    pub name: String,
    pub media_type: String,
    /// Of the content; lower-case hexadecimal.
    pub sha256: String,
}

impl std::fmt::Debug for FileMeta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileMeta(…)")
    }
}

/// A file about to be stored.
#[derive(Debug)]
pub struct NewFile<'a> {
    pub id: FileId,
    pub kind: FileKind,
    /// What it belongs to: a submission, for instance.
    pub record_id: Option<Uuid>,
    pub meta: &'a FileMeta,
    pub content: &'a [u8],
}

/// A stored file without its content.
#[derive(Clone, Debug)]
pub struct FileRecord {
    pub id: FileId,
    pub client_id: Option<ClientId>,
    pub kind: FileKind,
    pub record_id: Option<Uuid>,
    /// Bytes.
    pub size: i32,
    /// `None` when the key was destroyed with the person's data.
    pub meta: Option<FileMeta>,
    pub created_at: DateTime<Utc>,
}

/// Stores a client's file, at the transaction's end.
pub fn insert_for_client(
    tx: &impl Adds,
    client: &KeyedClient,
    new: &NewFile<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    insert(tx, Some(client), new, now)
}

/// The same for a known client.
pub async fn insert_for(tx: &Tx, client: ClientId, new: &NewFile<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let client = keys::of_client(tx, client).await?.ok_or(DbError::Missing)?;
    insert(tx, Some(&client), new, now)
}

/// Stores a file that belongs to no client yet, at the transaction's end.
pub fn insert_for_organisation(tx: &impl Adds, new: &NewFile<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    insert(tx, None, new, now)
}

fn insert(tx: &impl Adds, client: Option<&KeyedClient>, new: &NewFile<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let id = new.id.as_uuid();
    let meta = serde_json::to_vec(new.meta).map_err(|_| DbError::corrupt("files"))?;
    let seal = |place, clear: &[u8]| match client {
        Some(client) => client.seal(tx, place, clear),
        None => keys::seal_for_organisation(tx, place, clear),
    };
    let row = file::ActiveModel {
        id: Set(id),
        client_id: Set(client.map(|client| client.id().as_uuid())),
        kind: Set(new.kind.code().to_owned()),
        record_id: Set(new.record_id),
        sealed_for_client: Set(client.is_some()),
        size: Set(i32::try_from(new.content.len()).map_err(|_| DbError::corrupt("files"))?),
        meta: Set(seal(meta_place(id), &meta)?),
        content: Set(seal(content_place(id), new.content)?),
        created_at: Set(now),
    };
    tx.add(&file::Entity::insert(row));
    Ok(())
}

/// Makes the files of a record, such as an accepted submission, a client's.
pub async fn give_to_client(tx: &Tx, record: Uuid, client: ClientId) -> Result<(), DbError> {
    let rows = file::Entity::find()
        .filter(file::Column::RecordId.eq(record))
        .filter(file::Column::ClientId.is_null())
        .all(tx.connection())
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let client = keys::of_client(tx, client).await?.ok_or(DbError::Missing)?;
    for row in rows {
        let meta = keys::open_for_organisation(tx, meta_place(row.id), row.meta)?;
        let content = keys::open_for_organisation(tx, content_place(row.id), row.content)?;
        let change = file::ActiveModel {
            client_id: Set(Some(client.id().as_uuid())),
            sealed_for_client: Set(true),
            meta: Set(client.seal(tx, meta_place(row.id), &meta)?),
            content: Set(client.seal(tx, content_place(row.id), &content)?),
            ..Default::default()
        };
        file::Entity::update_many().set(change).filter(file::Column::Id.eq(row.id)).exec(tx.connection()).await?;
    }
    Ok(())
}

/// Makes files of one client another one's, sealed anew under that one's key: those with these ids, or all. Their ids.
pub(crate) async fn move_between(
    tx: &Tx,
    from: &KeyedClient,
    to: &KeyedClient,
    which: Option<&[Uuid]>,
) -> Result<Vec<Uuid>, DbError> {
    let mut query = file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::ClientId.eq(from.id().as_uuid()));
    if let Some(ids) = which {
        query = query.filter(file::Column::Id.is_in(ids.iter().copied()));
    }
    let ids: Vec<Uuid> = query.into_tuple().all(tx.connection()).await?;
    for id in &ids {
        // One at a time: contents can be large.
        let Some(row) = file::Entity::find_by_id(*id).one(tx.connection()).await? else { continue };
        let mut change = file::ActiveModel { client_id: Set(Some(to.id().as_uuid())), ..Default::default() };
        if row.sealed_for_client {
            let meta = from.open(meta_place(row.id), row.meta)?;
            let content = from.open(content_place(row.id), row.content)?;
            change.meta = Set(to.seal(tx, meta_place(row.id), &meta)?);
            change.content = Set(to.seal(tx, content_place(row.id), &content)?);
        }
        file::Entity::update_many().set(change).filter(file::Column::Id.eq(*id)).exec(tx.connection()).await?;
    }
    Ok(ids)
}

/// The same for a client that this transaction makes, whose row is written at its end.
pub async fn give_to_new(tx: &Tx, record: Uuid, client: &KeyedClient) -> Result<(), DbError> {
    let rows = file::Entity::find()
        .filter(file::Column::RecordId.eq(record))
        .filter(file::Column::ClientId.is_null())
        .all(tx.connection())
        .await?;
    for row in rows {
        let meta = keys::open_for_organisation(tx, meta_place(row.id), row.meta)?;
        let content = keys::open_for_organisation(tx, content_place(row.id), row.content)?;
        file::Entity::delete_by_id(row.id).exec(tx.connection()).await?;
        tx.add(&file::Entity::insert(file::ActiveModel {
            id: Set(row.id),
            client_id: Set(Some(client.id().as_uuid())),
            kind: Set(row.kind),
            record_id: Set(row.record_id),
            sealed_for_client: Set(true),
            size: Set(row.size),
            meta: Set(client.seal(tx, meta_place(row.id), &meta)?),
            content: Set(client.seal(tx, content_place(row.id), &content)?),
            created_at: Set(row.created_at),
        }));
    }
    Ok(())
}

/// A file with its content; `None` also when its key was destroyed.
pub async fn load(source: &impl Source, id: FileId) -> Result<Option<(FileRecord, Vec<u8>)>, DbError> {
    let Some(row) = file::Entity::find_by_id(id.as_uuid()).one(source.connection()).await? else {
        return Ok(None);
    };
    let content = match owner(source, row.client_id, row.sealed_for_client).await? {
        Owner::Organisation => keys::open_for_organisation(source, content_place(row.id), row.content.clone())?,
        Owner::Client(client) => client.open(content_place(row.id), row.content.clone())?,
        Owner::Gone => return Ok(None),
    };
    let row = Row {
        id: row.id,
        client_id: row.client_id,
        kind: row.kind,
        record_id: row.record_id,
        sealed_for_client: row.sealed_for_client,
        size: row.size,
        meta: row.meta,
        created_at: row.created_at,
    };
    Ok(Some((to_record(source, row).await?, content)))
}

/// A file without its content.
pub async fn find(source: &impl Source, id: FileId) -> Result<Option<FileRecord>, DbError> {
    Ok(listed(source, file::Column::Id.eq(id.as_uuid())).await?.pop())
}

/// How many bytes a client's files take.
pub async fn size_of_client(source: &impl Source, client: ClientId) -> Result<u64, DbError> {
    let sizes: Vec<i32> = file::Entity::find()
        .select_only()
        .column(file::Column::Size)
        .filter(file::Column::ClientId.eq(client.as_uuid()))
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(sizes.into_iter().map(|size| u64::try_from(size).unwrap_or_default()).sum())
}

/// Attaches a client's file to what it belongs to, unless it belongs to something already. Of several who try at once,
/// one succeeds.
pub async fn attach(tx: &Tx, id: FileId, client: ClientId, kind: FileKind, record: Uuid) -> Result<bool, DbError> {
    let result = file::Entity::update_many()
        .col_expr(file::Column::RecordId, Expr::value(record))
        .filter(file::Column::Id.eq(id.as_uuid()))
        .filter(file::Column::ClientId.eq(client.as_uuid()))
        .filter(file::Column::Kind.eq(kind.code()))
        .filter(file::Column::RecordId.is_null())
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Deletes files of a kind that were stored before and still belong to nothing.
pub async fn forget_unattached(tx: &Tx, kind: FileKind, before: DateTime<Utc>) -> Result<(), DbError> {
    file::Entity::delete_many()
        .filter(file::Column::Kind.eq(kind.code()))
        .filter(file::Column::RecordId.is_null())
        .filter(file::Column::CreatedAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes files of a kind that were stored before.
pub async fn forget_older(tx: &Tx, kind: FileKind, before: DateTime<Utc>) -> Result<(), DbError> {
    file::Entity::delete_many()
        .filter(file::Column::Kind.eq(kind.code()))
        .filter(file::Column::CreatedAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// A client's files, oldest first, without their content.
pub async fn of_client(source: &impl Source, client: ClientId) -> Result<Vec<FileRecord>, DbError> {
    let condition = file::Column::ClientId.eq(client.as_uuid());
    listed(source, condition).await
}

/// The files of a record, oldest first, without their content.
pub async fn of_record(source: &impl Source, record: Uuid) -> Result<Vec<FileRecord>, DbError> {
    listed(source, file::Column::RecordId.eq(record)).await
}

/// Deletes what was attached to submissions that name clients, accepted or not. To be called while they are there.
pub(crate) async fn forget_submitted(tx: &Tx, clients: &[ClientId]) -> Result<(), DbError> {
    let own = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .into_query();
    file::Entity::delete_many()
        .filter(file::Column::Kind.eq(FileKind::SubmissionFile.code()))
        .filter(file::Column::RecordId.in_subquery(own))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes what was attached to submissions that are gone.
pub async fn forget_orphans(tx: &Tx) -> Result<(), DbError> {
    let all = submission::Entity::find().select_only().column(submission::Column::Id).into_query();
    file::Entity::delete_many()
        .filter(file::Column::Kind.eq(FileKind::SubmissionFile.code()))
        .filter(file::Column::RecordId.not_in_subquery(all))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deletes the files of a record.
pub async fn delete_of_record(tx: &Tx, record: Uuid) -> Result<(), DbError> {
    file::Entity::delete_many().filter(file::Column::RecordId.eq(record)).exec(tx.connection()).await?;
    Ok(())
}

/// A row without its content, which can be large.
#[derive(sea_orm::FromQueryResult)]
struct Row {
    id: Uuid,
    client_id: Option<Uuid>,
    kind: String,
    record_id: Option<Uuid>,
    sealed_for_client: bool,
    size: i32,
    meta: Vec<u8>,
    created_at: DateTime<Utc>,
}

async fn listed(source: &impl Source, condition: sea_orm::sea_query::SimpleExpr) -> Result<Vec<FileRecord>, DbError> {
    let rows = file::Entity::find()
        .select_only()
        .columns([
            file::Column::Id,
            file::Column::ClientId,
            file::Column::Kind,
            file::Column::RecordId,
            file::Column::SealedForClient,
            file::Column::Size,
            file::Column::Meta,
            file::Column::CreatedAt,
        ])
        .filter(condition)
        .order_by_asc(file::Column::Id)
        .into_model::<Row>()
        .all(source.connection())
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        records.push(to_record(source, row).await?);
    }
    Ok(records)
}

/// Whose key seals a file.
enum Owner {
    Organisation,
    Client(KeyedClient),
    /// The key was destroyed.
    Gone,
}

async fn owner(source: &impl Source, client: Option<Uuid>, sealed_for_client: bool) -> Result<Owner, DbError> {
    match client.filter(|_| sealed_for_client) {
        None => Ok(Owner::Organisation),
        Some(client) => {
            Ok(keys::of_client(source, ClientId::from_uuid(client)).await?.map_or(Owner::Gone, Owner::Client))
        }
    }
}

async fn to_record(source: &impl Source, row: Row) -> Result<FileRecord, DbError> {
    let clear = match owner(source, row.client_id, row.sealed_for_client).await? {
        Owner::Organisation => Some(keys::open_for_organisation(source, meta_place(row.id), row.meta)?),
        Owner::Client(client) => Some(client.open(meta_place(row.id), row.meta)?),
        Owner::Gone => None,
    };
    let meta = clear.map(|clear| serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("files"))).transpose()?;
    Ok(FileRecord {
        id: FileId::from_uuid(row.id),
        client_id: row.client_id.map(ClientId::from_uuid),
        kind: FileKind::from_code(&row.kind).ok_or(DbError::corrupt("files"))?,
        record_id: row.record_id,
        size: row.size,
        meta,
        created_at: row.created_at,
    })
}

const fn meta_place(id: Uuid) -> Place<'static> {
    Place { table: "files", column: "meta", row: id }
}

const fn content_place(id: Uuid) -> Place<'static> {
    Place { table: "files", column: "content", row: id }
}
