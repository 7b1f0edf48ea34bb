//! Serving: one process for API, app and background jobs.

use crate::{commands::say, config::Config, spa, store};
use actix_web::{
    App, HttpServer,
    middleware::from_fn,
    web::{self, Data},
};
use anyhow::Context;
use std::time::Duration;
use utoipa_actix_web::AppExt;
use zgoda_api::{Api, Limits, TrustedProxies};
use zgoda_app::{Ctx, accounts, jobs};

/// Requests in flight get this long to finish after a stop signal, in seconds.
const STOP_SECONDS: u64 = 20;

/// Opens the database, prints the first owner's link if there is none yet, and serves until stopped.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    store::with_database(config, async |ctx| serve_from(config, ctx).await).await
}

async fn serve_from(config: &Config, ctx: &Ctx) -> anyhow::Result<()> {
    let api = Api {
        ctx: ctx.clone(),
        limits: Limits::new(config.forms_per_minute),
        proxies: TrustedProxies::new(config.trusted_proxies.clone()),
    };
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(1, 8));
    let shared = api.clone();
    let server = HttpServer::new(move || {
        App::new()
            .into_utoipa_app()
            .app_data(Data::new(shared.clone()))
            .map(|app| app.configure(zgoda_api::framework))
            .configure(zgoda_api::routes)
            .into_app()
            .configure(zgoda_api::pages)
            .default_service(web::to(spa::serve))
            .wrap(from_fn(zgoda_api::guard))
    })
    .workers(workers)
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(STOP_SECONDS)
    .bind(config.listen)
    .with_context(|| format!("option listen: {}", config.listen))?
    .run();

    let (stop, stopped) = tokio::sync::oneshot::channel();
    let background = tokio::spawn(jobs::run(ctx.clone(), stopped));
    let limits = api.limits.clone();
    let sweeping = tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(300));
        loop {
            every.tick().await;
            limits.sweep();
        }
    });
    say(&format!("Zgoda is at {}\n", config.public_url))?;
    if let Some(token) = accounts::new_setup_token(ctx).await? {
        // In the fragment: browsers keep it to themselves, so it stands in no log.
        say(&format!(
            "\nMake the first owner with this link (valid for 24 hours, once):\n\n    {}/setup#{}\n\n",
            config.public_url,
            token.reveal()
        ))?;
    }
    let result = server.await;
    sweeping.abort();
    drop(stop);
    background.await.context("a background job panicked")?;
    Ok(result?)
}
