//! Client cards.

use crate::{
    custom_fields::{self, FieldRecord},
    entity::{blind_index, client, submission},
    error::DbError,
    files,
    keys::{self, KeyedClient},
    merges, origins, outbox, signups,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::Expr,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;
use zgoda_domain::{
    access::{Assignment, Visible},
    client::{BuiltinField, ClientDetails, ClientInput, ClientKind},
    custom_field::{CustomField, CustomValues},
    id::{AccountId, ClientId, DepartmentId, FieldId},
};
use zgoda_vault::Place;

/// A stored card with its sealed values opened.
#[derive(Clone, PartialEq)]
pub struct ClientRecord {
    pub id: ClientId,
    pub version: i32,
    pub input: ClientInput,
    pub custom: CustomValues,
    pub assignment: Assignment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ClientRecord {
    /// The card as checked details. Stored cards were checked when they were written.
    pub fn details(&self) -> Result<ClientDetails, DbError> {
        ClientDetails::parse(&self.input).map_err(|_| DbError::corrupt("clients"))
    }
}

impl std::fmt::Debug for ClientRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientRecord({})", self.id)
    }
}

/// What is written of a card.
#[derive(Clone, Copy, Debug)]
pub struct CardContent<'a> {
    pub details: &'a ClientDetails,
    pub custom: &'a CustomValues,
}

/// Inserts a new card with its own data key, at the transaction's end. `fields` say which values are sealed: those of
/// sensitive fields, and of fields that are not among them.
pub fn insert(
    tx: &impl Adds,
    id: ClientId,
    content: CardContent<'_>,
    fields: &[CustomField],
    assignment: Assignment,
    now: DateTime<Utc>,
) -> Result<KeyedClient, DbError> {
    let keyed = keys::create(tx, id, now)?;
    let (row, secret) = new_row(tx, &keyed, content, fields, assignment, now)?;
    tx.add(&client::Entity::insert(row));
    write_blind_index(tx, id, &secret);
    Ok(keyed)
}

/// The row of a new card, and what has to be in the blind index.
pub(crate) fn new_row(
    source: &impl Source,
    keyed: &KeyedClient,
    content: CardContent<'_>,
    fields: &[CustomField],
    assignment: Assignment,
    now: DateTime<Utc>,
) -> Result<(client::ActiveModel, BTreeMap<String, String>), DbError> {
    let (open, secret) = split(content, fields.iter());
    let mut row = to_columns(content.details);
    row.id = Set(keyed.id().as_uuid());
    row.version = Set(1);
    row.custom = Set(to_json(&open));
    row.sealed = Set(seal(source, keyed, &secret)?);
    row.created_at = Set(now);
    row.updated_at = Set(now);
    row.owner_id = Set(assignment.owner_id.map(AccountId::as_uuid));
    row.department_id = Set(assignment.department_id.map(DepartmentId::as_uuid));
    Ok((row, secret))
}

/// Overwrites a card if it still has the version the caller saw; returns the new version.
pub async fn update(
    tx: &Tx,
    before: &ClientRecord,
    content: CardContent<'_>,
    now: DateTime<Utc>,
) -> Result<i32, DbError> {
    update_among(tx, before, content, &custom_fields::all(tx).await?, now).await
}

