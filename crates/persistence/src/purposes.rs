//! Purposes, and what rests on them.

use crate::{
    entity::{consent_event, consent_state, form, form_version, purpose, wording},
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement, sea_query::Expr,
};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    consent::{Channel, ConsentStatus, EvidenceGrade, LawfulBasis, Purpose},
    form::FormDefinition,
    id::{FormId, PurposeId, WordingId},
    text::ShortText,
};

pub async fn insert(tx: &Tx, purpose: &Purpose, now: DateTime<Utc>) -> Result<(), DbError> {
    let row = purpose::ActiveModel {
        id: Set(purpose.id.as_uuid()),
        name: Set(purpose.name.as_str().to_owned()),
        basis: Set(purpose.basis.code().to_owned()),
        is_marketing: Set(purpose.is_marketing),
        channels: Set(channel_codes(purpose)),
        validity_days: Set(purpose.validity_days.map(i32::from)),
        created_at: Set(now),
        version: Set(purpose.version),
        parent_id: Set(purpose.parent_id.map(PurposeId::as_uuid)),
        double_opt_in: Set(purpose.double_opt_in),
        retired_at: Set(purpose.retired_at),
    };
    purpose::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The channels as they are stored.
fn channel_codes(purpose: &Purpose) -> String {
    purpose.channels.iter().map(|channel| channel.code()).collect::<Vec<_>>().join(",")
}

/// All purposes, by name.
pub async fn all(source: &impl Source) -> Result<Vec<Purpose>, DbError> {
    Ok(dated(source).await?.into_iter().map(|(purpose, _)| purpose).collect())
}

/// All purposes, by name, each with the time it was made.
pub async fn dated(source: &impl Source) -> Result<Vec<(Purpose, DateTime<Utc>)>, DbError> {
    let rows = purpose::Entity::find().order_by_asc(purpose::Column::Name).all(source.connection()).await?;
    rows.into_iter().map(to_purpose).collect()
}

pub async fn find(source: &impl Source, id: PurposeId) -> Result<Option<Purpose>, DbError> {
    let row = purpose::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.map(|row| to_purpose(row).map(|(purpose, _)| purpose)).transpose()
}

/// Changes of purposes wait for one another: each looks at the whole tree before it decides. Needless on SQLite: one
/// writer.
pub async fn lock_changes(tx: &Tx) -> Result<(), DbError> {
    let connection = tx.connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared("select pg_advisory_xact_lock(7002)").await?;
    }
    Ok(())
}

/// Holds a purpose until this transaction ends: meanwhile nothing new can name it.
pub async fn hold(tx: &Tx, id: PurposeId) -> Result<(), DbError> {
    let query = purpose::Entity::find_by_id(id.as_uuid()).select_only().column(purpose::Column::Id);
    let found: Option<Uuid> = query.lock_exclusive().into_tuple().one(tx.connection()).await?;
    found.map(|_| ()).ok_or(DbError::Missing)
}

