//! Checkpoints of both logs in a file, one line each.

use anyhow::Context;
use futures::future::BoxFuture;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zgoda_app::{audit::CheckpointSink, ledger::LedgerLine};
use zgoda_vault::Checkpoint;

/// Appends to a file. It is worth more on another machine: a mount, or a folder that is copied away.
pub struct CheckpointFile(pub PathBuf);

impl CheckpointSink for CheckpointFile {
    fn keep(&self, line: String) -> BoxFuture<'static, Result<(), io::Error>> {
        let path = self.0.clone();
        Box::pin(async move {
            let write = move || {
                let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
                file.write_all(format!("{line}\n").as_bytes())?;
                file.sync_all()
            };
            tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(io::Error::other(error)))
        })
    }
}

/// What a file of checkpoints holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Of the log of system activities.
    pub audit: Vec<Checkpoint>,
    /// Of the consent ledger, as signed notes.
    pub ledger: Vec<String>,
}

/// All checkpoints of a file of lines, or the one signed note that the file is; none when there is no file.
pub fn read(path: &Path) -> anyhow::Result<Kept> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
        read => read.with_context(|| path.display().to_string())?,
    };
    if text.contains("\n\n\u{2014} ") {
        return Ok(Kept { ledger: vec![text], ..Kept::default() });
    }
    let mut kept = Kept::default();
    for (at, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if let Ok(line) = serde_json::from_str::<LedgerLine>(line) {
            kept.ledger.push(line.consent_ledger);
            continue;
        }
        let checkpoint = serde_json::from_str(line);
        kept.audit.push(checkpoint.with_context(|| format!("{}: line {} is no checkpoint", path.display(), at + 1))?);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use zgoda_vault::{MasterKey, SystemEntropy, TreeHead};

    #[tokio::test]
    async fn lines_are_appended_for_the_operator_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints.jsonl");
        assert_eq!(read(&path).unwrap(), Kept::default());
        let master = MasterKey::generate(&SystemEntropy);
        let key = master.checkpoint_key();
        let kept: Vec<Checkpoint> =
            (1..=2).map(|seq| key.sign(seq, &[7; 32], "2026-11-24T12:00:00Z".to_owned())).collect();
        for checkpoint in &kept {
            let line = serde_json::to_string(checkpoint).unwrap();
            CheckpointFile(path.clone()).keep(line).await.unwrap();
        }
        let note = master.ledger_key().sign(&TreeHead { size: 3, root: [7; 32] });
        let line = serde_json::json!({ "consent_ledger": note, "at": "2026-01-15T10:00:00Z" }).to_string();
        CheckpointFile(path.clone()).keep(line).await.unwrap();
        assert_eq!(read(&path).unwrap(), Kept { audit: kept, ledger: vec![note.clone()] });
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let alone = folder.path().join("note");
        fs::write(&alone, &note).unwrap();
        assert_eq!(read(&alone).unwrap(), Kept { ledger: vec![note], ..Kept::default() });
        fs::write(&path, "{}\n").unwrap();
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("line 1 is no checkpoint"));
        assert!(CheckpointFile(folder.path().join("nowhere/file")).keep(String::new()).await.is_err());
    }
}
