//! The consent ledger as a log.

use crate::{Api, extract::Needs, openapi::AnyProblem, problem::Failure, wire};
use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::ledger::{Ledger, LedgerCheck, LedgerCheckpoint, LedgerHead, LedgerProof};
use zgoda_domain::{access::ViewAudit, id::ConsentEventId};
use zgoda_vault::{TreeHead, merkle::in_base64};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(note).service(prove).service(show);
}

fn head(head: &TreeHead) -> LedgerHead {
    LedgerHead { size: head.size, root: in_base64(&head.root) }
}

/// How far the consent ledger goes, its last checkpoint, and what its last self-check found.
#[utoipa::path(operation_id = "get_ledger", tag = "audit",
    responses((status = 200, description = "The ledger's state", body = Ledger), AnyProblem))]
#[get("/ledger")]
async fn show(api: web::Data<Api>, Needs(permit): Needs<ViewAudit>) -> Result<HttpResponse, Failure> {
    let overview = zgoda_app::ledger::overview(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(Ledger {
        head: overview.status.head.as_ref().map(head),
        pending: overview.status.pending,
        checkpoint: overview.checkpoint.map(|last| LedgerCheckpoint { head: head(&last.head), made_at: last.made_at }),
        last_check: overview.check.map(|check| LedgerCheck {
            at: check.finished_at,
            held: check.finding.is_none(),
            finding: check.finding,
        }),
        verifier: overview.verifier,
    }))
}

/// The last checkpoint of the consent ledger: a signed note (C2SP signed-note) with the text of a tlog-checkpoint.
#[utoipa::path(operation_id = "get_ledger_checkpoint", tag = "audit",
    responses((status = 200, description = "The signed note", content_type = "text/plain", body = String), AnyProblem))]
#[get("/ledger/checkpoint")]
async fn note(api: web::Data<Api>, Needs(permit): Needs<ViewAudit>) -> Result<HttpResponse, Failure> {
    let signed = zgoda_app::ledger::latest_note(&api.ctx, &permit).await?;
    Ok(wire::file("rejestr-zgod-checkpoint.txt", "text/plain; charset=utf-8", signed.into_bytes()))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProofQuery {
    /// The event whose place is to be proven.
    event: ConsentEventId,
}

/// Proof that an event is part of the consent ledger, up to the last checkpoint. 409 until a checkpoint covers it, within
/// about a minute.
#[utoipa::path(operation_id = "get_ledger_proof", tag = "audit", params(ProofQuery),
    responses((status = 200, description = "The proof", body = LedgerProof), AnyProblem))]
#[get("/ledger/proof")]
async fn prove(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewAudit>,
    query: web::Query<ProofQuery>,
) -> Result<HttpResponse, Failure> {
    let proof = zgoda_app::ledger::prove(&api.ctx, &permit, query.event).await?;
    Ok(HttpResponse::Ok().json(LedgerProof {
        event_id: query.event,
        index: proof.index,
        leaf: in_base64(&proof.leaf),
        hashes: proof.hashes.iter().map(in_base64).collect(),
        checkpoint: proof.checkpoint.note,
        erased: proof.erased,
    }))
}
