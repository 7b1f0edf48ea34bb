//! Passkeys (WebAuthn Level 2): what a browser is asked, and whether its answer is right.
//!
//! Questions and answers are the JSON of `PublicKeyCredential.parseCreationOptionsFromJSON` and its kin. What has to be
//! remembered in between is given out as bytes, to be kept sealed, so that any replica can check the answer.

use crate::VaultError;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt, sync::Arc};
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};

/// Asks for and checks passkeys of one installation.
#[derive(Clone)]
pub struct Passkeys(Arc<Webauthn>);

/// A question for the browser, and what to remember of it.
#[derive(Debug)]
pub struct PasskeyQuestion {
    pub options: Value,
    pub state: Vec<u8>,
}

/// A passkey as it is stored.
#[derive(Clone)]
pub struct StoredPasskey {
    pub bytes: Vec<u8>,
    pub credential_id: Vec<u8>,
}

impl Passkeys {
    /// For the address staff use; `None` where browsers know no passkeys: an IP address is no relying party.
    pub fn for_origin(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let Some(Host::Domain(domain)) = origin.host() else { return None };
        let builder = WebauthnBuilder::new(domain, &origin).ok()?.rp_name("Zgoda");
        builder.build().ok().map(|webauthn| Self(Arc::new(webauthn)))
    }

    /// Asks for a new passkey. `known` are the account's own: a device is not registered twice.
    pub fn ask_new(
        &self,
        account: Uuid,
        name: &str,
        display_name: &str,
        known: &[Vec<u8>],
    ) -> Result<PasskeyQuestion, VaultError> {
        let exclude = known.iter().map(|bytes| read::<Passkey>(bytes).map(|key| key.cred_id().clone()));
        let exclude: Vec<CredentialID> = exclude.collect::<Result<_, _>>()?;
        let (options, state) = self
            .0
            .start_passkey_registration(account, name, display_name, Some(exclude))
            .map_err(|_| VaultError::Unreadable)?;
        let mut options = to_value(&options)?;
        // A key that the device remembers by itself can sign in without an address typed.
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut)
        {
            selection.insert("residentKey".to_owned(), "preferred".into());
        }
        Ok(PasskeyQuestion { options, state: write(&state)? })
    }

    /// The new passkey, if the answer is right.
    pub fn accept_new(&self, answer: Value, state: &[u8]) -> Option<StoredPasskey> {
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).ok()?;
        let state: PasskeyRegistration = read(state).ok()?;
        let passkey = self.0.finish_passkey_registration(&answer, &state).ok()?;
        let credential_id = AsRef::<[u8]>::as_ref(passkey.cred_id()).to_vec();
        Some(StoredPasskey { bytes: write(&passkey).ok()?, credential_id })
    }

    /// Asks for one of these passkeys.
    pub fn ask(&self, known: &[Vec<u8>]) -> Result<PasskeyQuestion, VaultError> {
        let known: Vec<Passkey> = known.iter().map(|bytes| read(bytes)).collect::<Result<_, _>>()?;
        let (options, state) = self.0.start_passkey_authentication(&known).map_err(|_| VaultError::Unreadable)?;
        Ok(PasskeyQuestion { options: to_value(&options)?, state: write(&state)? })
    }

    /// Asks for any passkey the device has for this installation.
    pub fn ask_any(&self) -> Result<PasskeyQuestion, VaultError> {
        let (mut options, state) = self.0.start_discoverable_authentication().map_err(|_| VaultError::Unreadable)?;
        options.mediation = None;
        Ok(PasskeyQuestion { options: to_value(&options)?, state: write(&state)? })
    }

    /// The id of the passkey that an answer claims to be of.
    pub fn claimed(answer: &Value) -> Option<Vec<u8>> {
        let answer: PublicKeyCredential = serde_json::from_value(answer.clone()).ok()?;
        Some(answer.get_credential_id().to_vec())
    }

    /// Whether the answer to [`Self::ask`] is right for this passkey; returns it as it is to be stored from now on.
    pub fn accept(&self, answer: Value, state: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).ok()?;
        let state: PasskeyAuthentication = read(state).ok()?;
        let result = self.0.finish_passkey_authentication(&answer, &state).ok()?;
        updated(stored, &result)
    }

    /// Whether the answer to [`Self::ask_any`] is right for this passkey; returns it as it is to be stored from now on.
    pub fn accept_any(&self, answer: Value, state: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).ok()?;
        let state: DiscoverableAuthentication = read(state).ok()?;
        let key = DiscoverableKey::from(read::<Passkey>(stored).ok()?);
        let result = self.0.finish_discoverable_authentication_v2(&answer, state, &key).ok()?;
        updated(stored, &result)
    }
}

/// The passkey with its counter moved on; `None` when the answer was another's, or the user was not verified.
fn updated(stored: &[u8], result: &webauthn_rs::prelude::AuthenticationResult) -> Option<Vec<u8>> {
    let mut passkey: Passkey = read(stored).ok()?;
    passkey.update_credential(result)?;
    result.user_verified().then(|| write(&passkey).ok())?
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, VaultError> {
    serde_json::from_slice(bytes).map_err(|_| VaultError::Unreadable)
}

fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(value).map_err(|_| VaultError::Unreadable)
}

fn to_value<T: Serialize>(value: &T) -> Result<Value, VaultError> {
    serde_json::to_value(value).map_err(|_| VaultError::Unreadable)
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys(…)")
    }
}

impl fmt::Debug for StoredPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPasskey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_name_has_no_passkeys() {
        assert!(Passkeys::for_origin("http://127.0.0.1:8080").is_none());
        assert!(Passkeys::for_origin("http://[::1]:8080").is_none());
        assert!(Passkeys::for_origin("http://localhost:8080").is_some());
        assert!(Passkeys::for_origin("https://crm.example.com").is_some());
    }

    #[test]
    fn what_does_not_answer_the_question_is_refused() {
        let passkeys = Passkeys::for_origin("https://crm.example.com").unwrap();
        let question = passkeys.ask_new(Uuid::from_u128(1), "jan@example.com", "Jan", &[]).unwrap();
        assert!(question.options.pointer("/publicKey/challenge").is_some());
        assert!(passkeys.accept_new(Value::Null, &question.state).is_none());
        assert!(passkeys.accept_new(question.options, &question.state).is_none());
        assert!(passkeys.ask_any().is_ok());
    }
}
