//! Checkpoints of the audit log, sent to an address of the operator's choice.

use crate::{SettingError, http};
use futures::future::BoxFuture;
use std::io;
use ureq::Agent;
use url::Url;
use zgoda_app::audit::CheckpointSink;

/// Posts each checkpoint as JSON.
pub struct Webhook {
    agent: Agent,
    url: Url,
}

impl Webhook {
    pub fn new(url: &str) -> Result<Self, SettingError> {
        Ok(Self { agent: http::agent(), url: http::address("checkpoint_url", url)? })
    }
}

impl CheckpointSink for Webhook {
    fn keep(&self, line: String) -> BoxFuture<'static, Result<(), io::Error>> {
        let (agent, url) = (self.agent.clone(), self.url.clone());
        Box::pin(async move {
            let call = move || match agent.post(url.as_str()).content_type("application/json").send(line.as_bytes()) {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(io::Error::other(format!("answered with {}", answer.status().as_u16()))),
                Err(_) => Err(io::Error::other("not reached")),
            };
            tokio::task::spawn_blocking(call).await.unwrap_or_else(|error| Err(io::Error::other(error)))
        })
    }
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook(…)")
    }
}
