//! Setting up, signing in, sessions, preferences.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zgoda_domain::{
    access::{FieldRestriction, Right, Scope, role::RoleTemplate},
    consent::Language,
    field_ref::FieldRef,
    id::{AccountId, RoleId, SessionId},
};

/// Makes the first owner, once, with the token of the printed link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUp {
    pub token: String,
    pub email: String,
    pub name: String,
    /// 12 to 128 characters, any of them.
    pub password: String,
}

/// Signs in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// Changes the password of whoever is signed in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    pub current: String,
    /// 12 to 128 characters, any of them.
    pub password: String,
}

/// Asks for a link to choose a new password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestPasswordReset {
    pub email: String,
}

/// Chooses a new password with the token of a link.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    pub token: String,
    /// 12 to 128 characters, any of them.
    pub password: String,
}

/// What can be known of an installation before signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Installation {
    /// It waits for its first owner.
    pub needs_owner: bool,
    /// It can send the link that replaces a forgotten password.
    pub resets_passwords: bool,
}

/// Who is signed in, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub account_id: AccountId,
    /// Absent for a program with a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    pub name: String,
    pub email: String,
    pub role: RoleName,
    /// Rights held, with how far each reaches.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Scope>))]
    pub rights: BTreeMap<Right, Scope>,
    /// Fields that are not shown in full or may not be written.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, FieldRestriction>))]
    pub fields: BTreeMap<FieldRef, FieldRestriction>,
    /// Cards open only after a reason was given.
    pub needs_reason: bool,
    /// A second factor is demanded and was not shown in this session: nothing but the own account is open.
    pub must_prove: bool,
    /// The session is locked after so many minutes without use.
    pub idle_minutes: u16,
    pub preferences: Preferences,
}

/// What a role is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleName {
    pub id: RoleId,
    /// Empty for a role that comes with the product.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<RoleTemplate>,
}

/// Unlocks the session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unlock {
    pub password: String,
}

/// What unlocks a session besides the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnlockWays {
    /// The account has a passkey, and browsers know passkeys at this address.
    pub passkey: bool,
}

/// What the user interface remembers for an account. Absent members mean the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preferences {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// `light`, `dark`, or absent for the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// Columns of the client list, in order; field names as in mappings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_columns: Option<Vec<zgoda_domain::field_ref::FieldRef>>,
    /// How the client list looks when no saved filter says otherwise; wins over `client_columns`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_list: Option<ListLayout>,
}

impl Preferences {
    /// How the client list looks; with the columns that were chosen before there were widths and an order to keep.
    pub fn list_layout(&self) -> ListLayout {
        use zgoda_domain::{list::ListColumn, saved_filter::ShownColumn};
        self.client_list.clone().unwrap_or_else(|| {
            let chosen = self.client_columns.iter().flatten();
            let columns = chosen.map(|field| ShownColumn { column: ListColumn::Field(*field), width: None });
            ListLayout { columns: columns.collect(), ..ListLayout::default() }
        })
    }
}

/// Columns of the client list in their order and widths, and what it is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListLayout {
    /// At most 100 are used.
    pub columns: Vec<zgoda_domain::saved_filter::ShownColumn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<crate::clients::Sort>,
    /// The saved filter that the list opens with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_id: Option<zgoda_domain::id::FilterId>,
}

/// Colours of the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Theme {
    Light,
    Dark,
}

/// One signed-in browser of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    pub id: SessionId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The session ends then, however it is used.
    pub expires_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The session that asks.
    pub current: bool,
}
