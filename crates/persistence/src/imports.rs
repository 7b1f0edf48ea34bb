//! Imports: a file in parts, its rows in chunks, and how columns were mapped before. All that people wrote is sealed with
//! the organisation's key, until it is forgotten a day after the run.

use crate::{
    entity::{import, import_mapping, import_part, import_row, job},
    error::DbError,
    keys,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::HashSet;
use uuid::Uuid;
use zgoda_domain::{
    id::{AccountId, ApiKeyId, ClientId, ImportId, JobId},
    import::{CHUNK_ROWS, ImportCheck, ImportSettings, ImportState, Mapping, RowMark, RowOutcome},
    sheet::Book,
};
use zgoda_vault::Place;

/// What is sealed of an import.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportContent {
    pub file_name: String,
    #[serde(default)]
    pub book: Option<Book>,
    #[serde(default)]
    pub settings: Option<ImportSettings>,
    /// Names of tags that rows ask for and that do not exist, as checking with these settings found them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_tags: Vec<String>,
}

impl std::fmt::Debug for ImportContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportContent(…)")
    }
}

/// An import as it stands.
#[derive(Clone, Debug)]
pub struct ImportRecord {
    pub id: ImportId,
    pub version: i32,
    pub account_id: AccountId,
    /// By which the account's program began it.
    pub api_key_id: Option<ApiKeyId>,
    pub state: ImportState,
    /// Of the file, in bytes.
    pub size: u32,
    /// Rows that were read, the head included.
    pub rows: u32,
    /// Columns of the widest row.
    pub width: u32,
    pub content: ImportContent,
    /// What checking with these settings found.
    pub check: Option<ImportCheck>,
    pub job_id: Option<JobId>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

/// Some rows of a sheet, one after the other.
#[derive(Clone)]
pub struct Chunk {
    /// From 0.
    pub number: u32,
    pub rows: Vec<Vec<String>>,
    /// Of rows about which there is something to note.
    pub marks: Vec<RowMark>,
    pub outcomes: Vec<Outcome>,
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chunk({})", self.number)
    }
}

/// What became of a row, and which card it made or met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    #[serde(rename = "n")]
    pub number: u32,
    #[serde(rename = "o")]
    pub outcome: RowOutcome,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
}

impl Chunk {
    /// The number of the first row, as in the sheet.
    pub const fn first(&self) -> u32 {
        first_of(self.number)
    }
}

/// The number of a chunk's first row.
#[expect(clippy::cast_possible_truncation, reason = "a few hundred")]
const fn first_of(chunk: u32) -> u32 {
    chunk * CHUNK_ROWS as u32 + 1
}

/// The chunk that a row is in.
#[expect(clippy::cast_possible_truncation, reason = "a few hundred")]
pub const fn chunk_of(row: u32) -> u32 {
    row.saturating_sub(1) / CHUNK_ROWS as u32
}

/// Stores an import, at the transaction's end.
pub fn insert(
    tx: &impl Adds,
    id: ImportId,
    account: AccountId,
    key: Option<ApiKeyId>,
    content: &ImportContent,
    size: u32,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = import::ActiveModel {
        id: Set(id.as_uuid()),
        version: Set(1),
        account_id: Set(account.as_uuid()),
        api_key_id: Set(key.map(ApiKeyId::as_uuid)),
        state: Set(ImportState::Reading.code().to_owned()),
        size: Set(stored(size)?),
        row_count: Set(0),
        width: Set(0),
        content: Set(seal(tx, content_place(id), content)?),
        checked: Set(None),
        job_id: Set(None),
        created_at: Set(now),
        changed_at: Set(now),
    };
    tx.add(&import::Entity::insert(row));
    Ok(())
}

pub async fn load(source: &impl Source, id: ImportId) -> Result<Option<ImportRecord>, DbError> {
    let row = import::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.map(|row| to_record(source, row)).transpose()
}

/// Loads an import to change it: until the transaction ends nobody else can.
pub async fn load_locked(tx: &Tx, id: ImportId) -> Result<Option<ImportRecord>, DbError> {
    let row = import::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await?;
    row.map(|row| to_record(tx, row)).transpose()
}

