//! Tags.

use serde::{Deserialize, Serialize};
use zgoda_domain::{id::TagId, tag::TagColour};

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    pub id: TagId,
    pub version: i32,
    pub name: String,
    pub colour: TagColour,
}

/// How many clients have a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagUse {
    pub tag_id: TagId,
    /// All of them, also those whom the caller does not reach.
    pub clients: u64,
}

/// Makes or overwrites a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagBody {
    /// At most 40 characters. No two tags differ in the case of letters only.
    pub name: String,
    pub colour: TagColour,
}

/// All the tags a client is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientTags {
    /// At most 50.
    pub tags: Vec<TagId>,
}
