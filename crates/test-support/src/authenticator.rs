//! A device with a passkey, in software: WebAuthn level 2 with one P-256 key and no attestation.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zgoda_vault::{Entropy, SystemEntropy};

/// The user was there, was verified, and a credential is attached (WebAuthn §6.1).
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTACHED: u8 = 0x40;

/// A device that holds one passkey. What it says of itself can be changed, to lie.
#[derive(Clone)]
pub struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    /// Where the page says it is.
    pub origin: String,
    /// Whom the key is for.
    pub rp_id: String,
    /// Whether the device checked who holds it.
    pub verifies: bool,
}

impl Authenticator {
    /// A new key, used at `origin`, whose host is `rp_id`.
    pub fn new(origin: &str, rp_id: &str) -> Self {
        let entropy: &dyn Entropy = &SystemEntropy;
        Self {
            key: SigningKey::from_slice(&entropy.bytes::<32>()).unwrap(),
            id: entropy.bytes::<16>().to_vec(),
            origin: origin.into(),
            rp_id: rp_id.into(),
            verifies: true,
        }
    }

    /// Answers the question for a new passkey.
    pub fn register(&self, options: &Value) -> Value {
        let point = self.key.verifying_key().to_encoded_point(false);
        let mut data = self.data(ATTACHED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        // COSE: kty EC2, alg ES256, crv P-256, x, y.
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 32]);
        data.extend(point.y().unwrap());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        self.credential(json!({
            "attestationObject": encode(&object),
            "clientDataJSON": encode(self.client_data("webauthn.create", options).as_bytes()),
        }))
    }

    /// Answers the question for a known passkey.
    pub fn answer(&self, options: &Value) -> Value {
        let (data, client) = (self.data(0), self.client_data("webauthn.get", options));
        let signed = [data.as_slice(), &Sha256::digest(client.as_bytes())].concat();
        let signature: Signature = self.key.sign(&signed);
        self.credential(json!({
            "authenticatorData": encode(&data),
            "clientDataJSON": encode(client.as_bytes()),
            "signature": encode(signature.to_der().as_bytes()),
        }))
    }

    fn credential(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} })
    }

    /// The authenticator's data with a counter that stands still, as that of a passkey which is synchronised does.
    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend([0; 4]);
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = options.pointer("/publicKey/challenge").unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
