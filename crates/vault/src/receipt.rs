//! Signatures of consent receipts: JSON Web Signatures (RFC 7515, compact) with Ed25519 (RFC 8037), and the public keys to
//! check them with (RFC 7517). Beside them the claims to a receipt, which a visitor holds until they ask for it.

use crate::blind::keyed;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::Mac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::ZeroizeOnDrop;

const ALGORITHM: &str = "EdDSA";
/// What is signed: a key for one kind of document signs no other.
const TYPE: &str = "consent-receipt+jws";

/// Signs the receipts of one installation.
pub struct ReceiptKey(SigningKey);

/// A public key (RFC 8037 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    pub kty: String,
    pub crv: String,
    /// The public key, Base64url.
    pub x: String,
    /// The key's thumbprint (RFC 7638).
    pub kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

/// Public keys (RFC 7517 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    pub keys: Vec<Jwk>,
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    #[error("this is no signed receipt")]
    Malformed,
    #[error("it was signed with a key that is not known here")]
    UnknownKey,
    #[error("the signature is wrong: it was changed, or signed by somebody else")]
    WrongSignature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl ReceiptKey {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half, to be given to everybody.
    pub fn public(&self) -> Jwk {
        let x = BASE64.encode(self.0.verifying_key().as_bytes());
        Jwk {
            kid: thumbprint(&x),
            x,
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: Some(ALGORITHM.to_owned()),
            usage: Some("sig".to_owned()),
        }
    }

    /// The payload with its signature, as one line of text.
    pub fn sign(&self, payload: &[u8]) -> String {
        // Its members in this order and nothing to escape: JSON needs no library here.
        let header = format!(r#"{{"alg":"{ALGORITHM}","kid":"{}","typ":"{TYPE}"}}"#, self.public().kid);
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }
}

impl Jwks {
    /// The payload of a text that one of these keys signed. Takes one algorithm, whatever the text asks for.
    pub fn verify(&self, jws: &str) -> Result<Vec<u8>, JwsError> {
        let (signed, signature) = jws.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| JwsError::Malformed);
        // Unknown members are refused, and with them `crit`: nobody asks for what is not understood (RFC 7515 §4.1.11).
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Malformed)?;
        if header.alg != ALGORITHM || header.typ != TYPE {
            return Err(JwsError::Malformed);
        }
        let payload = decode(payload)?;
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| JwsError::Malformed)?;
        let key = self.keys.iter().find(|key| key.kid == header.kid).and_then(Jwk::key).ok_or(JwsError::UnknownKey)?;
        key.verify_strict(signed.as_bytes(), &signature).map_err(|_| JwsError::WrongSignature)?;
        Ok(payload)
    }
}

impl Jwk {
    /// The key, if it is of the kind that signs here and its name is its own.
    fn key(&self) -> Option<VerifyingKey> {
        let sound = self.kty == "OKP" && self.crv == "Ed25519" && self.kid == thumbprint(&self.x);
        let bytes: [u8; 32] = BASE64.decode(&self.x).ok().filter(|_| sound)?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok()
    }
}

/// RFC 7638 §3 for the members that RFC 8037 §2 names.
fn thumbprint(x: &str) -> String {
    BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

/// Makes texts that only this installation can have made.
#[derive(ZeroizeOnDrop)]
pub struct ClaimKey(pub(crate) [u8; 32]);

impl ClaimKey {
    /// The claim and its HMAC as URL-safe text. What it says can be read; it cannot be changed.
    pub fn seal(&self, claim: &[u8]) -> String {
        let mut mac = keyed(&self.0);
        mac.update(claim);
        let mut bytes = claim.to_vec();
        bytes.extend_from_slice(&mac.finalize().into_bytes());
        BASE64.encode(bytes)
    }

    /// What a presented text claims, if it is ours. Compares in constant time.
    pub fn open(&self, presented: &str) -> Option<Vec<u8>> {
        let bytes = BASE64.decode(presented).ok()?;
        let (claim, tag) = bytes.split_last_chunk::<32>()?;
        let mut mac = keyed(&self.0);
        mac.update(claim);
        mac.verify_slice(tag).ok()?;
        Some(claim.to_vec())
    }
}

macro_rules! hidden_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
hidden_debug!(ReceiptKey, ClaimKey);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(key: &ReceiptKey) -> Jwks {
        Jwks { keys: vec![key.public()] }
    }

    /// The keys and the thumbprint of RFC 8037, appendix A.
    #[test]
    fn keys_are_named_as_the_rfc_names_them() {
        let seed = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let public = ReceiptKey::new(&seed.try_into().unwrap()).public();
        assert_eq!(public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(public.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn others_keys_and_other_algorithms_are_refused() {
        let (ours, theirs) = (ReceiptKey::new(&[7; 32]), ReceiptKey::new(&[8; 32]));
        let jws = ours.sign(b"{}");
        assert_eq!(keys(&ours).verify(&jws), Ok(b"{}".to_vec()));
        assert_eq!(keys(&theirs).verify(&jws), Err(JwsError::UnknownKey));
        // Another key under our key's name.
        let disguised = Jwks { keys: vec![Jwk { kid: ours.public().kid, ..theirs.public() }] };
        assert_eq!(disguised.verify(&jws), Err(JwsError::UnknownKey));
        let kid = ours.public().kid;
        let rest = jws.split_once('.').unwrap().1;
        for header in [
            format!(r#"{{"alg":"none","kid":"{kid}","typ":"{TYPE}"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"{TYPE}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{TYPE}","crit":["exp"]}}"#),
        ] {
            assert_eq!(keys(&ours).verify(&format!("{}.{rest}", BASE64.encode(header))), Err(JwsError::Malformed));
        }
        for text in ["", ".", "..", "a.b.c", "no receipt"] {
            assert_eq!(keys(&ours).verify(text), Err(JwsError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_flipped_bit_is_noticed(payload in proptest::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>(), bit in 0u8..7) {
            let key = ReceiptKey::new(&[7; 32]);
            let jws = key.sign(&payload);
            prop_assert_eq!(keys(&key).verify(&jws), Ok(payload));
            let mut bytes = jws.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(keys(&key).verify(&changed).is_err());
        }

        #[test]
        fn a_claim_cannot_be_changed_or_made_by_others(claim in proptest::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), bit in 0u8..7) {
            let key = ClaimKey([7; 32]);
            let sealed = key.seal(&claim);
            prop_assert_eq!(key.open(&sealed), Some(claim));
            prop_assert_eq!(ClaimKey([8; 32]).open(&sealed), None);
            let mut bytes = sealed.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(key.open(&String::from_utf8(bytes).unwrap()), None);
        }
    }
}
