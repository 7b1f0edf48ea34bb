//! Members of staff, roles, departments, security settings, API keys.

use crate::transport::{Api, ApiError, Extra, Versioned};
use reqwest::Method;
use zgoda_api_types::{
    Created,
    accounts::ResetPassword,
    api_keys::{ApiKey, CreateApiKey, CreatedApiKey},
    staff::{
        Account, ChangeAccount, Colleague, CreateAccount, Deactivate, Department, DepartmentBody, HandOver, HandedOver,
        Invited, Role, RoleBody,
    },
};
use zgoda_domain::{
    id::{AccountId, ApiKeyId, DepartmentId, RoleId},
    security::SecuritySettings,
};

impl Api {
    pub async fn roles(&self) -> Result<Vec<Role>, ApiError> {
        self.get("/roles").await
    }

    pub async fn create_role(&self, body: &RoleBody, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/roles", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn change_role(&self, id: RoleId, version: i32, body: &RoleBody) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, &format!("/roles/{id}"), Some(body), extra).await
    }

    pub async fn delete_role(&self, id: RoleId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/roles/{id}"), None, Extra::default()).await
    }

    pub async fn accounts(&self) -> Result<Vec<Account>, ApiError> {
        self.get("/accounts").await
    }

    pub async fn create_account(
        &self,
        body: &CreateAccount,
        idempotency_key: Option<&str>,
    ) -> Result<Invited, ApiError> {
        self.post_with("/accounts", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn change_account(&self, id: AccountId, body: &ChangeAccount) -> Result<(), ApiError> {
        self.act(Method::PUT, &format!("/accounts/{id}"), Some(body), Extra::default()).await
    }

    pub async fn deactivate_account(&self, id: AccountId, body: Deactivate) -> Result<HandedOver, ApiError> {
        self.post(&format!("/accounts/{id}/deactivate"), &body).await
    }

    /// Invites the owner of an account that has no password yet once more.
    pub async fn invite_account(&self, id: AccountId) -> Result<Invited, ApiError> {
        self.post(&format!("/accounts/{id}/invite"), &()).await
    }

    /// Chooses the first password, by an invitation's link.
    pub async fn accept_invitation(&self, body: &ResetPassword) -> Result<(), ApiError> {
        self.act(Method::POST, "/invitation", Some(body), Extra::default()).await
    }

    /// Takes all second factors of an account away.
    pub async fn reset_second_factors(&self, id: AccountId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/accounts/{id}/reset-second-factors"), None, Extra::default()).await
    }

    /// Ends all sessions of an account.
    pub async fn end_account_sessions(&self, id: AccountId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/accounts/{id}/sessions"), None, Extra::default()).await
    }

    pub async fn reactivate_account(&self, id: AccountId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/accounts/{id}/reactivate"), None, Extra::default()).await
    }

    pub async fn hand_over_clients(&self, id: AccountId, body: HandOver) -> Result<HandedOver, ApiError> {
        self.post(&format!("/accounts/{id}/hand-over"), &body).await
    }

    pub async fn colleagues(&self) -> Result<Vec<Colleague>, ApiError> {
        self.get("/colleagues").await
    }

    pub async fn departments(&self) -> Result<Vec<Department>, ApiError> {
        self.get("/departments").await
    }

    pub async fn create_department(
        &self,
        body: &DepartmentBody,
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        self.post_with("/departments", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn rename_department(&self, id: DepartmentId, body: &DepartmentBody) -> Result<(), ApiError> {
        self.act(Method::PUT, &format!("/departments/{id}"), Some(body), Extra::default()).await
    }

    pub async fn delete_department(&self, id: DepartmentId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/departments/{id}"), None, Extra::default()).await
    }

    pub async fn security_settings(&self) -> Result<Versioned<SecuritySettings>, ApiError> {
        self.get_versioned("/security-settings").await
    }

    pub async fn change_security_settings(&self, version: i32, body: &SecuritySettings) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, "/security-settings", Some(body), extra).await
    }

    /// The caller's keys, newest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, ApiError> {
        self.get("/api-keys").await
    }

    /// Everybody's keys, newest first.
    pub async fn all_api_keys(&self) -> Result<Vec<ApiKey>, ApiError> {
        self.get("/api-keys/all").await
    }

    pub async fn create_api_key(&self, body: &CreateApiKey) -> Result<CreatedApiKey, ApiError> {
        self.post("/api-keys", body).await
    }

    pub async fn revoke_api_key(&self, id: ApiKeyId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/api-keys/{id}"), None, Extra::default()).await
    }
}