/// The same where all fields are at hand, deleted ones too: their values stay on the card, and stay sealed. Only what is
/// another than before is written: each column has its place in an index or two.
pub async fn update_among(
    tx: &Tx,
    before: &ClientRecord,
    content: CardContent<'_>,
    fields: &[FieldRecord],
    now: DateTime<Utc>,
) -> Result<i32, DbError> {
    let id = before.id;
    let mut row = changed_columns(&before.input, content.details);
    row.version = Set(before.version + 1);
    row.updated_at = Set(now);
    let mut blind = None;
    if touches_sealed(before, content) {
        let keyed = keys::of_client(tx, id).await?.ok_or(DbError::Missing)?;
        let (open, secret) = split(content, fields.iter().map(|record| &record.field));
        row.custom = Set(to_json(&open));
        row.sealed = Set(seal(tx, &keyed, &secret)?);
        blind = Some(secret);
    }
    let result = client::Entity::update_many()
        .set(row)
        .filter(client::Column::Id.eq(id.as_uuid()))
        .filter(client::Column::Version.eq(before.version))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 {
        let exists = client::Entity::find_by_id(id.as_uuid()).one(tx.connection()).await?.is_some();
        return Err(if exists { DbError::Outdated } else { DbError::Missing });
    }
    if let Some(secret) = blind {
        blind_index::Entity::delete_many()
            .filter(blind_index::Column::ClientId.eq(id.as_uuid()))
            .exec(tx.connection())
            .await?;
        write_blind_index(tx, id, &secret);
    }
    Ok(before.version + 1)
}

/// Whether something changes that is sealed, or that stands beside it in the custom values.
fn touches_sealed(before: &ClientRecord, content: CardContent<'_>) -> bool {
    let sealed = |field: &BuiltinField| field.is_sealed() && before.input.get(*field) != content.details.get(*field);
    before.custom != *content.custom || BuiltinField::ALL.iter().any(sealed)
}

