//! Password hashes: Argon2id with 19 MiB, two passes, one lane (the OWASP floor), parameters stored with each hash.

use crate::VaultError;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};

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

fn argon2() -> Result<Argon2<'static>, VaultError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| VaultError::Hashing)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password. Slow on purpose: call it where blocking is allowed.
pub fn hash_password(password: &[u8], salt: [u8; 16]) -> Result<PasswordHash, VaultError> {
    let hash = argon2()?.hash_password_with_salt(password, &salt).map_err(|_| VaultError::Hashing)?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether the password fits. Slow on purpose; takes the same time for a hash of nobody.
pub fn verify_password(password: &[u8], hash: &PasswordHash) -> bool {
    let Ok(parsed) = phc::PasswordHash::new(&hash.0) else { return false };
    argon2().is_ok_and(|argon2| argon2.verify_password(password, &parsed).is_ok())
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
