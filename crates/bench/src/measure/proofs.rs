//! How long visitors wait for the answer to a form: with a proof to be checked, at a steady pace, whoever they are.

use super::{
    Plan, Store,
    http::{Make, request, waits},
};
use anyhow::Context;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use zgoda_api_types::{
    clients::{SearchClients, Sort},
    consents::WithdrawConsent,
    forms::Submit,
};
use zgoda_app::{Clock, SystemClock};
use zgoda_bench::{
    random,
    visitors::{address, answers},
};
use zgoda_client::Api;
use zgoda_domain::{client::BuiltinField, consent::ConsentStatus, field_ref::FieldRef, list::Direction};
use zgoda_vault::{Challenge, ChallengeKey, ChallengePlace};

/// Submissions a second, whether or not those before were answered.
const PACE: u32 = 200;
/// Visitors of each kind whose waits are compared.
const EACH: u64 = 150;

/// Waits at the pace, then the waits of known, unknown and withdrawn addresses side by side.
pub async fn measure(plan: &Plan, store: &Store, api: &Api, port: u16) -> anyhow::Result<()> {
    let form = api.forms().await?.into_iter().next().context("no form")?;
    let version = api.public_form(&form.public_id).await?.form_version;
    let key = Arc::new(store.vault()?.master.challenge_key());
    let path = format!("/api/v1/public/forms/{}/submissions", form.public_id);
    let (form_id, page) = (form.id.as_uuid(), format!("http://127.0.0.1:{port}"));
    let send = move |visitor: u64| {
        let place = ChallengePlace { form: form_id, version: version.as_uuid(), page: &page };
        let body = Submit { form_version: version, answers: answers(visitor), proof: Some(proof(&key, place)) };
        request("POST", port, &path, None, Some(&json!(body).to_string()))
    };
    let base = random(1 << 40, 1 << 50);
    let one = send.clone();
    let steady: Make = Arc::new(move |n| one(base + n));
    let mut found = waits(port, 64, PACE, plan.time().max(Duration::from_secs(5)), steady).await?;
    let (half, most) = (quantile(&mut found, 50), quantile(&mut found, 95));
    println!(
        "(p) submissions with a proof, {PACE}/s: median {:.0} ms, p95 {:.0} ms (aim: under 150)",
        millis(half),
        millis(most)
    );

    // Two visitors whose clients are there; one of them takes the consent back.
    let (known, withdrawn) = (base + 1_000_000, base + 1_000_001);
    let pair = send.clone();
    waits(port, 1, PACE, Duration::from_millis(10), Arc::new(move |n| pair(known + n.min(1)))).await?;
    withdraw(api, &address(withdrawn)).await?;
    let fresh = base + 2_000_000;
    // In turn, so that whatever else the machine does falls on all alike.
    let mixed: Make = Arc::new(move |n| match n % 3 {
        0 => send(known),
        1 => send(fresh + n),
        _ => send(withdrawn),
    });
    let time = Duration::from_millis(EACH * 3 * 1000 / u64::from(PACE / 4));
    let all = waits(port, 1, PACE / 4, time, mixed).await?;
    let kind = |kind: usize| {
        let mut own: Vec<Duration> = all.iter().skip(kind).step_by(3).copied().collect();
        millis(quantile(&mut own, 50))
    };
    let [known, unknown, withdrawn] = [0, 1, 2].map(kind);
    println!(
        "    median waits: known {known:.1} ms, unknown {unknown:.1} ms, withdrawn {withdrawn:.1} ms; \
         known/unknown {:.3}, withdrawn/unknown {:.3}",
        known / unknown,
        withdrawn / unknown
    );
    Ok(())
}

/// What a browser would have found, of a question that takes no time: checking it takes the server as long as any.
fn proof(key: &ChallengeKey, place: ChallengePlace<'_>) -> String {
    let nonce = u128::from(random(0, u64::MAX)) << 64 | u128::from(random(0, u64::MAX));
    let challenge =
        Challenge { nonce: nonce.to_be_bytes(), issued_at: SystemClock.now().timestamp_millis(), difficulty: 1 };
    let numbers = challenge.solve();
    std::iter::once(key.sign(&challenge, place)).chain(numbers.iter().map(u32::to_string)).collect::<Vec<_>>().join(".")
}

async fn withdraw(api: &Api, email: &str) -> anyhow::Result<()> {
    let newest = Sort { field: FieldRef::Builtin(BuiltinField::CreatedAt), direction: Direction::Desc };
    let page = api.search_clients(&SearchClients { sort: Some(newest), ..SearchClients::default() }).await?;
    let row = page.items.into_iter().find(|row| row.email.as_deref() == Some(email)).context("no client")?;
    let card = api.client(row.id).await?.value;
    let given = card.consents.iter().find(|consent| consent.status == ConsentStatus::Given).context("no consent")?;
    let body = WithdrawConsent { purpose_id: given.purpose_id, channel: given.channel, note: None };
    Ok(api.withdraw_consent(row.id, &body).await?)
}

fn quantile(waits: &mut [Duration], percent: usize) -> Duration {
    waits.sort_unstable();
    waits.get(waits.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
}

fn millis(wait: Duration) -> f64 {
    wait.as_secs_f64() * 1000.0
}
