//! Access tokens: short-lived JWTs (RFC 7519, RFC 9068) that name a session and nothing personal.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ALGORITHM: Algorithm = Algorithm::HS256;
/// Keeps an access token from passing for any other kind of token (RFC 8725 §3.11).
const TYPE: &str = "at+jwt";
const ISSUER: &str = "zgoda";
const AUDIENCE: &str = "zgoda-staff";
/// Clocks of two replicas may differ by this much, in seconds.
const LEEWAY: i64 = 5;

/// What an access token says. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    pub iss: String,
    pub aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session; its row is consulted on every request.
    pub sid: Uuid,
    /// The refresh token that was issued with it.
    pub jti: Uuid,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
}

impl AccessClaims {
    pub fn new(account: Uuid, session: Uuid, refresh: Uuid, now: i64, life_seconds: i64) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            sid: session,
            jti: refresh,
            iat: now,
            nbf: now,
            exp: now + life_seconds,
        }
    }
}

fn header() -> Header {
    Header { typ: Some(TYPE.to_owned()), ..Header::new(ALGORITHM) }
}

/// Signs and checks access tokens with one algorithm and one key.
#[derive(Clone)]
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl AccessTokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { encoding: EncodingKey::from_secret(key), decoding: DecodingKey::from_secret(key) }
    }

    pub fn sign(&self, claims: &AccessClaims) -> Option<String> {
        encode(&header(), claims, &self.encoding).ok()
    }

    /// The claims of a genuine token that is valid at `now`; nothing is believed before the signature holds.
    pub fn check(&self, token: &str, now: i64) -> Option<AccessClaims> {
        if token.len() > 2048 {
            return None;
        }
        let mut validation = Validation::new(ALGORITHM);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Times are checked below, against the clock we were given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let data = decode::<AccessClaims>(token, &self.decoding, &validation).ok()?;
        // Exactly the header that we write: whatever else it says would have to mean something.
        let plain = data.header == header();
        let claims = data.claims;
        let current = claims.nbf <= now + LEEWAY
            && claims.iat <= now + LEEWAY
            && now < claims.exp + LEEWAY
            && claims.iat < claims.exp;
        (plain && current).then_some(claims)
    }
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessTokens(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::{Value, json};
    use sha2::Sha256;

    const KEY: [u8; 32] = [9; 32];
    const NOW: i64 = 1_800_000_000;

    /// Signs any header and payload, right or wrong, the way an attacker with a stolen key library would.
    fn forge(header: &Value, payload: &Value, key: &[u8]) -> String {
        forge_text(&header.to_string(), &payload.to_string(), key)
    }

    fn forge_text(header: &str, payload: &str, key: &[u8]) -> String {
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn good() -> (Value, Value) {
        let id = Uuid::from_u128(1);
        let claims = serde_json::to_value(AccessClaims::new(id, id, id, NOW, 600)).unwrap();
        (json!({"typ": "at+jwt", "alg": "HS256"}), claims)
    }

    #[test]
    fn a_genuine_token_is_believed_for_its_ten_minutes() {
        let tokens = AccessTokens::new(&KEY);
        let (header, payload) = good();
        let token = forge(&header, &payload, &KEY);
        assert!(tokens.check(&token, NOW).is_some());
        assert!(tokens.check(&token, NOW + 599).is_some());
        assert!(tokens.check(&token, NOW + 606).is_none());
        assert!(tokens.check(&token, NOW - 10).is_none());
        let id = Uuid::from_u128(1);
        let signed = tokens.sign(&AccessClaims::new(id, id, id, NOW, 600)).unwrap();
        assert!(tokens.check(&signed, NOW).is_some());
    }

    #[test]
    fn forged_tokens_are_refused() {
        let tokens = AccessTokens::new(&KEY);
        let (header, payload) = good();
        let mut forgeries = vec![
            forge(&header, &payload, b"another key"),
            forge(&header, &payload, b""),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(1_000_000),
        ];
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("None")),
            ("alg", json!("HS384")),
            ("alg", json!("HS512")),
            ("alg", json!("RS256")),
            ("alg", json!("EdDSA")),
            ("alg", json!("")),
            ("typ", json!("JWT")),
            ("typ", json!("form+jwt")),
            ("typ", Value::Null),
            ("kid", json!("../../dev/null")),
            ("kid", json!("' OR 1=1")),
            ("kid", json!("k".repeat(10_000))),
            ("b64", json!(false)),
            ("jku", json!("https://example.com/keys")),
            ("crit", json!(["exp"])),
            ("x5u", json!("https://example.com/x")),
        ] {
            let mut changed = header.clone();
            changed[name] = value;
            forgeries.push(forge(&changed, &payload, &KEY));
        }
        for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"] {
            let mut missing = payload.clone();
            missing.as_object_mut().unwrap().remove(claim);
            forgeries.push(forge(&header, &missing, &KEY));
        }
        for (name, value) in [
            ("aud", json!("another")),
            ("aud", json!(["zgoda-staff", "x"])),
            ("iss", json!("other")),
            ("exp", json!("1900000000")),
            ("exp", json!(1e308)),
            ("exp", json!(-1)),
            ("nbf", json!(NOW + 3600)),
            ("iat", json!(NOW + 3600)),
            ("admin", json!(true)),
            ("sub", json!("not-a-uuid")),
        ] {
            let mut changed = payload.clone();
            changed[name] = value;
            forgeries.push(forge(&header, &changed, &KEY));
        }
        let token = forge(&header, &payload, &KEY);
        forgeries.push(format!("{token}="));
        forgeries.push(format!("{token}A"));
        forgeries.push(token.rsplit_once('.').unwrap().0.to_owned() + ".");
        // The last character of 32 bytes carries two bits that mean nothing: they must be zero (RFC 4648 §3.5).
        let (most, last) = token.split_at(token.len() - 1);
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let value = alphabet.find(last).unwrap();
        let trailing = (1..4).map(|bits| format!("{most}{}", alphabet.chars().nth(value | bits).unwrap()));
        forgeries.extend(trailing.filter(|forgery| *forgery != token));
        forgeries.push(token.replacen('.', "=.", 1));
        // Claims and headers that stand twice: whichever a reader takes, another may take the other.
        let twice = |text: String, name: &str, value: &str| text.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        for (name, value) in
            [("exp", "1900000000"), ("sub", "\"00000000-0000-0000-0000-000000000002\""), ("aud", "\"x\"")]
        {
            forgeries.push(forge_text(&header.to_string(), &twice(payload.to_string(), name, value), &KEY));
        }
        for (name, value) in [("alg", "\"HS256\""), ("alg", "\"none\""), ("typ", "\"at+jwt\"")] {
            forgeries.push(forge_text(&twice(header.to_string(), name, value), &payload.to_string(), &KEY));
        }
        assert!(forgeries.len() >= 50);
        for forgery in forgeries {
            assert!(tokens.check(&forgery, NOW).is_none(), "{forgery:.200}");
        }
    }
}
