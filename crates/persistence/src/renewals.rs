//! Which consents run out, and who was asked to renew one.

use crate::{
    client_list::visible_ids,
    consents::to_placed_state,
    entity::{client, consent_event, consent_renewal, consent_state},
    error::DbError,
    tx::{Adds, Reader, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value, sea_query::Expr,
};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    access::{Assignment, Visible},
    consent::{Channel, ConsentState},
    email::EmailAddress,
    id::{AccountId, ClientId, ConsentEventId, DepartmentId, PurposeId, RenewalId},
};
use zgoda_vault::TokenHash;

/// One consent of one client.
pub type Place = (ClientId, PurposeId, Channel);

/// Which consents that ran out, or will, are asked for.
#[derive(Clone, Debug)]
pub struct ExpiringQuery<'a> {
    pub until: DateTime<Utc>,
    pub purpose: Option<PurposeId>,
    pub channel: Option<Channel>,
    /// Consents that the caller does not see.
    pub unshown: &'a [(PurposeId, Channel)],
    /// Only of these clients, where the caller opens cards for a reason.
    pub clients: Option<&'a [ClientId]>,
    /// The last entry of the row to go on from.
    pub after: Option<ConsentEventId>,
    pub limit: u64,
}

/// What is known of clients who could be asked.
#[derive(Clone, Debug)]
pub struct Addressee {
    pub name: String,
    /// Empty where there is none.
    pub email: String,
    pub assignment: Assignment,
}

/// One request to renew a consent.
#[derive(Clone, Debug)]
pub struct Renewal {
    pub id: RenewalId,
    pub place: Place,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    /// Keyed hash of the address that the letter went to; see [`address_tag`]. Requests of before have none.
    pub address_tag: Option<Vec<u8>>,
}

/// What an address is compared by with that of a letter.
pub fn address_tag(source: &impl Source, address: &EmailAddress) -> Vec<u8> {
    source.vault().master.blind_tag("renewal-address", &address.normalised()).0
}

impl Renewal {
    /// Whether the person can still answer.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.answered_at.is_none() && self.expires_at > now
    }
}

/// One page, first what ran out longest ago; and the entry to go on from. `None` when the row to go on from is gone.
pub async fn expiring(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ExpiringQuery<'_>,
) -> Result<Option<Expiring>, DbError> {
    let Some(statement) = expiring_statement(reader, visible, query).await? else { return Ok(None) };
    let mut rows = consent_state::Model::find_by_statement(statement).all(reader.connection()).await?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| ConsentEventId::from_uuid(row.last_event_id));
    let placed = rows.iter().map(|row| {
        to_placed_state(row)
            .map(|(purpose, channel, state)| ((ClientId::from_uuid(row.client_id), purpose, channel), state))
    });
    Ok(Some((placed.collect::<Result<_, _>>()?, next)))
}

/// States in the order of their end, and where the next page begins.
pub type Expiring = (Vec<(Place, ConsentState)>, Option<ConsentEventId>);

/// The page's SQL with its values; public so that plan tests can run exactly the same. `None` when the row to go on from
/// is gone.
pub async fn expiring_statement(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ExpiringQuery<'_>,
) -> Result<Option<Statement>, DbError> {
    let backend = reader.connection().get_database_backend();
    let mut sql = "select client_id, purpose_id, channel, status, since, expires_at, last_event_id, grade, wording_id \
                   from consent_states where "
        .to_owned();
    let mut values = Vec::new();
    if !visible.is_everything() {
        let (within_reach, bound) = visible_ids(backend, visible);
        values = bound;
        // A unary plus tells SQLite's planner to leave the index of clients alone: the order's serves.
        let plus = if backend == DbBackend::Postgres { "" } else { "+" };
        sql.push_str(&format!("{plus}client_id in ({within_reach}) and "));
    }
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    sql.push_str(&format!("expires_at <= {}", bind(query.until.into())));
    if let Some(purpose) = query.purpose {
        sql.push_str(&format!(" and purpose_id = {}", bind(purpose.as_uuid().into())));
    }
    if let Some(channel) = query.channel {
        sql.push_str(&format!(" and channel = {}", bind(channel.code().into())));
    }
    for (purpose, channel) in query.unshown {
        let (purpose, channel) = (bind(purpose.as_uuid().into()), bind(channel.code().into()));
        sql.push_str(&format!(" and not (purpose_id = {purpose} and channel = {channel})"));
    }
    if let Some(clients) = query.clients {
        // `in ()` is no SQL everywhere.
        sql.push_str(" and client_id in (null");
        for client in clients {
            sql.push_str(&format!(", {}", bind(client.as_uuid().into())));
        }
        sql.push(')');
    }
    if let Some(after) = query.after {
        let Some(row) = last_row(reader, visible, after).await? else { return Ok(None) };
        let (at, client) = (bind(row.expires_at.into()), bind(row.client_id.into()));
        let (purpose, channel) = (bind(row.purpose_id.into()), bind(row.channel.into()));
        sql.push_str(&format!(
            " and (expires_at, client_id, purpose_id, channel) > ({at}, {client}, {purpose}, {channel})"
        ));
    }
    sql.push_str(&format!(" order by expires_at, client_id, purpose_id, channel limit {}", query.limit + 1));
    Ok(Some(Statement::from_sql_and_values(backend, sql, values)))
}

