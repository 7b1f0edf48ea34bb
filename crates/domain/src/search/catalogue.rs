//! What the caller may use in a query.

use super::{Fault, Field, Operator, Problem, Span, distance::nearest, words};
use crate::{
    access::FieldRights,
    client::BuiltinField,
    code::coded_enum,
    consent::{Channel, Language},
    custom_field::{CustomField, FieldKind},
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, FieldId, PurposeId, TagId},
};

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<Id> {
    pub id: Id,
    pub name: String,
}

coded_enum!(
    /// What a field holds, as far as comparing goes.
    ValueKind {
        /// In Polish alphabetical order.
        Text = "text",
        /// Text that is looked through, not ordered.
        LongText = "long_text",
        /// Text in the order of its bytes: addresses, numbers, codes.
        Code = "code",
        Integer = "integer",
        Decimal = "decimal",
        Flag = "flag",
        Date = "date",
        /// A moment, compared with days or moments.
        Moment = "moment",
        Choice = "choice",
        Choices = "choices",
        ClientKind = "client_kind",
        Person = "person",
        Department = "department",
        Tag = "tag",
        Consent = "consent",
    }
);

/// A field of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub field: Field,
    pub kind: ValueKind,
    /// Found by exact value only.
    pub sealed: bool,
    /// Whether its values are shown to the caller.
    pub shown: bool,
    /// The definition, of a custom field.
    pub custom: Option<CustomField>,
    labels: (String, String),
}

/// A purpose with the columns that show where its consents stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PurposeEntry {
    pub(super) id: PurposeId,
    pub(super) name: String,
    /// Those that exist for the caller, and whether they are shown.
    pub(super) columns: Vec<(Channel, FieldId, bool)>,
}

/// What the caller may use in a query, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    language: Language,
    entries: Vec<Entry>,
    purposes: Vec<PurposeEntry>,
    people: Vec<Named<AccountId>>,
    /// Those of them who work here no longer.
    former: Vec<AccountId>,
    departments: Vec<Named<DepartmentId>>,
    tags: Vec<Named<TagId>>,
}

/// Nothing.
impl Default for Catalogue {
    fn default() -> Self {
        Self {
            language: Language::Pl,
            entries: Vec::new(),
            purposes: Vec::new(),
            people: Vec::new(),
            former: Vec::new(),
            departments: Vec::new(),
            tags: Vec::new(),
        }
    }
}

impl Entry {
    pub fn label(&self, language: Language) -> &str {
        match language {
            Language::Pl => &self.labels.0,
            Language::En => &self.labels.1,
        }
    }

    /// The operators that the field knows.
    pub fn operators(&self) -> &'static [Operator] {
        if self.sealed { &[Operator::Eq, Operator::In] } else { self.kind.operators() }
    }
}

impl ValueKind {
    const fn operators(self) -> &'static [Operator] {
        use Operator::{Contains, Eq, Gt, Gte, In, IsEmpty, IsSet, Lt, Lte, Ne, NotContains, NotIn};
        match self {
            Self::Text | Self::Code | Self::Choice => {
                &[Eq, Ne, Contains, NotContains, In, NotIn, IsEmpty, IsSet, Lt, Lte, Gt, Gte]
            }
            Self::LongText => &[Contains, NotContains, IsEmpty, IsSet],
            Self::Integer | Self::Decimal | Self::Date | Self::Moment => {
                &[Eq, Ne, Lt, Lte, Gt, Gte, In, NotIn, IsEmpty, IsSet]
            }
            // No tick is a value too: 0.
            Self::Flag => &[Eq, Ne, Lt, Lte, Gt, Gte, In, NotIn, IsEmpty, IsSet],
            Self::Choices => &[Eq, Ne, Contains, NotContains, In, NotIn, IsEmpty, IsSet],
            Self::ClientKind => &[Eq, Ne, In, NotIn],
            Self::Person | Self::Department | Self::Tag | Self::Consent => &[Eq, Ne, In, NotIn, IsEmpty, IsSet],
        }
    }

    const fn of(kind: FieldKind) -> Self {
        match kind {
            FieldKind::ShortText => Self::Text,
            FieldKind::LongText => Self::LongText,
            FieldKind::Integer => Self::Integer,
            FieldKind::Decimal => Self::Decimal,
            FieldKind::Checkbox => Self::Flag,
            FieldKind::Date => Self::Date,
            FieldKind::Datetime => Self::Moment,
            FieldKind::Select => Self::Choice,
            FieldKind::MultiSelect => Self::Choices,
            FieldKind::Consent => Self::Consent,
        }
    }

    const fn of_builtin(field: BuiltinField) -> Self {
        match field {
            BuiltinField::Note => Self::LongText,
            BuiltinField::CreatedAt | BuiltinField::UpdatedAt => Self::Moment,
            field if field.is_wording() => Self::Text,
            _ => Self::Code,
        }
    }
}

