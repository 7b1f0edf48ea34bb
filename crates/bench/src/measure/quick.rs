//! Quick search in a large data set: the API beside its questions to the database alone.

use super::{
    Plan, ROUNDS, Store,
    http::{Make, rate, request},
    median, serving, sign_in,
};
use anyhow::Context;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::{sync::Arc, time::Instant};
use zgoda_api_types::clients::SearchClients;
use zgoda_domain::{access::Visible, quick_search::Needle};
use zgoda_persistence::quick_search::{SEARCHED, Search, Step};

/// Asks for what people type: a name, a common part of one, one with a typing mistake, a number, an address, what nobody
/// has.
pub async fn measure(plan: &Plan, store: &Store) -> anyhow::Result<()> {
    let (installation, server) = serving(store)?;
    let api = sign_in(&installation.origin()).await?;
    api.me().await?;
    let cookie = format!("__Host-zgoda-access={}", api.cookie("__Host-zgoda-access").context("no session")?);
    let row = api.search_clients(&SearchClients { limit: 1, ..SearchClients::default() }).await?.items.pop();
    let name = row.context("no clients")?.name;
    let mistaken: String = name.chars().rev().collect::<String>().replacen('a', "q", 1).chars().rev().collect();
    let connection = store.connection().await?;
    let backend = connection.get_database_backend();
    for text in [name.as_str(), "ski", mistaken.as_str(), "500 123 456", "client4711@example.com", "xyzzyplugh"] {
        let body = json!({ "text": text, "limit": 10 }).to_string();
        let bytes = request("POST", installation.port, "/api/v1/clients/quick-search", Some(&cookie), Some(&body));
        let make: Make = Arc::new(move |_| bytes.clone());
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            rates.push(rate(installation.port, 1, plan.time(), Arc::clone(&make)).await?);
        }
        let needle = Needle::parse(text).map_err(|_| anyhow::anyhow!("a wrong text"))?;
        let visible = Visible::everything();
        let search = Search { visible: &visible, fields: &SEARCHED, needle: &needle };
        println!("    {text:<26} {:>10.2} ms (aim: under 30)", 1000.0 / median(&mut rates));
        let mut alone = String::new();
        for step in Step::ALL {
            let statements = step.statements(backend, search);
            let (started, mut rounds) = (Instant::now(), 0_u32);
            while started.elapsed() < plan.time() / 4 {
                for statement in &statements {
                    connection.query_all_raw(statement.clone()).await?;
                }
                rounds += 1;
            }
            alone.push_str(&format!(" {step:?} {:.2}", started.elapsed().as_secs_f64() * 1000.0 / f64::from(rounds)));
        }
        println!("        the SQL of its steps alone, ms, whether or not it comes to them:{alone}");
    }
    server.stop()
}
