//! Naming a field of a client, built-in or custom, in mappings, columns, sorting and filters.

use crate::{client::BuiltinField, id::FieldId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A built-in field by its key (`"email"`) or a custom one by its stable id (`"custom:0198…"`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldRef {
    Builtin(BuiltinField),
    Custom(FieldId),
}

/// The text names no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such field")]
pub struct NoSuchField;

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(field) => f.write_str(field.key()),
            Self::Custom(id) => write!(f, "custom:{id}"),
        }
    }
}

impl FromStr for FieldRef {
    type Err = NoSuchField;

    fn from_str(raw: &str) -> Result<Self, NoSuchField> {
        match raw.strip_prefix("custom:") {
            Some(id) => id.parse().map(Self::Custom).map_err(|_| NoSuchField),
            None => BuiltinField::from_key(raw).map(Self::Builtin).ok_or(NoSuchField),
        }
    }
}

impl Serialize for FieldRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        raw.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use super::FieldRef;
    use utoipa::openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    };

    impl utoipa::PartialSchema for FieldRef {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A built-in field's key, or `custom:` and the id of a custom field."))
                .examples(["email"])
                .into()
        }
    }

    impl utoipa::ToSchema for FieldRef {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let custom = FieldRef::Custom(FieldId::generate(chrono::DateTime::UNIX_EPOCH, [7; 10]));
        for field in BuiltinField::ALL.iter().copied().map(FieldRef::Builtin).chain([custom]) {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        assert_eq!("custom:nonsense".parse::<FieldRef>(), Err(NoSuchField));
        assert_eq!("password_hash".parse::<FieldRef>(), Err(NoSuchField));
    }
}
