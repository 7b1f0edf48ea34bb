//! Files that are too large for one value: sealed in pieces, written and read one at a time.
//!
//! Each piece is bound to its file, its number and whether it is the last one: none opens as another, and a file that lacks
//! one is not read to its end. Beside each stands whom it tells of, so that an erasure finds it.

use crate::{
    entity::{client_key, file, file_chunk, job},
    error::DbError,
    keys,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Statement,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;
use zgoda_domain::{
    file::FileKind,
    id::{ClientId, FileId, JobId},
};
use zgoda_vault::{ChunkPlace, Place};

/// Bytes of a client's id.
const ID: usize = 16;

/// What a file in pieces is, once it is whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkedMeta {
    pub name: String,
    pub media_type: String,
    /// Bytes of all pieces.
    pub size: u64,
    /// Pieces.
    pub chunks: u32,
    /// What whoever made it could see then, as a hash.
    pub rights: String,
    /// Of the content; kept for whoever reads the row as any file's.
    #[serde(default)]
    sha256: String,
}

impl ChunkedMeta {
    pub fn new(name: String, media_type: &str, size: u64, chunks: u32, rights: String) -> Self {
        Self { name, media_type: media_type.to_owned(), size, chunks, rights, sha256: String::new() }
    }
}

impl std::fmt::Debug for ChunkedMeta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChunkedMeta(…)")
    }
}

/// One piece about to be stored.
#[derive(Debug)]
pub struct NewChunk<'a> {
    pub number: u32,
    pub last: bool,
    pub content: &'a [u8],
    /// Whom it tells of.
    pub clients: &'a [ClientId],
}