/// The row to go on from, if it is still as it was, and the caller may see it.
async fn last_row(
    reader: Reader<'_>,
    visible: &Visible,
    event: ConsentEventId,
) -> Result<Option<consent_state::Model>, DbError> {
    let Some(event) = consent_event::Entity::find_by_id(event.as_uuid()).one(reader.connection()).await? else {
        return Ok(None);
    };
    let place = (event.client_id, event.purpose_id, event.channel);
    let row = consent_state::Entity::find_by_id(place).one(reader.connection()).await?;
    let row = row.filter(|row| row.last_event_id == event.id && row.expires_at.is_some());
    let known = addressees(&reader, &[ClientId::from_uuid(event.client_id)]).await?;
    Ok(row.filter(|_| known.values().any(|client| visible.covers(client.assignment))))
}

/// These clients, where they exist.
pub async fn addressees(source: &impl Source, ids: &[ClientId]) -> Result<HashMap<ClientId, Addressee>, DbError> {
    type Row = (Uuid, String, String, Option<Uuid>, Option<Uuid>);
    let rows: Vec<Row> = client::Entity::find()
        .select_only()
        .columns([
            client::Column::Id,
            client::Column::Name,
            client::Column::Email,
            client::Column::OwnerId,
            client::Column::DepartmentId,
        ])
        .filter(client::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
        .into_tuple()
        .all(source.connection())
        .await?;
    let addressee = |(id, name, email, owner, department): Row| {
        let assignment = Assignment {
            owner_id: owner.map(AccountId::from_uuid),
            department_id: department.map(DepartmentId::from_uuid),
        };
        (ClientId::from_uuid(id), Addressee { name, email, assignment })
    };
    Ok(rows.into_iter().map(addressee).collect())
}

/// Where all consents of these clients stand.
pub async fn states_of(source: &impl Source, clients: &[ClientId]) -> Result<HashMap<Place, ConsentState>, DbError> {
    let rows = consent_state::Entity::find()
        .filter(consent_state::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .all(source.connection())
        .await?;
    let placed = |row: &consent_state::Model| {
        let client = ClientId::from_uuid(row.client_id);
        to_placed_state(row).map(|(purpose, channel, state)| ((client, purpose, channel), state))
    };
    rows.iter().map(placed).collect()
}

/// What these clients were asked, oldest first.
pub async fn of_clients(source: &impl Source, clients: &[ClientId]) -> Result<Vec<Renewal>, DbError> {
    let rows = consent_renewal::Entity::find()
        .filter(consent_renewal::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .order_by_asc(consent_renewal::Column::AskedAt)
        .order_by_asc(consent_renewal::Column::Id)
        .all(source.connection())
        .await?;
    rows.iter().map(to_renewal).collect()
}

/// The request that a link belongs to.
pub async fn by_token(source: &impl Source, token: &TokenHash) -> Result<Option<Renewal>, DbError> {
    let row = consent_renewal::Entity::find()
        .filter(consent_renewal::Column::TokenHash.eq(token.0.clone()))
        .one(source.connection())
        .await?;
    row.as_ref().map(to_renewal).transpose()
}

/// Stores a request, at the transaction's end.
pub fn insert(tx: &impl Adds, renewal: &Renewal, token: &TokenHash) {
    let (client, purpose, channel) = renewal.place;
    let row = consent_renewal::ActiveModel {
        id: Set(renewal.id.as_uuid()),
        client_id: Set(client.as_uuid()),
        purpose_id: Set(purpose.as_uuid()),
        channel: Set(channel.code().to_owned()),
        token_hash: Set(token.0.clone()),
        asked_at: Set(renewal.asked_at),
        expires_at: Set(renewal.expires_at),
        answered_at: Set(renewal.answered_at),
        address_tag: Set(renewal.address_tag.clone()),
    };
    tx.add(&consent_renewal::Entity::insert(row));
}

/// Uses a request up. Of several who try at once, one succeeds.
pub async fn answer(tx: &Tx, id: RenewalId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = consent_renewal::Entity::update_many()
        .col_expr(consent_renewal::Column::AnsweredAt, Expr::value(now))
        .filter(consent_renewal::Column::Id.eq(id.as_uuid()))
        .filter(consent_renewal::Column::AnsweredAt.is_null())
        .filter(consent_renewal::Column::ExpiresAt.gt(now))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Forgets requests of before.
pub async fn forget_asked_before(tx: &Tx, then: DateTime<Utc>) -> Result<(), DbError> {
    consent_renewal::Entity::delete_many()
        .filter(consent_renewal::Column::AskedAt.lt(then))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn to_renewal(row: &consent_renewal::Model) -> Result<Renewal, DbError> {
    let channel = Channel::from_code(&row.channel).ok_or(DbError::corrupt("consent_renewals"))?;
    Ok(Renewal {
        id: RenewalId::from_uuid(row.id),
        place: (ClientId::from_uuid(row.client_id), PurposeId::from_uuid(row.purpose_id), channel),
        asked_at: row.asked_at,
        expires_at: row.expires_at,
        answered_at: row.answered_at,
        address_tag: row.address_tag.clone(),
    })
}
