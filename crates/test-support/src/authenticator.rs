//! A passkey without a device: answers a server's questions as a browser would (WebAuthn Level 2, ES256, no attestation).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};

/// Present and verified.
const USER: u8 = 0x05;
/// The answer carries a new key.
const NEW_KEY: u8 = 0x40;

/// One passkey for one address.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    origin: String,
    uses: AtomicU32,
}

impl Authenticator {
    /// For the pages at `origin`.
    pub fn new(origin: &str) -> Self {
        let chance = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &chance).unwrap();
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        Self { key, id, origin: origin.to_owned(), uses: AtomicU32::new(0) }
    }

    /// Answers the question for a new passkey.
    pub fn create(&self, options: &Value) -> Value {
        let client = self.client_data("webauthn.create", options);
        // A COSE key: EC2, ES256, P-256, x and y of the uncompressed point.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let mut data = self.data(options.pointer("/publicKey/rp/id"), USER | NEW_KEY);
        data.extend([&[0; 16][..], &length, &self.id, &cose].concat());
        let size = u8::try_from(data.len()).unwrap();
        let attestation =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[size], data.as_slice()].concat();
        self.credential(json!({ "attestationObject": text(&attestation), "clientDataJSON": text(&client) }))
    }

    /// Answers the question for a passkey that exists.
    pub fn answer(&self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        let data = self.data(options.pointer("/publicKey/rpId"), USER);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(&client),
            "signature": text(signature.as_ref()),
            "userHandle": null,
        }))
    }

    fn credential(&self, response: Value) -> Value {
        let id = text(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options.pointer("/publicKey/challenge").unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// Whom it is for, what was checked, and a counter that grows.
    fn data(&self, relying_party: Option<&Value>, flags: u8) -> Vec<u8> {
        let uses = self.uses.fetch_add(1, Ordering::Relaxed) + 1;
        let mut data = Sha256::digest(relying_party.and_then(Value::as_str).unwrap()).to_vec();
        data.push(flags);
        data.extend(uses.to_be_bytes());
        data
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