/// Those that an account began in its sessions, or by this key.
fn begun_by(account: AccountId, key: Option<ApiKeyId>) -> Condition {
    let by = match key {
        Some(key) => import::Column::ApiKeyId.eq(key.as_uuid()),
        None => import::Column::ApiKeyId.is_null(),
    };
    Condition::all().add(import::Column::AccountId.eq(account.as_uuid())).add(by)
}

/// The imports that an account began in its sessions, or by this key, newest first, and the id to go on from.
pub async fn page_begun_by(
    source: &impl Source,
    account: AccountId,
    key: Option<ApiKeyId>,
    after: Option<ImportId>,
    limit: u64,
) -> Result<(Vec<ImportRecord>, Option<ImportId>), DbError> {
    let mut query = import::Entity::find().filter(begun_by(account, key));
    if let Some(after) = after {
        query = query.filter(import::Column::Id.lt(after.as_uuid()));
    }
    let mut rows = query.order_by_desc(import::Column::Id).limit(limit + 1).all(source.connection()).await?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let records = rows.into_iter().map(|row| to_record(source, row)).collect::<Result<Vec<_>, _>>()?;
    let next = records.last().filter(|_| more).map(|record| record.id);
    Ok((records, next))
}

/// How many of the imports that an account began in its sessions, or by this key, were not run.
pub async fn open_begun_by(source: &impl Source, account: AccountId, key: Option<ApiKeyId>) -> Result<u64, DbError> {
    Ok(import::Entity::find()
        .filter(begun_by(account, key))
        .filter(import::Column::State.ne(ImportState::Run.code()))
        .count(source.connection())
        .await?)
}

