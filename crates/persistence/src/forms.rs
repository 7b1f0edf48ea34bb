//! Forms and their immutable published versions.

use crate::{
    entity::{form, form_version, submission},
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    form::FormDefinition,
    id::{FormId, FormVersionId},
    submission::SubmissionStatus,
};

/// A stored form.
#[derive(Clone, Debug, PartialEq)]
pub struct FormRecord {
    pub id: FormId,
    pub public_id: String,
    pub version: i32,
    pub name: String,
    pub definition: FormDefinition,
    pub live_version: Option<FormVersionId>,
    pub closed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// A published version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRecord {
    pub id: FormVersionId,
    pub form_id: FormId,
    /// Counts from 1 within the form.
    pub number: i32,
    pub definition: FormDefinition,
    pub published_at: DateTime<Utc>,
    /// Of the stored text of the definition; lower-case hexadecimal.
    pub sha256: String,
}

pub async fn insert(
    tx: &Tx,
    id: FormId,
    public_id: &str,
    name: &str,
    definition: &FormDefinition,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = form::ActiveModel {
        id: Set(id.as_uuid()),
        public_id: Set(public_id.to_owned()),
        version: Set(1),
        name: Set(name.to_owned()),
        definition: Set(to_text(definition)?),
        live_version_id: Set(None),
        closed_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    form::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves the draft if the version is still the one the caller saw.
pub async fn update(
    tx: &Tx,
    id: FormId,
    seen: i32,
    name: &str,
    definition: &FormDefinition,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let result = form::Entity::update_many()
        .col_expr(form::Column::Name, Expr::value(name))
        .col_expr(form::Column::Definition, Expr::value(to_text(definition)?))
        .col_expr(form::Column::Version, Expr::value(seen + 1))
        .col_expr(form::Column::UpdatedAt, Expr::value(now))
        .filter(form::Column::Id.eq(id.as_uuid()))
        .filter(form::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(()) }
}

/// Appends a version and makes it the one visitors see; the one before is retired by that.
pub async fn publish(tx: &Tx, form: &FormRecord, id: FormVersionId, now: DateTime<Utc>) -> Result<i32, DbError> {
    let last = form_version::Entity::find()
        .filter(form_version::Column::FormId.eq(form.id.as_uuid()))
        .order_by_desc(form_version::Column::Number)
        .one(tx.connection())
        .await?;
    let number = last.map_or(1, |row| row.number + 1);
    let text = to_text(&form.definition)?;
    let row = form_version::ActiveModel {
        id: Set(id.as_uuid()),
        form_id: Set(form.id.as_uuid()),
        number: Set(number),
        sha256: Set(zgoda_vault::sha256_hex(text.as_bytes())),
        definition: Set(text),
        published_at: Set(now),
    };
    form_version::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    let result = form::Entity::update_many()
        .col_expr(form::Column::LiveVersionId, Expr::value(id.as_uuid()))
        .col_expr(form::Column::ClosedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(form::Column::Id.eq(form.id.as_uuid()))
        .filter(form::Column::Version.eq(form.version))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(number) }
}

pub async fn close(tx: &Tx, id: FormId, now: DateTime<Utc>) -> Result<(), DbError> {
    let result = form::Entity::update_many()
        .col_expr(form::Column::ClosedAt, Expr::value(now))
        .filter(form::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Missing) } else { Ok(()) }
}

pub async fn all(source: &impl Source) -> Result<Vec<FormRecord>, DbError> {
    let rows = form::Entity::find().order_by_desc(form::Column::UpdatedAt).all(source.connection()).await?;
    rows.into_iter().map(to_record).collect()
}

pub async fn load(source: &impl Source, id: FormId) -> Result<Option<FormRecord>, DbError> {
    form::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?.map(to_record).transpose()
}

/// What visitors meet behind a public id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// There is no such form, or it was never published.
    None,
    /// With what was published last.
    Closed(FormVersionId),
    Open(FormVersionId),
}

