//! Which rule an input broke, and where. Complaints never repeat the value: it may be personal data.

use serde::{Deserialize, Serialize};

/// A rule that a value broke. The `code` is stable and is translated by the user interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Rule {
    /// A value is needed.
    Required,
    /// Longer than `max` characters (Unicode scalar values after normalisation).
    TooLong { max: usize },
    /// Shorter than `min` characters.
    TooShort { min: usize },
    /// Not of the form the field demands, for example an e-mail address without a domain.
    Malformed,
    /// Contains control characters or NUL.
    ControlCharacters,
    /// The check digit of a registry number does not agree.
    Checksum,
    /// Of another kind than the field holds, for example text in a checkbox.
    WrongKind,
    /// Names a field, option, purpose or wording that does not exist here.
    Unknown,
    /// Names a purpose that is asked for no more.
    Retired,
    /// Stands below itself in the tree.
    Circle,
    /// Deeper in the tree than `max` levels.
    TooDeep { max: usize },
    /// Cannot change any more: people were asked under it, or have answered.
    InUse,
    /// More may be added here, and nothing taken away.
    OnlyGrows,
    /// The wording speaks of another channel than the field asks for (PKE art. 398).
    OtherChannel,
    /// Outside the allowed range.
    OutOfRange,
    /// The person gave a later answer than this one.
    Superseded,
    /// Changed since, so that what was before cannot be put back.
    ChangedSince,
    /// A consent needs proof: a scan, or a note that says in some words how it was given (Art. 7(1) GDPR).
    ProofNeeded,
    /// Of no type that is taken, or its name and its content do not agree.
    FileType,
    /// A file with rows cannot be read.
    SheetRefused { refusal: crate::sheet::SheetRefusal },
    /// All files of one client together may take at most `max` bytes.
    NoRoom { max: u64 },
    /// The caller has `max` of them that are not done; one has to be done or deleted first.
    TooManyOpen { max: u64 },
    /// Larger than `max` bytes.
    FileTooLarge { max: u32 },
    /// This value is kept by the system and cannot be written.
    ReadOnly,
    /// The caller's role does not show this field, so it cannot be searched or ordered by.
    NotShown,
    /// More than the caller may give or take: nobody grants more than they hold.
    BeyondOwnRights,
    /// The same value stands twice where it must be unique.
    Duplicate,
    /// Another record has this already, and only one may.
    Taken,
    /// Too many entries; at most `max`.
    TooMany { max: usize },
    /// A consent to marketing must be free, so it cannot be required (Art. 7(4) GDPR).
    ConsentMustBeFree,
    /// A tick asks for a consent only where the purpose rests on one (Art. 6(1)(a) GDPR).
    NotByConsent,
    /// Confirming by mail takes a required field for the client's e-mail address.
    AddressNeeded,
    /// A mail to the visitor takes a field for an e-mail address.
    EmailFieldNeeded,
    /// Fixed text only: nothing is filled in for `{{…}}`.
    Placeholder,
    /// What the form promises by mail takes a mail server, and none is set up.
    MailNeeded,
    /// Found in the list of common passwords, or made of the person's own name or address.
    TooCommon,
    /// The target field cannot hold answers of this kind.
    CannotMap,
    /// Two conditions or settings contradict each other.
    Contradiction,
    /// A query in the language of search cannot be read, or asks for what it may not. `start` and `end` are bytes of it.
    Query {
        fault: crate::search::Fault,
        start: usize,
        end: usize,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<String>,
    },
}

/// One complaint: the place as a JSON pointer (RFC 6901) into the request body, and the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invalid {
    /// JSON pointer (RFC 6901) into the request body.
    #[cfg_attr(feature = "openapi", schema(example = "/email"))]
    pub pointer: String,
    #[serde(flatten)]
    pub rule: Rule,
}

/// All complaints about one input, gathered before answering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalids(Vec<Invalid>);

impl Invalids {
    pub fn one(pointer: impl Into<String>, rule: Rule) -> Self {
        let mut invalids = Self::default();
        invalids.add(pointer, rule);
        invalids
    }

    pub fn add(&mut self, pointer: impl Into<String>, rule: Rule) {
        self.0.push(Invalid { pointer: pointer.into(), rule });
    }

    /// Keeps a good value; notes a bad one and goes on.
    pub fn take<T>(&mut self, pointer: impl Into<String>, result: Result<T, Rule>) -> Option<T> {
        result.map_err(|rule| self.add(pointer, rule)).ok()
    }

    /// Takes over complaints about a part, each moved below `prefix`.
    pub fn nest(&mut self, prefix: &str, inner: Self) {
        self.0.extend(inner.0.into_iter().map(|i| Invalid { pointer: format!("{prefix}{}", i.pointer), rule: i.rule }));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_slice(&self) -> &[Invalid] {
        &self.0
    }

    pub fn into_vec(self) -> Vec<Invalid> {
        self.0
    }

    /// `Ok(value)` when nothing was noted.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}
