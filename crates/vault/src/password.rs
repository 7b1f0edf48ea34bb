//! Password hashes: Argon2id with 19 MiB, two passes, one lane (the OWASP floor), parameters stored with each hash.

use crate::VaultError;
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash::phc};

/// A PHC string. Its text is stored; it is never sent.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash no password fits, so that an unknown address costs the same time as a wrong password.
    pub fn of_nobody() -> Self {
        // Made once with this module's parameters over random bytes that were thrown away.
        Self(
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRvZm5vYm9keQ$EB+0MJY+YdhLXnl8GC4kDOwZYCNEX0iolCRJhe3FTq0"
                .to_owned(),
        )
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn params() -> Result<Params, VaultError> {
    Params::new(19 * 1024, 2, 1, Some(LENGTH)).map_err(|_| VaultError::Hashing)
}

/// Bytes of a hash.
const LENGTH: usize = 32;

/// Blocks of 1 KiB that room is made for at least; only those that the parameters ask for are touched. From 32 MiB on glibc
/// asks the system for them and gives them back at once. Of less it keeps them for later, and does so with whatever else of
/// that size is freed from then on.
const ROOM: usize = 33 * 1024;

fn derive(password: &[u8], salt: &[u8], params: Params) -> Result<phc::Output, VaultError> {
    let mut memory = Vec::with_capacity(ROOM.max(params.block_count()));
    memory.resize(params.block_count(), Block::default());
    let mut out = [0; LENGTH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut out, memory.as_mut_slice())
        .map_err(|_| VaultError::Hashing)?;
    phc::Output::new(&out).map_err(|_| VaultError::Hashing)
}

/// Hashes a password. Slow on purpose: call it where blocking is allowed.
pub fn hash_password(password: &[u8], salt: [u8; 16]) -> Result<PasswordHash, VaultError> {
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params()?).try_into().map_err(|_| VaultError::Hashing)?,
        salt: Some(phc::Salt::new(&salt).map_err(|_| VaultError::Hashing)?),
        hash: Some(derive(password, &salt, params()?)?),
    };
    Ok(PasswordHash(hash.to_string()))
}

/// Whether the password fits. Slow on purpose; takes the same time for a hash of nobody.
pub fn verify_password(password: &[u8], hash: &PasswordHash) -> bool {
    let Ok(parsed) = phc::PasswordHash::new(&hash.0) else { return false };
    let known = parsed.algorithm == Algorithm::Argon2id.ident() && parsed.version == Some(Version::V0x13.into());
    let (Some(salt), Some(expected), true) = (parsed.salt, parsed.hash, known) else { return false };
    let Ok(params) = Params::try_from(&parsed.params) else { return false };
    // Compared in constant time.
    derive(password, &salt, params).is_ok_and(|found| found == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_fits() {
        let hash = hash_password(b"correct horse battery", [3; 16]).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify_password(b"correct horse battery", &hash));
        assert!(!verify_password(b"correct horse batterY", &hash));
    }

    #[test]
    fn nobodys_hash_is_a_real_hash_with_the_same_parameters() {
        let nobody = PasswordHash::of_nobody();
        let parsed = phc::PasswordHash::new(nobody.as_str()).unwrap();
        assert_eq!(parsed.params.to_string(), "m=19456,t=2,p=1");
        assert_eq!(parsed.hash.map(|hash| hash.len()), Some(32));
        assert!(!verify_password(b"", &nobody));
    }
}