pub async fn door(source: &impl Source, public_id: &str) -> Result<Door, DbError> {
    let row: Option<(Option<Uuid>, Option<DateTime<Utc>>)> = form::Entity::find()
        .select_only()
        .columns([form::Column::LiveVersionId, form::Column::ClosedAt])
        .filter(form::Column::PublicId.eq(public_id))
        .into_tuple()
        .one(source.connection())
        .await?;
    Ok(match row {
        Some((Some(live), None)) => Door::Open(FormVersionId::from_uuid(live)),
        Some((Some(last), Some(_))) => Door::Closed(FormVersionId::from_uuid(last)),
        _ => Door::None,
    })
}

pub async fn version(source: &impl Source, id: FormVersionId) -> Result<Option<VersionRecord>, DbError> {
    let row = form_version::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.map(to_version).transpose()
}

/// Everything that was published of a form, newest first.
pub async fn versions(source: &impl Source, form: FormId) -> Result<Vec<VersionRecord>, DbError> {
    let rows = form_version::Entity::find()
        .filter(form_version::Column::FormId.eq(form.as_uuid()))
        .order_by_desc(form_version::Column::Number)
        .all(source.connection())
        .await?;
    rows.into_iter().map(to_version).collect()
}

/// One of them by its number.
pub async fn numbered(source: &impl Source, form: FormId, number: i32) -> Result<Option<VersionRecord>, DbError> {
    let row = form_version::Entity::find()
        .filter(form_version::Column::FormId.eq(form.as_uuid()))
        .filter(form_version::Column::Number.eq(number))
        .one(source.connection())
        .await?;
    row.map(to_version).transpose()
}

/// Names of forms and numbers of versions, for lists.
pub async fn version_labels(
    source: &impl Source,
    ids: &[FormVersionId],
) -> Result<HashMap<FormVersionId, (String, i32)>, DbError> {
    let versions = form_version::Entity::find()
        .filter(form_version::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
        .all(source.connection())
        .await?;
    let names: HashMap<Uuid, String> = form::Entity::find()
        .filter(form::Column::Id.is_in(versions.iter().map(|version| version.form_id)))
        .all(source.connection())
        .await?
        .into_iter()
        .map(|form| (form.id, form.name))
        .collect();
    Ok(versions
        .into_iter()
        .map(|row| {
            let name = names.get(&row.form_id).cloned().unwrap_or_default();
            (FormVersionId::from_uuid(row.id), (name, row.number))
        })
        .collect())
}

/// How many submissions each form has, spam apart.
pub async fn submission_counts(source: &impl Source) -> Result<HashMap<FormId, u64>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        form_id: Uuid,
        n: i64,
    }
    let rows: Vec<Row> = submission::Entity::find()
        .select_only()
        .column(submission::Column::FormId)
        .column_as(submission::Column::Id.count(), "n")
        .filter(submission::Column::Status.ne(SubmissionStatus::Spam.code()))
        .group_by(submission::Column::FormId)
        .into_model()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (FormId::from_uuid(row.form_id), u64::try_from(row.n).unwrap_or_default())).collect())
}

fn to_text(definition: &FormDefinition) -> Result<String, DbError> {
    serde_json::to_string(definition).map_err(|_| DbError::corrupt("forms"))
}

fn to_record(row: form::Model) -> Result<FormRecord, DbError> {
    Ok(FormRecord {
        id: FormId::from_uuid(row.id),
        public_id: row.public_id,
        version: row.version,
        name: row.name,
        definition: serde_json::from_str(&row.definition).map_err(|_| DbError::corrupt("forms"))?,
        live_version: row.live_version_id.map(FormVersionId::from_uuid),
        closed_at: row.closed_at,
        updated_at: row.updated_at,
    })
}

fn to_version(row: form_version::Model) -> Result<VersionRecord, DbError> {
    if zgoda_vault::sha256_hex(row.definition.as_bytes()) != row.sha256 {
        return Err(DbError::corrupt("form_versions"));
    }
    Ok(VersionRecord {
        id: FormVersionId::from_uuid(row.id),
        form_id: FormId::from_uuid(row.form_id),
        number: row.number,
        definition: serde_json::from_str(&row.definition).map_err(|_| DbError::corrupt("form_versions"))?,
        published_at: row.published_at,
        sha256: row.sha256,
    })
}
