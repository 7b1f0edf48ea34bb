//! Two-step login.

use crate::transport::{Api, ApiError, Extra};
use reqwest::Method;
use zgoda_api_types::{
    accounts::Me,
    second_factors::{
        AddFactor, Attempt, CompleteSignIn, FactorOffer, FactorProof, NewFactor, PasskeyAnswer, PasskeyQuestion,
        PasskeySignIn, RecoveryCodes, SecondFactors, SendSignInCode, SendStepUpCode,
    },
};
use zgoda_domain::id::{FactorId, TrustedDeviceId};

impl Api {
    /// Sends a code for the second half of a sign-in.
    pub async fn send_sign_in_code(&self, body: &SendSignInCode) -> Result<(), ApiError> {
        self.act(Method::POST, "/session/second-factor/code", Some(body), Extra::default()).await
    }

    /// What the browser is to be asked for the second half of a sign-in.
    pub async fn ask_sign_in_passkey(&self, body: &Attempt) -> Result<PasskeyQuestion, ApiError> {
        self.post("/session/second-factor/passkey", body).await
    }

    pub async fn complete_sign_in(&self, body: &CompleteSignIn) -> Result<Me, ApiError> {
        self.post("/session/second-factor", body).await
    }

    /// Begins to sign in with a passkey alone.
    pub async fn ask_passkey(&self) -> Result<PasskeyQuestion, ApiError> {
        self.post("/session/passkey", &()).await
    }

    pub async fn sign_in_with_passkey(&self, body: &PasskeySignIn) -> Result<Me, ApiError> {
        self.post("/session/passkey/answer", body).await
    }

    /// What the caller can show to prove themselves again; nothing means the password.
    pub async fn step_up_offers(&self) -> Result<Vec<FactorOffer>, ApiError> {
        self.get("/session/step-up").await
    }

    pub async fn send_step_up_code(&self, body: SendStepUpCode) -> Result<(), ApiError> {
        self.act(Method::POST, "/session/step-up/code", Some(&body), Extra::default()).await
    }

    pub async fn ask_step_up_passkey(&self) -> Result<PasskeyQuestion, ApiError> {
        self.post("/session/step-up/passkey", &()).await
    }

    /// Proves oneself again.
    pub async fn step_up(&self, body: &FactorProof) -> Result<(), ApiError> {
        self.act(Method::POST, "/session/step-up", Some(body), Extra::default()).await
    }

    /// Asks for a passkey to unlock the session.
    pub async fn ask_unlock_passkey(&self) -> Result<PasskeyQuestion, ApiError> {
        self.post("/session/unlock/passkey", &()).await
    }

    pub async fn unlock_with_passkey(&self, body: &PasskeyAnswer) -> Result<(), ApiError> {
        self.act(Method::POST, "/session/unlock/passkey/answer", Some(body), Extra::default()).await
    }

    pub async fn second_factors(&self) -> Result<SecondFactors, ApiError> {
        self.get("/second-factors").await
    }

    pub async fn add_second_factor(&self, body: &AddFactor) -> Result<NewFactor, ApiError> {
        self.post("/second-factors", body).await
    }

    pub async fn confirm_second_factor(&self, id: FactorId, body: &FactorProof) -> Result<(), ApiError> {
        self.act(Method::POST, &format!("/second-factors/{id}/confirm"), Some(body), Extra::default()).await
    }

    pub async fn remove_second_factor(&self, id: FactorId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/second-factors/{id}"), None, Extra::default()).await
    }

    /// A fresh list of recovery codes.
    pub async fn make_recovery_codes(&self) -> Result<RecoveryCodes, ApiError> {
        self.post("/recovery-codes", &()).await
    }

    pub async fn forget_trusted_device(&self, id: TrustedDeviceId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/trusted-devices/{id}"), None, Extra::default()).await
    }
}
