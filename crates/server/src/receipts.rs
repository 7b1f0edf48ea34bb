//! Checking consent receipts without a server.

use crate::{
    commands::say,
    config::Config,
    master_key::{self, Missing},
};
use anyhow::{Context, bail};
use std::{fs, path::Path};
use zgoda_app::receipts::{self, Verified};
use zgoda_vault::{Jwks, SystemEntropy};

/// The public keys in a file.
pub fn read_keys(file: &Path) -> anyhow::Result<Jwks> {
    let text = fs::read_to_string(file).with_context(|| format!("keys {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("keys {}: this is no JWKS", file.display()))
}

/// The key that the master key of this installation gives.
pub fn own_keys(config: &Config) -> anyhow::Result<Jwks> {
    let master = master_key::load(&config.master_key_file, Missing::Refuse, &SystemEntropy)?;
    Ok(Jwks { keys: vec![master.receipt_key().public()] })
}

/// Says whether one of these keys signed the receipt.
pub fn verify(file: &Path, keys: &Jwks) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("receipt {}", file.display()))?;
    match receipts::verify(&text, keys).with_context(|| format!("receipt {}", file.display()))? {
        Verified::Text(receipt) | Verified::Page(receipt) => say(&format!(
            "The receipt is genuine: number {}, of {}, about {} consent(s).\n",
            receipt.receipt_id,
            receipt.issued_at.format("%Y-%m-%d %H:%M:%S UTC"),
            receipt.records.len()
        )),
        Verified::ForeignPage(receipt) => bail!(
            "the signed text is genuine (number {}), but the page around it says something else, or another version of the \
             program wrote it: rely on the signed text alone",
            receipt.receipt_id
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zgoda_vault::MasterKey;

    #[test]
    fn a_receipt_is_checked_with_a_file_of_keys_and_a_changed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let master = MasterKey::generate(&SystemEntropy);
        let (keys, file) = (folder.path().join("keys.json"), folder.path().join("receipt.jws"));
        let public = Jwks { keys: vec![master.receipt_key().public()] };
        fs::write(&keys, serde_json::to_string(&public).unwrap()).unwrap();
        let keys = read_keys(&keys).unwrap();
        // Signed by us, and no receipt.
        let jws = master.receipt_key().sign(b"{}");
        fs::write(&file, &jws).unwrap();
        assert!(format!("{:#}", verify(&file, &keys).unwrap_err()).contains("no signed receipt"));
        fs::write(&file, jws.replacen('e', "f", 1)).unwrap();
        assert!(verify(&file, &keys).is_err());
        assert!(read_keys(&file).is_err() && verify(&folder.path().join("none"), &keys).is_err());
    }
}
