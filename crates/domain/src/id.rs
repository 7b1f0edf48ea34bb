//! Typed ids. An id names a record and never authorizes anything.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Uuid))]
        pub struct $name(Uuid);

        impl $name {
            /// A time-ordered id (UUID version 7, RFC 9562). Entropy comes from the caller, so tests are repeatable.
            pub fn generate(now: DateTime<Utc>, entropy: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
            }

            /// Wraps an id that was read from storage or from the wire.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(raw).map(Self)
            }
        }
    };
}

typed_id!(
    /// A person or company whose card we keep; the data subject when a person.
    ClientId
);
typed_id!(
    /// A custom field. Stable for life: renaming, reordering and deleting never reuse it.
    FieldId
);
typed_id!(
    /// A short name in a colour that staff put on clients.
    TagId
);
typed_id!(
    /// A saved way of looking at the client list.
    FilterId
);
typed_id!(
    /// A background job.
    JobId
);
typed_id!(
    /// A file with clients on its way in.
    ImportId
);
typed_id!(
    /// Two cards that were made one.
    MergeId
);
typed_id!(
    /// Two cards that look like one person's.
    DuplicateId
);
typed_id!(
    /// Why data is processed.
    PurposeId
);
typed_id!(
    /// One immutable text of a purpose in one language.
    WordingId
);
typed_id!(
    /// One entry of the append-only consent ledger.
    ConsentEventId
);
typed_id!(
    /// One stored file, such as the scan of a signed consent.
    FileId
);
typed_id!(
    /// One sign-up that waits for the confirmation of its e-mail address.
    SignupId
);
typed_id!(
    /// One request to renew a consent.
    RenewalId
);
typed_id!(
    /// A public form.
    FormId
);
typed_id!(
    /// One immutable published version of a form.
    FormVersionId
);
typed_id!(
    /// One visitor's answer to a form.
    SubmissionId
);
typed_id!(
    /// A member of staff who can sign in.
    AccountId
);
typed_id!(
    /// A named bundle of rights.
    RoleId
);
typed_id!(
    /// A part of the organisation that staff and clients belong to.
    DepartmentId
);
typed_id!(
    /// A program's key to the API.
    ApiKeyId
);
typed_id!(
    /// One second factor of an account.
    FactorId
);
typed_id!(
    /// One try that is counted for an account.
    AttemptId
);
typed_id!(
    /// A browser that is not asked for a second factor.
    TrustedDeviceId
);
typed_id!(
    /// One signed-in browser.
    SessionId
);
typed_id!(
    /// One rotating refresh token of a session.
    RefreshTokenId
);
typed_id!(
    /// One entry of the audit log.
    AuditEventId
);
typed_id!(
    /// A message on its way to a person.
    MessageId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = ClientId::generate(DateTime::from_timestamp(1_000, 0).unwrap(), [255; 10]);
        let late = ClientId::generate(DateTime::from_timestamp(1_001, 0).unwrap(), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<ClientId>().unwrap(), early);
    }
}
