//! Checkpoints of the audit log in a file, one line each.

use anyhow::Context;
use futures::future::BoxFuture;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zgoda_app::audit::CheckpointSink;
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

/// All checkpoints of a file; none when there is no file.
pub fn read(path: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.with_context(|| path.display().to_string())?,
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line).with_context(|| format!("{}: line {} is no checkpoint", path.display(), at + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use zgoda_vault::{MasterKey, SystemEntropy};

    #[tokio::test]
    async fn lines_are_appended_for_the_operator_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let key = MasterKey::generate(&SystemEntropy).checkpoint_key();
        let kept: Vec<Checkpoint> =
            (1..=2).map(|seq| key.sign(seq, &[7; 32], "2026-11-24T12:00:00Z".to_owned())).collect();
        for checkpoint in &kept {
            let line = serde_json::to_string(checkpoint).unwrap();
            CheckpointFile(path.clone()).keep(line).await.unwrap();
        }
        assert_eq!(read(&path).unwrap(), kept);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "{}\n").unwrap();
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("line 1 is no checkpoint"));
        assert!(CheckpointFile(folder.path().join("nowhere/file")).keep(String::new()).await.is_err());
    }
}
