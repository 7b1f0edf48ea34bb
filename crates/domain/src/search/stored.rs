//! A query as it is stored: its tree, with a version.

use super::{Fault, Node, Problem, Query, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Value, json};

/// The version of the stored form. A change that an older program could misread makes a new one.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// Absent: everything.
    #[serde(default)]
    root: Option<Node>,
}

impl Query {
    /// A JSON object with the fields by id: for saved filters and the payloads of jobs. Holds personal data where the query
    /// does.
    pub fn to_stored(&self) -> Value {
        match self.root() {
            None => json!({ "version": VERSION }),
            Some(root) => json!({ "version": VERSION, "root": root }),
        }
    }

    /// Reads what [`Self::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Syntax`] for what is no stored query of this version, and the limits of [`Query::new`].
    pub fn from_stored(stored: &Value) -> Result<Self, Problem> {
        let wrong = || Problem::new(Fault::Syntax, Span::default());
        let Stored { version, root } = Stored::deserialize(stored).map_err(|_| wrong())?;
        if version != VERSION {
            return Err(wrong());
        }
        root.map_or_else(|| Ok(Self::everything()), Self::new)
    }
}

/// As [`Query::to_stored`] has it.
impl Serialize for Query {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_stored().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored(&Value::deserialize(deserializer)?).map_err(|problem| D::Error::custom(problem.fault.code()))
    }
}