/// Sets one custom value without touching the rest; for what the system itself keeps, such as consent states.
pub(crate) async fn set_custom_value(tx: &Tx, id: ClientId, field: FieldId, value: &str) -> Result<(), DbError> {
    let connection = tx.connection();
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "update clients set custom = jsonb_set(custom, array[$2], to_jsonb($3::text)) where id = $1"
        }
        _ => "update clients set custom = json_set(custom, '$.\"' || $2 || '\"', $3) where id = $1",
    };
    let values = [id.as_uuid().into(), field.to_string().into(), value.into()];
    connection.execute_raw(Statement::from_sql_and_values(connection.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Loads a card and opens its sealed values.
pub async fn load(source: &impl Source, id: ClientId) -> Result<Option<ClientRecord>, DbError> {
    match client::Entity::find_by_id(id.as_uuid()).one(source.connection()).await? {
        Some(row) => open(source, row).await.map(Some),
        None => Ok(None),
    }
}

/// Loads a card to change it: until the transaction ends nobody else can.
pub async fn load_locked(tx: &Tx, id: ClientId) -> Result<Option<ClientRecord>, DbError> {
    match client::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await? {
        Some(row) => open(tx, row).await.map(Some),
        None => Ok(None),
    }
}

/// Loads cards to change them, in the order of their ids, in which everybody holds cards: until the transaction ends nobody
/// else can.
pub async fn load_many_locked(tx: &Tx, ids: &[ClientId]) -> Result<Vec<ClientRecord>, DbError> {
    let mut records = Vec::with_capacity(ids.len());
    for some in ids.chunks(1000) {
        let rows = client::Entity::find()
            .filter(client::Column::Id.is_in(some.iter().map(|id| id.as_uuid())))
            .order_by_asc(client::Column::Id)
            .lock_exclusive()
            .all(tx.connection())
            .await?;
        for row in rows {
            records.push(open(tx, row).await?);
        }
    }
    Ok(records)
}

/// The card, if it is one of those the caller may reach.
pub async fn load_visible(
    source: &impl Source,
    visible: &Visible,
    id: ClientId,
) -> Result<Option<ClientRecord>, DbError> {
    Ok(load(source, id).await?.filter(|record| visible.covers(record.assignment)))
}

/// Says whose the client is, if the card still has the version the caller saw.
pub async fn assign(
    tx: &Tx,
    id: ClientId,
    seen: i32,
    assignment: Assignment,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let result = client::Entity::update_many()
        .col_expr(client::Column::OwnerId, Expr::value(assignment.owner_id.map(AccountId::as_uuid)))
        .col_expr(client::Column::DepartmentId, Expr::value(assignment.department_id.map(DepartmentId::as_uuid)))
        .col_expr(client::Column::Version, Expr::value(seen + 1))
        .col_expr(client::Column::UpdatedAt, Expr::value(now))
        .filter(client::Column::Id.eq(id.as_uuid()))
        .filter(client::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// The clients of a member of staff, and whose they are; until the transaction ends nobody else can change them.
pub async fn of_owner_locked(tx: &Tx, owner: AccountId) -> Result<Vec<(ClientId, Assignment)>, DbError> {
    let rows: Vec<(Uuid, Option<Uuid>)> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .column(client::Column::DepartmentId)
        .filter(client::Column::OwnerId.eq(owner.as_uuid()))
        .order_by_asc(client::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx.connection())
        .await?;
    let assignment = |department: Option<Uuid>| Assignment {
        owner_id: Some(owner),
        department_id: department.map(DepartmentId::from_uuid),
    };
    Ok(rows.into_iter().map(|(id, department)| (ClientId::from_uuid(id), assignment(department))).collect())
}

/// Gives these clients to a member of staff.
pub async fn hand_over(tx: &Tx, ids: &[ClientId], to: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    for some in ids.chunks(1000) {
        client::Entity::update_many()
            .col_expr(client::Column::OwnerId, Expr::value(to.as_uuid()))
            .col_expr(client::Column::Version, Expr::col(client::Column::Version).add(1))
            .col_expr(client::Column::UpdatedAt, Expr::value(now))
            .filter(client::Column::Id.is_in(some.iter().map(|id| id.as_uuid())))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// How many clients each member of staff is responsible for.
pub async fn count_by_owner(source: &impl Source) -> Result<HashMap<AccountId, u64>, DbError> {
    let rows: Vec<(Uuid, i64)> = client::Entity::find()
        .select_only()
        .column(client::Column::OwnerId)
        .column_as(client::Column::Id.count(), "n")
        .filter(client::Column::OwnerId.is_not_null())
        .group_by(client::Column::OwnerId)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(id, n)| (AccountId::from_uuid(id), u64::try_from(n).unwrap_or_default())).collect())
}

/// Puts a merged card back that was taken out with its key kept.
pub(crate) async fn put_back(
    tx: &Tx,
    keyed: &KeyedClient,
    version: i32,
    content: CardContent<'_>,
    assignment: Assignment,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let id = keyed.id();
    let fields = custom_fields::all(tx).await?;
    let (open, secret) = split(content, fields.iter().map(|record| &record.field));
    let mut row = to_columns(content.details);
    row.id = Set(id.as_uuid());
    row.version = Set(version);
    row.custom = Set(to_json(&open));
    row.sealed = Set(seal(tx, keyed, &secret)?);
    row.created_at = Set(created_at);
    row.updated_at = Set(now);
    row.owner_id = Set(assignment.owner_id.map(AccountId::as_uuid));
    row.department_id = Set(assignment.department_id.map(DepartmentId::as_uuid));
    client::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    write_blind_index(tx, id, &secret);
    Ok(())
}

/// Takes a card away with everything that is the client's alone, and destroys the client's key: what the append-only
/// logs hold about the client cannot be read any more, and they still verify. So are the keys of cards that were merged into
/// it, with what is kept of them.
pub async fn delete(tx: &Tx, id: ClientId, now: DateTime<Utc>) -> Result<(), DbError> {
    delete_many(tx, &[id], now).await
}

/// The same of some hundreds of cards at once.
pub async fn delete_many(tx: &Tx, ids: &[ClientId], now: DateTime<Utc>) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    let uuids = || ids.iter().map(|id| id.as_uuid());
    merges::forget(tx, ids, now).await?;
    origins::forget(tx, ids).await?;
    let addresses = addresses(tx, ids).await?;
    signups::forget_clients(tx, &addresses).await?;
    outbox::forget_clients(tx, &addresses).await?;
    files::forget_submitted(tx, ids).await?;
    submission::Entity::delete_many().filter(submission::Column::ClientId.is_in(uuids())).exec(tx.connection()).await?;
    // Blind index, consent states and reasons go with the card.
    client::Entity::delete_many().filter(client::Column::Id.is_in(uuids())).exec(tx.connection()).await?;
    keys::destroy(tx, ids, now).await
}

/// The e-mail addresses of these clients in normalised form; empty where there is none.
pub async fn addresses(source: &impl Source, ids: &[ClientId]) -> Result<Vec<(ClientId, String)>, DbError> {
    let rows: Vec<(Uuid, String)> = client::Entity::find()
        .select_only()
        .columns([client::Column::Id, client::Column::EmailNorm])
        .filter(client::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(id, address)| (ClientId::from_uuid(id), address)).collect())
}

/// The first card with this e-mail address, compared in normalised form.
pub async fn find_by_email(source: &impl Source, normalised: &str) -> Result<Option<ClientId>, DbError> {
    let id = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::EmailNorm.eq(normalised))
        .order_by_asc(client::Column::Id)
        .into_tuple::<Uuid>()
        .one(source.connection())
        .await?;
    Ok(id.map(ClientId::from_uuid))
}

/// Whether any card exists.
pub async fn any(source: &impl Source) -> Result<bool, DbError> {
    Ok(client::Entity::find().one(source.connection()).await?.is_some())
}

/// Open custom values, and everything that is sealed, by field name. Only what is known to be open stays open.
fn split<'a>(
    content: CardContent<'_>,
    fields: impl Iterator<Item = &'a CustomField>,
) -> (CustomValues, BTreeMap<String, String>) {
    let known_open: HashSet<FieldId> = fields.filter(|field| !field.sensitive).map(|field| field.id).collect();
    let mut open = CustomValues::new();
    let mut secret = BTreeMap::new();
    for (id, value) in content.custom {
        if known_open.contains(id) {
            open.insert(*id, value.clone());
        } else {
            secret.insert(id.to_string(), value.to_string());
        }
    }
    for field in BuiltinField::ALL.into_iter().filter(|field| field.is_sealed()) {
        if let Some(text) = content.details.get(field) {
            secret.insert(field.key().to_owned(), text.to_owned());
        }
    }
    (open, secret)
}