/// Makes an empty file of a job. It is nobody's to read before [`complete`].
pub async fn begin(tx: &Tx, id: FileId, record: JobId, now: DateTime<Utc>) -> Result<(), DbError> {
    let meta = seal_meta(tx, id, &ChunkedMeta::new(String::new(), "", 0, 0, String::new()))?;
    let row = file::ActiveModel {
        id: Set(id.as_uuid()),
        client_id: Set(None),
        kind: Set(FileKind::Export.code().to_owned()),
        record_id: Set(Some(record.as_uuid())),
        sealed_for_client: Set(false),
        size: Set(0),
        meta: Set(meta),
        content: Set(Vec::new()),
        created_at: Set(now),
    };
    file::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Whether a file is there still; until the transaction ends nobody else takes it away.
pub async fn hold(tx: &Tx, id: FileId) -> Result<bool, DbError> {
    let query = file::Entity::find().select_only().column(file::Column::Id).filter(file::Column::Id.eq(id.as_uuid()));
    Ok(query.lock_exclusive().into_tuple::<Uuid>().one(tx.connection()).await?.is_some())
}

/// Adds a piece.
pub async fn append(tx: &Tx, file: FileId, new: &NewChunk<'_>) -> Result<(), DbError> {
    let place = place(file, new.number, new.last);
    let row = file_chunk::ActiveModel {
        file_id: Set(file.as_uuid()),
        number: Set(i32::try_from(new.number).map_err(|_| DbError::corrupt("file_chunks"))?),
        content: Set(keys::seal_chunk_for_organisation(tx, place, new.content)?),
        client_ids: Set(new.clients.iter().flat_map(|id| id.as_uuid().into_bytes()).collect()),
    };
    file_chunk::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Says what the whole file is. Its life counts from now on.
pub async fn complete(tx: &Tx, id: FileId, meta: &ChunkedMeta, now: DateTime<Utc>) -> Result<(), DbError> {
    let change = file::ActiveModel {
        // As far as the column goes; the real number is sealed with the rest.
        size: Set(i32::try_from(meta.size).unwrap_or(i32::MAX)),
        meta: Set(seal_meta(tx, id, meta)?),
        created_at: Set(now),
        ..Default::default()
    };
    file::Entity::update_many().set(change).filter(file::Column::Id.eq(id.as_uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// What a file in pieces is; `None` for another kind of file, and for none.
pub async fn find(source: &impl Source, id: FileId) -> Result<Option<ChunkedMeta>, DbError> {
    let query = file::Entity::find()
        .select_only()
        .column(file::Column::Meta)
        .filter(file::Column::Id.eq(id.as_uuid()))
        .filter(file::Column::Kind.eq(FileKind::Export.code()));
    let Some(sealed) = query.into_tuple::<Vec<u8>>().one(source.connection()).await? else { return Ok(None) };
    let clear = keys::open_for_organisation(source, meta_place(id), sealed)?;
    serde_json::from_slice(&clear).map(Some).map_err(|_| DbError::corrupt("files"))
}

/// A piece of a whole file.
///
/// # Errors
/// [`DbError::Missing`] when the file is gone; [`DbError::Corrupt`] when the piece is not the one that belongs here.
pub async fn read(source: &impl Source, file: FileId, meta: &ChunkedMeta, number: u32) -> Result<Vec<u8>, DbError> {
    let query = file_chunk::Entity::find()
        .select_only()
        .column(file_chunk::Column::Content)
        .filter(file_chunk::Column::FileId.eq(file.as_uuid()))
        .filter(file_chunk::Column::Number.eq(i64::from(number)));
    let sealed = query.into_tuple::<Vec<u8>>().one(source.connection()).await?.ok_or(DbError::Missing)?;
    keys::open_chunk_for_organisation(source, place(file, number, number + 1 == meta.chunks), sealed)
}

/// Who was erased since.
pub async fn erased_since(source: &impl Source, since: DateTime<Utc>) -> Result<Vec<ClientId>, DbError> {
    let query = client_key::Entity::find()
        .select_only()
        .column(client_key::Column::ClientId)
        .filter(client_key::Column::DestroyedAt.gte(since));
    let ids = query.into_tuple::<Uuid>().all(source.connection()).await?;
    Ok(ids.into_iter().map(ClientId::from_uuid).collect())
}

/// Deletes every file that tells of one of these clients, finished or not, and whatever names it as a job's.
pub(crate) async fn forget_clients(tx: &Tx, clients: &[ClientId]) -> Result<(), DbError> {
    let files = holding(tx, clients).await?;
    if files.is_empty() {
        return Ok(());
    }
    let ids = files.iter().map(|id| id.as_uuid());
    file::Entity::delete_many().filter(file::Column::Id.is_in(ids.clone())).exec(tx.connection()).await?;
    job::Entity::update_many()
        .col_expr(job::Column::FileId, Expr::value(Option::<Uuid>::None))
        .filter(job::Column::FileId.is_in(ids))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Whether a file tells of one of these clients.
pub async fn tells_of(source: &impl Source, file: FileId, clients: &[ClientId]) -> Result<bool, DbError> {
    if clients.is_empty() {
        return Ok(false);
    }
    let told: Vec<Vec<u8>> = file_chunk::Entity::find()
        .select_only()
        .column(file_chunk::Column::ClientIds)
        .filter(file_chunk::Column::FileId.eq(file.as_uuid()))
        .into_tuple()
        .all(source.connection())
        .await?;
    let clients: HashSet<[u8; ID]> = clients.iter().map(|client| client.as_uuid().into_bytes()).collect();
    Ok(told.iter().flat_map(|ids| ids.as_chunks::<ID>().0).any(|id| clients.contains(id)))
}

/// The files that tell of one of these clients.
async fn holding(source: &impl Source, clients: &[ClientId]) -> Result<Vec<FileId>, DbError> {
    let connection = source.connection();
    let backend = connection.get_database_backend();
    let found = match backend {
        DbBackend::Postgres => "position($1 in client_ids)",
        _ => "instr(client_ids, $1)",
    };
    let mut sql = "select file_id, client_ids from file_chunks".to_owned();
    let mut values = Vec::new();
    // Of one, the database finds the few pieces that may tell; of many, it would look through all of them for each.
    if let [client] = clients {
        sql += &format!(" where {found} > 0");
        values.push(client.as_uuid().into_bytes().to_vec().into());
    }
    let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let clients: HashSet<[u8; ID]> = clients.iter().map(|client| client.as_uuid().into_bytes()).collect();
    let mut files = Vec::new();
    for row in rows {
        // The bytes of one id can stand across two others.
        let ids: Vec<u8> = row.try_get("", "client_ids")?;
        if ids.as_chunks::<ID>().0.iter().any(|id| clients.contains(id)) {
            files.push(FileId::from_uuid(row.try_get("", "file_id")?));
        }
    }
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

fn seal_meta(source: &impl Source, id: FileId, meta: &ChunkedMeta) -> Result<Vec<u8>, DbError> {
    let clear = serde_json::to_vec(meta).map_err(|_| DbError::corrupt("files"))?;
    keys::seal_for_organisation(source, meta_place(id), &clear)
}

const fn meta_place(id: FileId) -> Place<'static> {
    Place { table: "files", column: "meta", row: id.as_uuid() }
}

const fn place(file: FileId, number: u32, last: bool) -> ChunkPlace<'static> {
    ChunkPlace { file: Place { table: "file_chunks", column: "content", row: file.as_uuid() }, number, last }
}