/// Overwrites a purpose if it still has the version the caller saw.
pub async fn update(tx: &Tx, purpose: &Purpose, seen: i32) -> Result<(), DbError> {
    let result = purpose::Entity::update_many()
        .col_expr(purpose::Column::Name, Expr::value(purpose.name.as_str()))
        .col_expr(purpose::Column::Basis, Expr::value(purpose.basis.code()))
        .col_expr(purpose::Column::IsMarketing, Expr::value(purpose.is_marketing))
        .col_expr(purpose::Column::Channels, Expr::value(channel_codes(purpose)))
        .col_expr(purpose::Column::ValidityDays, Expr::value(purpose.validity_days.map(i32::from)))
        .col_expr(purpose::Column::ParentId, Expr::value(purpose.parent_id.map(PurposeId::as_uuid)))
        .col_expr(purpose::Column::DoubleOptIn, Expr::value(purpose.double_opt_in))
        .col_expr(purpose::Column::RetiredAt, Expr::value(purpose.retired_at))
        .col_expr(purpose::Column::Version, Expr::value(purpose.version))
        .filter(purpose::Column::Id.eq(purpose.id.as_uuid()))
        .filter(purpose::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// Whether a purpose has a wording or an entry in the ledger.
pub async fn is_used(tx: &Tx, id: PurposeId) -> Result<bool, DbError> {
    let worded = wording::Entity::find()
        .select_only()
        .column(wording::Column::Id)
        .filter(wording::Column::PurposeId.eq(id.as_uuid()))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(tx.connection())
        .await?;
    if worded.is_some() {
        return Ok(true);
    }
    let connection = tx.connection();
    Ok(connection.query_one_raw(answered_statement(connection.get_database_backend(), id)).await?.is_some())
}

/// An entry of a purpose that has no wording, as SQL; public so that plan tests can run exactly the same.
pub fn answered_statement(backend: DbBackend, id: PurposeId) -> Statement {
    consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::PurposeId)
        .filter(consent_event::Column::PurposeId.eq(id.as_uuid()))
        .filter(consent_event::Column::WordingId.is_null())
        .limit(1)
        .build(backend)
}

/// How many consents allow something at a moment, by purpose and the wording they rest on.
pub async fn live_consents(
    source: &impl Source,
    now: DateTime<Utc>,
) -> Result<HashMap<(PurposeId, Option<WordingId>), u64>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        purpose_id: Uuid,
        wording_id: Option<Uuid>,
        n: i64,
    }
    let proven = EvidenceGrade::ALL.iter().filter(|grade| **grade < EvidenceGrade::D).map(|grade| grade.code());
    let rows: Vec<Row> = consent_state::Entity::find()
        .select_only()
        .columns([consent_state::Column::PurposeId, consent_state::Column::WordingId])
        .column_as(consent_state::Column::ClientId.count(), "n")
        .filter(consent_state::Column::Status.eq(ConsentStatus::Given.code()))
        .filter(consent_state::Column::Grade.is_in(proven))
        .filter(
            Condition::any()
                .add(consent_state::Column::ExpiresAt.is_null())
                .add(consent_state::Column::ExpiresAt.gt(now)),
        )
        .group_by(consent_state::Column::PurposeId)
        .group_by(consent_state::Column::WordingId)
        .into_model()
        .all(source.connection())
        .await?;
    let counted = rows.into_iter().map(|row| {
        let key = (PurposeId::from_uuid(row.purpose_id), row.wording_id.map(WordingId::from_uuid));
        (key, u64::try_from(row.n).unwrap_or_default())
    });
    Ok(counted.collect())
}

/// A form that visitors can answer now.
#[derive(Clone, Debug)]
pub struct OpenForm {
    pub id: FormId,
    pub name: String,
    /// What visitors see of it.
    pub definition: FormDefinition,
}

/// The forms that visitors can answer now, by name.
pub async fn open_forms(source: &impl Source) -> Result<Vec<OpenForm>, DbError> {
    let forms = form::Entity::find()
        .filter(form::Column::ClosedAt.is_null())
        .filter(form::Column::LiveVersionId.is_not_null())
        .all(source.connection())
        .await?;
    let live: Vec<Uuid> = forms.iter().filter_map(|form| form.live_version_id).collect();
    if live.is_empty() {
        return Ok(Vec::new());
    }
    let versions =
        form_version::Entity::find().filter(form_version::Column::Id.is_in(live)).all(source.connection()).await?;
    let mut names: HashMap<Uuid, String> = forms.into_iter().map(|form| (form.id, form.name)).collect();
    let mut open = versions
        .into_iter()
        .map(|version| {
            Ok(OpenForm {
                id: FormId::from_uuid(version.form_id),
                name: names.remove(&version.form_id).unwrap_or_default(),
                definition: serde_json::from_str(&version.definition).map_err(|_| DbError::corrupt("form_versions"))?,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    open.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(open)
}

fn to_purpose(row: purpose::Model) -> Result<(Purpose, DateTime<Utc>), DbError> {
    let corrupt = || DbError::corrupt("purposes");
    let channels: Option<Vec<Channel>> = row.channels.split(',').map(Channel::from_code).collect();
    let purpose = Purpose {
        id: PurposeId::from_uuid(row.id),
        name: ShortText::parse(&row.name).map_err(|_| corrupt())?,
        basis: LawfulBasis::from_code(&row.basis).ok_or_else(corrupt)?,
        is_marketing: row.is_marketing,
        channels: channels.ok_or_else(corrupt)?,
        validity_days: row.validity_days.map(u16::try_from).transpose().map_err(|_| corrupt())?,
        version: row.version,
        parent_id: row.parent_id.map(PurposeId::from_uuid),
        double_opt_in: row.double_opt_in,
        retired_at: row.retired_at,
    };
    Ok((purpose, row.created_at))
}