const fn sealed_place(id: ClientId) -> Place<'static> {
    Place { table: "clients", column: "sealed", row: id.as_uuid() }
}

fn seal(
    source: &impl Source,
    client: &KeyedClient,
    secret: &BTreeMap<String, String>,
) -> Result<Option<Vec<u8>>, DbError> {
    if secret.is_empty() {
        return Ok(None);
    }
    let clear = serde_json::to_vec(secret).map_err(|_| DbError::corrupt("clients"))?;
    client.seal(source, sealed_place(client.id()), &clear).map(Some)
}

fn write_blind_index(tx: &impl Adds, id: ClientId, secret: &BTreeMap<String, String>) {
    for row in blind_rows(tx, id, secret) {
        tx.add(&blind_index::Entity::insert(row));
    }
}

pub(crate) fn blind_rows(
    source: &impl Source,
    id: ClientId,
    secret: &BTreeMap<String, String>,
) -> Vec<blind_index::ActiveModel> {
    let row = |(field, value): (&String, &String)| blind_index::ActiveModel {
        field: Set(field.clone()),
        tag: Set(source.vault().master.blind_tag(field, value).0),
        client_id: Set(id.as_uuid()),
    };
    secret.iter().map(row).collect()
}

async fn open(source: &impl Source, row: client::Model) -> Result<ClientRecord, DbError> {
    let corrupt = || DbError::corrupt("clients");
    let id = ClientId::from_uuid(row.id);
    let mut custom = from_json(row.custom.clone())?;
    let mut input = from_columns(&row)?;
    if let Some(sealed) = row.sealed
        && let Some(keyed) = keys::of_client(source, id).await?
    {
        let clear = keyed.open(sealed_place(id), sealed)?;
        let secret: BTreeMap<String, String> = serde_json::from_slice(&clear).map_err(|_| corrupt())?;
        for (name, text) in secret {
            match (BuiltinField::from_key(&name), name.parse::<FieldId>()) {
                (Some(field), _) => input.set(field, Some(text)),
                (None, Ok(field)) => {
                    custom.insert(field, serde_json::from_str(&text).map_err(|_| corrupt())?);
                }
                (None, Err(_)) => return Err(corrupt()),
            }
        }
    }
    Ok(ClientRecord {
        id,
        version: row.version,
        input,
        custom,
        assignment: Assignment {
            owner_id: row.owner_id.map(AccountId::from_uuid),
            department_id: row.department_id.map(DepartmentId::from_uuid),
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

pub(crate) fn from_json(custom: Value) -> Result<CustomValues, DbError> {
    serde_json::from_value(custom).map_err(|_| DbError::corrupt("clients"))
}

fn to_json(custom: &CustomValues) -> Value {
    Value::Object(custom.iter().map(|(id, value)| (id.to_string(), value.clone())).collect())
}

fn to_columns(details: &ClientDetails) -> client::ActiveModel {
    let text = |field| Set(details.get(field).unwrap_or_default().to_owned());
    client::ActiveModel {
        kind: Set(details.kind().code().to_owned()),
        name: Set(details.name().to_owned()),
        first_name: text(BuiltinField::FirstName),
        last_name: text(BuiltinField::LastName),
        position: text(BuiltinField::Position),
        email: text(BuiltinField::Email),
        email_norm: Set(details.get(BuiltinField::Email).unwrap_or_default().to_lowercase()),
        phone: text(BuiltinField::Phone),
        mobile_phone: text(BuiltinField::MobilePhone),
        website: text(BuiltinField::Website),
        nip: text(BuiltinField::Nip),
        regon: text(BuiltinField::Regon),
        street: text(BuiltinField::Street),
        post_code: text(BuiltinField::PostCode),
        city: text(BuiltinField::City),
        country: text(BuiltinField::Country),
        note: text(BuiltinField::Note),
        external_id: text(BuiltinField::ExternalId),
        ..Default::default()
    }
}

/// The columns that are not as before.
fn changed_columns(before: &ClientInput, after: &ClientDetails) -> client::ActiveModel {
    let mut row = to_columns(after);
    if before.kind == after.kind() {
        row.kind = NotSet;
    }
    let same = |field: &BuiltinField| before.get(*field).unwrap_or_default() == after.get(*field).unwrap_or_default();
    for field in BuiltinField::ALL.into_iter().filter(same) {
        // What has no column of its own is sealed or the system's.
        if let Ok(column) = field.key().parse() {
            row.not_set(column);
        }
        if field == BuiltinField::Email {
            row.email_norm = NotSet;
        }
    }
    row
}

fn from_columns(row: &client::Model) -> Result<ClientInput, DbError> {
    let kind = ClientKind::from_code(&row.kind).ok_or(DbError::corrupt("clients"))?;
    let mut input = ClientInput { kind, ..ClientInput::default() };
    for (field, text) in [
        (BuiltinField::Name, &row.name),
        (BuiltinField::FirstName, &row.first_name),
        (BuiltinField::LastName, &row.last_name),
        (BuiltinField::Position, &row.position),
        (BuiltinField::Email, &row.email),
        (BuiltinField::Phone, &row.phone),
        (BuiltinField::MobilePhone, &row.mobile_phone),
        (BuiltinField::Website, &row.website),
        (BuiltinField::Nip, &row.nip),
        (BuiltinField::Regon, &row.regon),
        (BuiltinField::Street, &row.street),
        (BuiltinField::PostCode, &row.post_code),
        (BuiltinField::City, &row.city),
        (BuiltinField::Country, &row.country),
        (BuiltinField::Note, &row.note),
        (BuiltinField::ExternalId, &row.external_id),
    ] {
        input.set(field, Some(text.clone()));
    }
    Ok(input)
}
