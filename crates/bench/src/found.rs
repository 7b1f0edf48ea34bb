//! Looking for everything the server promised to keep, through its API.

use crate::visitors::{Acknowledged, Form, address};
use anyhow::{Context, ensure};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_api_types::{
    clients::{ClientRow, FilterCondition, SearchClients},
    submissions::SubmissionSummary,
};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    client::BuiltinField,
    consent::{ConsentEventKind, ConsentStatus},
    field_ref::FieldRef,
    id::{ClientId, FieldId, SubmissionId},
    list::Operator,
    submission::SubmissionStatus,
};

/// All submissions of the form and all clients.
#[derive(Debug)]
pub struct Found {
    pub submissions: HashMap<Uuid, SubmissionSummary>,
    pub clients: HashMap<ClientId, ClientRow>,
    consent_column: FieldId,
}

impl Found {
    /// Reads the lists to their ends.
    pub async fn read(api: &Api, form: &Form) -> Result<Self, ApiError> {
        let columns = api.custom_fields().await?;
        let column = columns.iter().find(|field| field.purpose_id == Some(form.purpose)).ok_or(ApiError::Unexpected)?;
        let mut found = Self { submissions: HashMap::new(), clients: HashMap::new(), consent_column: column.id };
        let mut after = None;
        loop {
            let page = api.submissions(Some(form.id), after).await?;
            found.submissions.extend(page.items.into_iter().map(|row| (row.id.as_uuid(), row)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut search = SearchClients { limit: 200, ..SearchClients::default() };
        loop {
            let page = api.search_clients(&search).await?;
            found.clients.extend(page.items.into_iter().map(|row| (row.id, row)));
            search.after = page.next;
            if search.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Acknowledged submissions that are not there.
    pub fn lost(&self, acknowledged: &[Acknowledged]) -> Vec<Acknowledged> {
        acknowledged.iter().filter(|ack| !self.submissions.contains_key(&ack.submission)).copied().collect()
    }

    /// Fails when anything is half-done: a submission without its client or the reverse, a client without the consent
    /// that was given with it, or a visitor who is there twice.
    pub fn check_nothing_is_half_done(&self) -> anyhow::Result<()> {
        let mut makers: HashMap<ClientId, Uuid> = HashMap::new();
        for (id, submission) in &self.submissions {
            ensure!(
                submission.status == SubmissionStatus::Accepted,
                "submission {id} met a client that it made itself"
            );
            let client = submission.client_id.with_context(|| format!("submission {id} names no client"))?;
            ensure!(self.clients.contains_key(&client), "submission {id} names a client that is not there");
            ensure!(makers.insert(client, *id).is_none(), "client {client} was made twice");
        }
        let mut addresses: HashMap<&str, ClientId> = HashMap::new();
        for (id, client) in &self.clients {
            ensure!(makers.contains_key(id), "client {id} has no submission");
            let state = client.custom.get(&self.consent_column);
            ensure!(
                state == Some(&json!(ConsentStatus::Given.code())),
                "client {id} gave a consent, and the list shows {state:?}"
            );
            let email = client.email.as_deref().with_context(|| format!("client {id} has no address"))?;
            ensure!(addresses.insert(email, *id).is_none(), "{email} has two cards");
        }
        Ok(())
    }

    /// Fails when an acknowledged submission does not lead to its visitor's card.
    pub fn check_all_lead_to_their_cards(&self, acknowledged: &[Acknowledged]) -> anyhow::Result<()> {
        for ack in acknowledged {
            let submission = self.submissions.get(&ack.submission).context("a submission is lost")?;
            let client = submission.client_id.and_then(|id| self.clients.get(&id)).context("a client is lost")?;
            ensure!(client.email == Some(address(ack.visitor)), "visitor {} became somebody else", ack.visitor);
        }
        Ok(())
    }
}

/// Opens one visitor's card and submission: the ledger has the consent with its wording, the answers can be read.
pub async fn check_closely(api: &Api, form: &Form, ack: &Acknowledged) -> anyhow::Result<()> {
    let email = address(ack.visitor);
    let condition =
        FilterCondition { field: FieldRef::Builtin(BuiltinField::Email), operator: Operator::Eq, value: json!(email) };
    let page = api.search_clients(&SearchClients { filter: vec![condition], ..SearchClients::default() }).await?;
    ensure!(page.items.len() == 1, "{email} was found {} times", page.items.len());
    let row = page.items.into_iter().next().context("no row")?;
    let card = api.client(row.id).await?.value;
    let consent = card.consents.iter().find(|consent| consent.purpose_id == form.purpose).context("no consent")?;
    let event = consent.events.first().context("no entry in the ledger")?;
    ensure!(consent.events.len() == 1 && event.kind == ConsentEventKind::Given, "{email}: {:?}", consent.events);
    ensure!(event.submission_id.map(SubmissionId::as_uuid) == Some(ack.submission), "{email}: another submission");
    ensure!(event.wording.is_some() && event.evidence.ip.is_some(), "{email}: no evidence");
    let submission = api.submission(SubmissionId::from_uuid(ack.submission)).await?;
    ensure!(submission.answers.iter().any(|answer| answer.text == email), "{email}: other answers");
    Ok(())
}
