//! The master key's file: made once, readable by its owner only, never in the database or a backup.

use anyhow::{Context, bail};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};
use zgoda_vault::{Entropy, MasterKey};

/// Whether a key may be made when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Create,
    /// The database exists already: a new key could open nothing of it.
    Refuse,
}

/// Reads the key, or makes it on the first start.
pub fn load(path: &Path, missing: Missing, entropy: &dyn Entropy) -> anyhow::Result<MasterKey> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let mode = fs::metadata(path)?.permissions().mode();
            if mode & 0o077 != 0 {
                bail!("master key {}: others can read it; run chmod 600 on it", path.display());
            }
            MasterKey::from_hex(&text).with_context(|| format!("master key {}", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && missing == Missing::Create => {
            let key = MasterKey::generate(entropy);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("master key {}", path.display()))?;
            writeln!(file, "{}", key.to_hex().as_str())?;
            file.sync_all()?;
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::File::open(folder)?.sync_all()?;
            }
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("master key {}: missing, and the database it opens exists; put the key back", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("master key {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zgoda_vault::SystemEntropy;

    #[test]
    fn a_key_is_made_once_and_guarded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(load(&path, Missing::Refuse, &SystemEntropy).is_err());
        let made = load(&path, Missing::Create, &SystemEntropy).unwrap();
        let read = load(&path, Missing::Refuse, &SystemEntropy).unwrap();
        assert_eq!(*made.to_hex(), *read.to_hex());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(load(&path, Missing::Create, &SystemEntropy).unwrap_err().to_string().contains("chmod 600"));
    }
}