impl Catalogue {
    /// The fields of a card, as the caller's rights leave them: what is hidden is not in it. `custom` are those that exist.
    pub fn new(custom: &[CustomField], rights: &FieldRights) -> Self {
        let builtin = BuiltinField::ALL
            .into_iter()
            .map(|field| (FieldRef::Builtin(field), ValueKind::of_builtin(field), field.is_sealed(), None));
        let own = custom
            .iter()
            .map(|field| (FieldRef::Custom(field.id), ValueKind::of(field.kind), field.sensitive, Some(field.clone())));
        let mut entries: Vec<Entry> = builtin
            .chain(own)
            .filter(|(field, ..)| !rights.hides(*field))
            .map(|(field, kind, sealed, custom)| {
                let labels = match &custom {
                    Some(custom) => (custom.name.as_str().to_owned(), custom.name.as_str().to_owned()),
                    None => label_pair(Field::Card(field)),
                };
                Entry { field: Field::Card(field), kind, sealed, shown: rights.shows(field), custom, labels }
            })
            .collect();
        let more = [
            (Field::Kind, ValueKind::ClientKind),
            (Field::Owner, ValueKind::Person),
            (Field::Department, ValueKind::Department),
        ];
        entries.extend(more.into_iter().map(|(field, kind)| system_entry(field, kind, true)));
        Self { entries, ..Self::default() }
    }

    /// For somebody who is spoken to in that language; Polish otherwise. Both are understood.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// The language that queries are printed, and suggestions made in.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// With the members of staff whose clients can be asked for.
    #[must_use]
    pub fn with_people(self, people: Vec<Named<AccountId>>) -> Self {
        Self { people, ..self }
    }

    /// Says whose accounts are deactivated: their clients can be asked for, but they are proposed last.
    #[must_use]
    pub fn with_former(self, former: Vec<AccountId>) -> Self {
        Self { former, ..self }
    }

    #[must_use]
    pub fn with_departments(self, departments: Vec<Named<DepartmentId>>) -> Self {
        Self { departments, ..self }
    }

    /// With tags, which are a field only then; `shown` as fields are.
    #[must_use]
    pub fn with_tags(mut self, tags: Vec<Named<TagId>>, shown: bool) -> Self {
        self.entries.retain(|entry| entry.field != Field::Tag);
        self.entries.push(system_entry(Field::Tag, ValueKind::Tag, shown));
        Self { tags, ..self }
    }

