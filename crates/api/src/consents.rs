//! Consents that staff record, those that run out, and asking to renew them.

use crate::{
    Api,
    extract::{Body, Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created, Page,
    consents::{AskRenewals, ExpiringConsent, NotAskedCount, RecordConsent, RenewalsAsked},
};
use zgoda_app::{
    recorded::{self, Recording},
    renewals::{self, ExpiringFilter},
};
use zgoda_domain::{
    Invalids, Rule,
    access::{EditClients, ViewClients},
    consent::Channel,
    id::{ClientId, ConsentEventId, PurposeId},
};

/// Days ahead when nothing is asked for.
const DAYS_AHEAD: u16 = 30;
/// Days ahead at most.
const DAYS_AHEAD_MAX: u16 = 3_650;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(record).service(expiring).service(ask);
}

/// Record a person's answer that staff were told, with its proof: a note of at least three words, or a file that was
/// uploaded before. Appends to the ledger.
#[utoipa::path(operation_id = "record_consent", tag = "clients", request_body = RecordConsent,
    params(("id" = ClientId, Path, description = "The client"), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "Recorded; the id of the ledger's entry", body = Created), AnyProblem))]
#[post("/clients/{id}/consents")]
async fn record(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    repeat: RepeatKey,
    body: Body<RecordConsent>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let RecordConsent { purpose_id, channel, decision, method, given_on, wording_id, note, file_id } = &body.value;
    let recording = Recording {
        purpose_id: *purpose_id,
        channel: *channel,
        decision: *decision,
        method: *method,
        given_on,
        wording_id: *wording_id,
        note: note.as_deref(),
        file_id: *file_id,
    };
    let event = recorded::record(&api.ctx, &permit, *id, &recording, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: event.as_uuid() }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExpiringParams {
    /// Consents that ran out, or will within so many days; 30 when absent, 3650 at most.
    within_days: Option<u16>,
    purpose: Option<PurposeId>,
    channel: Option<Channel>,
    /// `next` of the page before.
    after: Option<uuid::Uuid>,
    /// 1 to 200; 50 when absent.
    limit: Option<u64>,
}

/// Consents that ran out or soon will, first what ran out longest ago; each with whether you may ask for its renewal.
#[utoipa::path(operation_id = "list_expiring_consents", tag = "clients", params(ExpiringParams),
    responses((status = 200, description = "A page", body = Page<ExpiringConsent>), AnyProblem))]
#[get("/consents/expiring")]
async fn expiring(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    query: web::Query<ExpiringParams>,
) -> Result<HttpResponse, Failure> {
    let days = query.within_days.unwrap_or(DAYS_AHEAD);
    if days > DAYS_AHEAD_MAX {
        return Err(Invalids::one("/within_days", Rule::OutOfRange).into());
    }
    let filter = ExpiringFilter {
        within: TimeDelta::days(days.into()),
        purpose: query.purpose,
        channel: query.channel,
        after: query.after.map(ConsentEventId::from_uuid),
        limit: wire::limit(query.limit)?,
    };
    let (rows, next) = renewals::expiring(&api.ctx, &permit, &filter).await?;
    let now = api.ctx.now();
    let items: Vec<ExpiringConsent> = rows
        .into_iter()
        .map(|row| ExpiringConsent {
            client_id: row.client_id,
            client_name: row.client_name,
            purpose_id: row.purpose.id,
            purpose_name: row.purpose.name.into_string(),
            channel: row.channel,
            status: row.state.status_at(now),
            expires_at: row.state.expires_at,
            asked_at: row.asked_at,
            not_asked: row.not_asked,
        })
        .collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(ConsentEventId::as_uuid), total: None }))
}

/// Ask people by e-mail to renew consents: those who may be asked. Repeating it asks nobody twice.
#[utoipa::path(operation_id = "ask_renewals", tag = "clients", request_body = AskRenewals,
    responses((status = 200, description = "How many were asked, and why others were not", body = RenewalsAsked), AnyProblem))]
#[post("/consents/renewals")]
async fn ask(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    body: Body<AskRenewals>,
) -> Result<HttpResponse, Failure> {
    let places: Vec<_> = body.value.items.iter().map(|item| (item.client_id, item.purpose_id, item.channel)).collect();
    let result = renewals::ask(&api.ctx, &permit, &places).await?;
    let not_asked = result.not_asked.into_iter().map(|(reason, count)| NotAskedCount { reason, count }).collect();
    Ok(HttpResponse::Ok().json(RenewalsAsked { asked: result.asked, not_asked }))
}