/// Writes an import that the transaction holds, with its next version.
pub async fn write(tx: &Tx, record: &ImportRecord, now: DateTime<Utc>) -> Result<(), DbError> {
    let checked = record.check.as_ref().map(serde_json::to_string).transpose();
    let change = import::ActiveModel {
        version: Set(record.version + 1),
        state: Set(record.state.code().to_owned()),
        row_count: Set(stored(record.rows)?),
        width: Set(stored(record.width)?),
        content: Set(seal(tx, content_place(record.id), &record.content)?),
        checked: Set(checked.map_err(|_| DbError::corrupt("imports"))?),
        job_id: Set(record.job_id.map(JobId::as_uuid)),
        changed_at: Set(now),
        ..Default::default()
    };
    let result = import::Entity::update_many()
        .set(change)
        .filter(import::Column::Id.eq(record.id.as_uuid()))
        .filter(import::Column::Version.eq(record.version))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// Forgets an import with everything that was sent.
pub async fn delete(tx: &Tx, id: ImportId) -> Result<(), DbError> {
    import::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// Stores a part of the file; one that was sent again takes the place of the former.
pub async fn put_part(tx: &Tx, id: ImportId, number: u32, content: &[u8]) -> Result<(), DbError> {
    let row = import_part::ActiveModel {
        import_id: Set(id.as_uuid()),
        number: Set(stored(number)?),
        size: Set(i32::try_from(content.len()).map_err(|_| DbError::corrupt("import_parts"))?),
        content: Set(keys::seal_for_organisation(tx, part_place(id, number), content)?),
    };
    let again = OnConflict::columns([import_part::Column::ImportId, import_part::Column::Number])
        .update_columns([import_part::Column::Size, import_part::Column::Content])
        .to_owned();
    import_part::Entity::insert(row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Numbers and sizes of the parts that are there.
pub async fn parts(source: &impl Source, id: ImportId) -> Result<Vec<(u32, u32)>, DbError> {
    let rows: Vec<(i32, i32)> = import_part::Entity::find()
        .select_only()
        .columns([import_part::Column::Number, import_part::Column::Size])
        .filter(import_part::Column::ImportId.eq(id.as_uuid()))
        .order_by_asc(import_part::Column::Number)
        .into_tuple()
        .all(source.connection())
        .await?;
    rows.into_iter().map(|(number, size)| Ok((read(number)?, read(size)?))).collect()
}

pub async fn part(source: &impl Source, id: ImportId, number: u32) -> Result<Option<Vec<u8>>, DbError> {
    let row = import_part::Entity::find_by_id((id.as_uuid(), stored(number)?)).one(source.connection()).await?;
    row.map(|row| keys::open_for_organisation(source, part_place(id, number), row.content)).transpose()
}

/// Forgets the file; its rows stay.
pub async fn delete_parts(tx: &Tx, id: ImportId) -> Result<(), DbError> {
    import_part::Entity::delete_many()
        .filter(import_part::Column::ImportId.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Adds a chunk of rows, at the transaction's end.
pub fn insert_chunk(tx: &impl Adds, id: ImportId, number: u32, rows: &[Vec<String>]) -> Result<(), DbError> {
    let row = import_row::ActiveModel {
        import_id: Set(id.as_uuid()),
        chunk: Set(stored(number)?),
        content: Set(seal(tx, rows_place(id, number), &rows)?),
        marks: Set("[]".to_owned()),
        faulty: Set(0),
        left_out: Set(0),
        outcomes: Set(None),
    };
    tx.add(&import_row::Entity::insert(row));
    Ok(())
}

/// Forgets every row.
pub async fn delete_chunks(tx: &Tx, id: ImportId) -> Result<(), DbError> {
    import_row::Entity::delete_many()
        .filter(import_row::Column::ImportId.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn chunk(source: &impl Source, id: ImportId, number: u32) -> Result<Option<Chunk>, DbError> {
    let row = import_row::Entity::find_by_id((id.as_uuid(), stored(number)?)).one(source.connection()).await?;
    row.map(|row| to_chunk(source, id, row)).transpose()
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    Faulty,
    LeftOut,
}

/// The first chunk from this one on that has rows of a kind.
pub async fn next_chunk(
    source: &impl Source,
    id: ImportId,
    from: u32,
    wanted: Wanted,
) -> Result<Option<Chunk>, DbError> {
    let mut query = import_row::Entity::find()
        .filter(import_row::Column::ImportId.eq(id.as_uuid()))
        .filter(import_row::Column::Chunk.gte(stored(from)?))
        .order_by_asc(import_row::Column::Chunk)
        .limit(1);
    query = match wanted {
        Wanted::All => query,
        Wanted::Faulty => query.filter(import_row::Column::Faulty.gt(0)),
        Wanted::LeftOut => query.filter(import_row::Column::LeftOut.gt(0)),
    };
    let row = query.one(source.connection()).await?;
    row.map(|row| to_chunk(source, id, row)).transpose()
}

/// Writes what is noted about a chunk's rows.
pub async fn write_marks(tx: &Tx, id: ImportId, number: u32, marks: &[RowMark]) -> Result<(), DbError> {
    change_chunk(tx, id, number, marked(marks)?).await
}

/// Writes rows of a chunk that were corrected, with what is noted about them.
pub async fn write_rows(tx: &Tx, id: ImportId, chunk: &Chunk) -> Result<(), DbError> {
    let content = Set(seal(tx, rows_place(id, chunk.number), &chunk.rows)?);
    change_chunk(tx, id, chunk.number, import_row::ActiveModel { content, ..marked(&chunk.marks)? }).await
}

/// Writes what became of a chunk's rows.
pub async fn write_outcomes(tx: &Tx, id: ImportId, number: u32, outcomes: &[Outcome]) -> Result<(), DbError> {
    let outcomes = serde_json::to_string(outcomes).map_err(|_| DbError::corrupt("import_rows"))?;
    let change = import_row::ActiveModel { outcomes: Set(Some(outcomes)), ..Default::default() };
    change_chunk(tx, id, number, change).await
}

/// Empties the rows that made or met these clients, who are erased: the rows are under another key than the clients'.
pub async fn forget_clients(tx: &Tx, clients: &HashSet<ClientId>) -> Result<(), DbError> {
    if clients.is_empty() {
        return Ok(());
    }
    let run: Vec<Uuid> = import::Entity::find()
        .select_only()
        .column(import::Column::Id)
        .filter(import::Column::State.eq(ImportState::Run.code()))
        .into_tuple()
        .all(tx.connection())
        .await?;
    for id in run.into_iter().map(ImportId::from_uuid) {
        let told: Vec<(i32, String)> = import_row::Entity::find()
            .select_only()
            .columns([import_row::Column::Chunk, import_row::Column::Outcomes])
            .filter(import_row::Column::ImportId.eq(id.as_uuid()))
            .filter(import_row::Column::Outcomes.is_not_null())
            .into_tuple()
            .all(tx.connection())
            .await?;
        for (number, outcomes) in told {
            let outcomes: Vec<Outcome> =
                serde_json::from_str(&outcomes).map_err(|_| DbError::corrupt("import_rows"))?;
            let gone = |outcome: &&Outcome| outcome.client.is_some_and(|client| clients.contains(&client));
            let gone: HashSet<u32> = outcomes.iter().filter(gone).map(|outcome| outcome.number).collect();
            if gone.is_empty() {
                continue;
            }
            let Some(mut chunk) = chunk(tx, id, read(number)?).await? else { continue };
            for (number, cells) in (chunk.first()..).zip(&mut chunk.rows) {
                if gone.contains(&number) {
                    cells.clear();
                }
            }
            write_rows(tx, id, &chunk).await?;
        }
    }
    Ok(())
}

fn marked(marks: &[RowMark]) -> Result<import_row::ActiveModel, DbError> {
    let count = |of: &dyn Fn(&RowMark) -> bool| {
        i32::try_from(marks.iter().filter(|mark| of(mark)).count()).map_err(|_| DbError::corrupt("import_rows"))
    };
    Ok(import_row::ActiveModel {
        marks: Set(serde_json::to_string(marks).map_err(|_| DbError::corrupt("import_rows"))?),
        faulty: Set(count(&|mark| !mark.problems.is_empty() && !mark.left_out)?),
        left_out: Set(count(&|mark| mark.left_out)?),
        ..Default::default()
    })
}

async fn change_chunk(tx: &Tx, id: ImportId, number: u32, change: import_row::ActiveModel) -> Result<(), DbError> {
    let result = import_row::Entity::update_many()
        .set(change)
        .filter(import_row::Column::ImportId.eq(id.as_uuid()))
        .filter(import_row::Column::Chunk.eq(stored(number)?))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Missing) }
}

/// How a file with columns of these names was mapped the last time.
pub async fn mapping(source: &impl Source, heads: &str) -> Result<Option<Mapping>, DbError> {
    let tag = heads_tag(source, heads);
    let row = import_mapping::Entity::find_by_id(tag.clone()).one(source.connection()).await?;
    row.map(|row| open(source, mapping_place(&tag)?, row.content, "import_mappings")).transpose()
}

/// Remembers how a file with columns of these names is mapped.
pub async fn remember_mapping(tx: &Tx, heads: &str, mapping: &Mapping, now: DateTime<Utc>) -> Result<(), DbError> {
    let tag = heads_tag(tx, heads);
    let content = seal(tx, mapping_place(&tag)?, mapping)?;
    let row = import_mapping::ActiveModel { heads_tag: Set(tag), content: Set(content), used_at: Set(now) };
    let again = OnConflict::column(import_mapping::Column::HeadsTag)
        .update_columns([import_mapping::Column::Content, import_mapping::Column::UsedAt])
        .to_owned();
    import_mapping::Entity::insert(row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Forget {
    /// Files that were not read and that nobody touched since.
    pub unread: DateTime<Utc>,
    /// Imports that were not run and that nobody touched since.
    pub open: DateTime<Utc>,
    /// Imports whose job ended before.
    pub run: DateTime<Utc>,
    /// Mappings that nobody used since.
    pub mappings: DateTime<Utc>,
}

/// Forgets what is old.
pub async fn tidy(tx: &Tx, forget: Forget) -> Result<(), DbError> {
    let at_work = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(job::Column::FinishedAt.is_null().or(job::Column::FinishedAt.gte(forget.run)))
        .into_query();
    let of = |state: ImportState| Condition::all().add(import::Column::State.eq(state.code()));
    let old = Condition::any()
        .add(of(ImportState::Reading).add(import::Column::ChangedAt.lt(forget.unread)))
        .add(of(ImportState::Open).add(import::Column::ChangedAt.lt(forget.open)))
        .add(of(ImportState::Run).add(import::Column::JobId.not_in_subquery(at_work)));
    import::Entity::delete_many().filter(old).exec(tx.connection()).await?;
    import_mapping::Entity::delete_many()
        .filter(import_mapping::Column::UsedAt.lt(forget.mappings))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that an import is still at work, so that it is not taken for forgotten.
pub async fn touch(tx: &Tx, id: ImportId, now: DateTime<Utc>) -> Result<(), DbError> {
    import::Entity::update_many()
        .col_expr(import::Column::ChangedAt, Expr::value(now))
        .filter(import::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn heads_tag(source: &impl Source, heads: &str) -> Vec<u8> {
    source.vault().master.blind_tag("import-heads", heads).0
}

fn stored(number: u32) -> Result<i32, DbError> {
    i32::try_from(number).map_err(|_| DbError::corrupt("imports"))
}

fn read(number: i32) -> Result<u32, DbError> {
    u32::try_from(number).map_err(|_| DbError::corrupt("imports"))
}

fn seal(source: &impl Source, place: Place<'static>, content: &impl Serialize) -> Result<Vec<u8>, DbError> {
    let clear = serde_json::to_vec(content).map_err(|_| DbError::corrupt(place.table))?;
    keys::seal_for_organisation(source, place, &clear)
}

fn open<T: DeserializeOwned>(
    source: &impl Source,
    place: Place<'static>,
    sealed: Vec<u8>,
    table: &'static str,
) -> Result<T, DbError> {
    let clear = keys::open_for_organisation(source, place, sealed)?;
    serde_json::from_slice(&clear).map_err(|_| DbError::corrupt(table))
}

const fn content_place(id: ImportId) -> Place<'static> {
    Place { table: "imports", column: "content", row: id.as_uuid() }
}

/// Of one import and one number: nothing passes for another part of the same file.
const fn part_place(id: ImportId, number: u32) -> Place<'static> {
    Place { table: "import_parts", column: "content", row: numbered(id, number) }
}

const fn rows_place(id: ImportId, number: u32) -> Place<'static> {
    Place { table: "import_rows", column: "content", row: numbered(id, number) }
}

const fn numbered(id: ImportId, number: u32) -> Uuid {
    Uuid::from_u128(id.as_uuid().as_u128() ^ (number as u128 + 1))
}

fn mapping_place(tag: &[u8]) -> Result<Place<'static>, DbError> {
    let row = Uuid::from_slice(tag).map_err(|_| DbError::corrupt("import_mappings"))?;
    Ok(Place { table: "import_mappings", column: "content", row })
}

fn to_record(source: &impl Source, row: import::Model) -> Result<ImportRecord, DbError> {
    let corrupt = || DbError::corrupt("imports");
    let id = ImportId::from_uuid(row.id);
    Ok(ImportRecord {
        id,
        version: row.version,
        account_id: AccountId::from_uuid(row.account_id),
        api_key_id: row.api_key_id.map(ApiKeyId::from_uuid),
        state: ImportState::from_code(&row.state).ok_or_else(corrupt)?,
        size: read(row.size)?,
        rows: read(row.row_count)?,
        width: read(row.width)?,
        content: open(source, content_place(id), row.content, "imports")?,
        check: row.checked.map(|text| serde_json::from_str(&text).map_err(|_| corrupt())).transpose()?,
        job_id: row.job_id.map(JobId::from_uuid),
        created_at: row.created_at,
        changed_at: row.changed_at,
    })
}

fn to_chunk(source: &impl Source, id: ImportId, row: import_row::Model) -> Result<Chunk, DbError> {
    let corrupt = || DbError::corrupt("import_rows");
    let number = read(row.chunk)?;
    Ok(Chunk {
        number,
        rows: open(source, rows_place(id, number), row.content, "import_rows")?,
        marks: serde_json::from_str(&row.marks).map_err(|_| corrupt())?,
        outcomes: match row.outcomes {
            Some(text) => serde_json::from_str(&text).map_err(|_| corrupt())?,
            None => Vec::new(),
        },
    })
}