    /// With purposes by name; a purpose that no column of the catalogue shows is left out.
    #[must_use]
    pub fn with_purposes(mut self, purposes: Vec<Named<PurposeId>>) -> Self {
        let columns = |purpose: PurposeId| {
            let of_purpose = |entry: &Entry| {
                let field = entry.custom.as_ref()?;
                let (_, channel) = field.consent.filter(|(id, _)| *id == purpose)?;
                Some((channel, field.id, entry.shown))
            };
            self.entries.iter().filter_map(of_purpose).collect::<Vec<_>>()
        };
        self.purposes = purposes
            .into_iter()
            .map(|Named { id, name }| PurposeEntry { id, name, columns: columns(id) })
            .filter(|purpose| !purpose.columns.is_empty())
            .collect();
        self
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The field; for a consent with whatever its columns allow.
    pub fn entry(&self, field: Field) -> Option<Entry> {
        let Field::Consent { purpose, channel } = field else {
            return self.entries.iter().find(|entry| entry.field == field).cloned();
        };
        let columns = self.columns(purpose, channel);
        let labels = label_pair(field);
        (!columns.is_empty()).then(|| Entry {
            field,
            kind: ValueKind::Consent,
            sealed: false,
            shown: columns.iter().all(|(.., shown)| *shown),
            custom: None,
            labels,
        })
    }

    /// The columns of a purpose, or of one of its channels.
    pub(super) fn columns(&self, purpose: PurposeId, channel: Option<Channel>) -> Vec<(Channel, FieldId, bool)> {
        let of_purpose = self.purposes.iter().filter(|entry| entry.id == purpose).flat_map(|entry| &entry.columns);
        of_purpose.filter(|(it, ..)| channel.is_none_or(|channel| channel == *it)).copied().collect()
    }

    pub(super) fn purposes(&self) -> &[PurposeEntry] {
        &self.purposes
    }

    pub fn people(&self) -> &[Named<AccountId>] {
        &self.people
    }

    pub(super) fn is_former(&self, person: AccountId) -> bool {
        self.former.contains(&person)
    }

    pub fn departments(&self) -> &[Named<DepartmentId>] {
        &self.departments
    }

    pub fn tags(&self) -> &[Named<TagId>] {
        &self.tags
    }

    /// The field that a name means. A bare word is a key or an id before it is a label; in quotation marks it is a label
    /// first.
    pub(super) fn find(&self, name: &str, bare: bool, span: Span) -> Result<&Entry, Problem> {
        let by_key = || {
            let field: Field = name.to_lowercase().parse().ok()?;
            self.entries.iter().find(|entry| entry.field == field)
        };
        if bare && let Some(entry) = by_key() {
            return Ok(entry);
        }
        let label = |entry: &&Entry, same: &dyn Fn(&str) -> bool| same(&entry.labels.0) || same(&entry.labels.1);
        let exact: Vec<&Entry> = self.entries.iter().filter(|entry| label(entry, &|it| it == name)).collect();
        let lower = name.to_lowercase();
        let found = if exact.is_empty() {
            self.entries.iter().filter(|entry| label(entry, &|it| it.to_lowercase() == lower)).collect()
        } else {
            exact
        };
        match found.as_slice() {
            [one] => Ok(one),
            [] => match by_key() {
                Some(entry) => Ok(entry),
                None if name.to_lowercase().starts_with("custom:") => Err(Problem::new(Fault::DeletedField, span)),
                None => {
                    let names =
                        self.entries.iter().flat_map(|entry| [entry.labels.0.as_str(), entry.labels.1.as_str()]);
                    Err(Problem::suggest(Fault::UnknownField, span, nearest(name, names)))
                }
            },
            several => {
                let keys = several.iter().map(|entry| entry.field.to_string());
                Err(Problem::suggest(Fault::Ambiguous, span, keys))
            }
        }
    }

    pub(super) fn find_purpose(&self, name: &str, span: Span) -> Result<PurposeId, Problem> {
        let list: Vec<_> = self.purposes.iter().map(|entry| (entry.id, entry.name.as_str())).collect();
        find_named(&list, name, span)
    }
}

/// What a name, or `id:` and an id, means among things with names.
pub(super) fn find_named<Id: Copy + std::fmt::Display>(
    list: &[(Id, &str)],
    name: &str,
    span: Span,
) -> Result<Id, Problem> {
    if let Some(id) = name.strip_prefix("id:")
        && let Some((found, _)) = list.iter().find(|(it, _)| it.to_string() == id.to_lowercase())
    {
        return Ok(*found);
    }
    let lower = name.trim().to_lowercase();
    let exact: Vec<_> = list.iter().filter(|(_, it)| *it == name.trim()).collect();
    let found: Vec<_> =
        if exact.is_empty() { list.iter().filter(|(_, it)| it.to_lowercase() == lower).collect() } else { exact };
    match found.as_slice() {
        [(id, _)] => Ok(*id),
        [] => Err(Problem::suggest(Fault::UnknownValue, span, nearest(name, list.iter().map(|(_, name)| *name)))),
        several => Err(Problem::suggest(Fault::Ambiguous, span, several.iter().map(|(id, _)| format!("id:{id}")))),
    }
}

fn system_entry(field: Field, kind: ValueKind, shown: bool) -> Entry {
    Entry { field, kind, sealed: false, shown, custom: None, labels: label_pair(field) }
}

fn label_pair(field: Field) -> (String, String) {
    let (polish, english) = words::labels(field);
    (polish.to_owned(), english.to_owned())
}
