//! A real SMTP server in a process of its own: `e2e/lib/mail-server.mjs`.

use serde::Deserialize;
use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Runs until it is dropped.
pub struct MailServer {
    pub port: u16,
    received: Arc<Mutex<Vec<ReceivedMail>>>,
    child: Child,
}

/// The first line it prints.
#[derive(Deserialize)]
struct Started {
    port: u16,
}

/// A message as it arrived.
#[derive(Clone, Debug, Deserialize)]
pub struct ReceivedMail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// In their order, unfolded.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub text: String,
    /// Every byte as one character.
    pub raw: String,
}

impl MailServer {
    /// Starts one with the options of `mail-server.mjs`.
    pub async fn start(options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/lib/mail-server.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .args(options)
            // It ends with this pipe, should the tests' process be killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node is missing");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("the mail server ended: run scripts/e2e-packages");
        let Started { port } = serde_json::from_str(&first).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let arriving = received.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                arriving.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { port, received, child }
    }

    /// Waits until this many messages have arrived, and a moment more for those that should not.
    pub async fn received(&self, count: usize) -> Vec<ReceivedMail> {
        for _ in 0..200 {
            if self.received.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        self.received.lock().unwrap().clone()
    }

    /// Ends it, and waits until it is gone.
    pub async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}

impl ReceivedMail {
    /// The one header of this name.
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(found.next().is_none(), "{name} stands twice");
        value
    }
}
