//! What columns probably are: by their names, and by what stands in them.

use super::{
    ColumnTarget, ConsentColumn, SAMPLES,
    row::{date, moment, yes_or_no},
};
use crate::{
    client::BuiltinField,
    consent::{Language, Purpose},
    custom_field::{CustomField, FieldKind, consent_column_name},
    export::ExportWords,
    field_ref::FieldRef,
    text::ShortText,
};

/// What a column probably becomes, by its name in Polish or English, or in Sugester's API. Each field is guessed once.
pub fn guess(headers: &[String], fields: &[CustomField], purposes: &[Purpose]) -> Vec<ColumnTarget> {
    let mut taken = Vec::new();
    headers
        .iter()
        .map(|header| {
            let target = guess_one(header, fields, purposes);
            let joined = matches!(target, ColumnTarget::Field(FieldRef::Builtin(BuiltinField::Street)));
            if target == ColumnTarget::Ignore || (taken.contains(&target) && !joined) {
                return ColumnTarget::Ignore;
            }
            taken.push(target);
            target
        })
        .collect()
}

fn guess_one(header: &str, fields: &[CustomField], purposes: &[Purpose]) -> ColumnTarget {
    let key = simple(header);
    if key.is_empty() {
        return ColumnTarget::Ignore;
    }
    if let Some(field) = fields.iter().find(|field| is_called(field, &key)) {
        return match field.consent {
            Some((purpose_id, channel)) => ColumnTarget::Consent(ConsentColumn { purpose_id, channel }),
            None => ColumnTarget::Field(FieldRef::Custom(field.id)),
        };
    }
    if let Some(purpose) =
        purposes.iter().find(|purpose| simple(purpose.name.as_str()) == key && purpose.retired_at.is_none())
        && let [channel] = purpose.channels.as_slice()
    {
        return ColumnTarget::Consent(ConsentColumn { purpose_id: purpose.id, channel: *channel });
    }
    let builtin = match key.as_str() {
        "name" | "nazwa" | "fullname" | "displayname" | "imieinazwisko" | "nazwiskoiimie" | "klient" | "client"
        | "nazwafirmy" | "companyname" => BuiltinField::Name,
        "firstname" | "imie" | "givenname" => BuiltinField::FirstName,
        "lastname" | "nazwisko" | "surname" | "familyname" => BuiltinField::LastName,
        "position" | "stanowisko" | "title" | "jobtitle" => BuiltinField::Position,
        "email" | "emailaddress" | "adresemail" | "mail" | "poczta" | "emailklienta" => BuiltinField::Email,
        "phone" | "telefon" | "tel" | "nrtelefonu" | "numertelefonu" | "phonenumber" => BuiltinField::Phone,
        "mobilephone" | "mobile" | "komorka" | "telefonkomorkowy" | "telkom" => BuiltinField::MobilePhone,
        "www" | "website" | "strona" | "stronawww" | "url" | "web" => BuiltinField::Website,
        "nip" | "taxno" | "vatid" | "taxnumber" | "nrnip" => BuiltinField::Nip,
        "regon" | "registernumber" => BuiltinField::Regon,
        "pesel" => BuiltinField::Pesel,
        "street" | "ulica" | "adres" | "address" | "streetno" | "nrdomu" | "numerdomu" => BuiltinField::Street,
        "postcode" | "kodpocztowy" | "kod" | "zip" | "zipcode" | "postalcode" => BuiltinField::PostCode,
        "city" | "miasto" | "miejscowosc" | "town" => BuiltinField::City,
        "country" | "kraj" | "panstwo" => BuiltinField::Country,
        "note" | "notatka" | "notatki" | "uwagi" | "description" | "opis" | "notes" | "comment" => BuiltinField::Note,
        "externalid" | "idzewnetrzne" | "id" | "identyfikator" | "uid" => BuiltinField::ExternalId,
        "company" | "firma" | "kind" | "rodzaj" | "typ" => return ColumnTarget::Kind,
        "tags" | "tagi" | "tag" | "etykiety" | "categories" => return ColumnTarget::Tags,
        _ => return exported(&key),
    };
    ColumnTarget::Field(FieldRef::Builtin(builtin))
}

/// By its name, or as exports call the column of a consent.
fn is_called(field: &CustomField, key: &str) -> bool {
    let name = field.name.as_str();
    let in_words = |channel| {
        let called = |language| consent_column_name(name, channel, ExportWords::of(language).channel(channel));
        Language::ALL.iter().any(|language| simple(&called(*language)) == key)
    };
    simple(name) == key || field.consent.is_some_and(|(_, channel)| in_words(channel))
}

/// As an export of ours calls its columns.
fn exported(key: &str) -> ColumnTarget {
    let is_called = |field: &BuiltinField| {
        Language::ALL.iter().copied().map(ExportWords::of).any(|words| simple(words.builtin(*field)) == key)
    };
    match BuiltinField::ALL.into_iter().filter(|field| !field.is_system()).find(is_called) {
        Some(field) => ColumnTarget::Field(FieldRef::Builtin(field)),
        None => ColumnTarget::Ignore,
    }
}

/// Letters without their marks and digits, in lower case: how names of columns are compared.
pub fn simple(text: &str) -> String {
    let plain = |c: char| match c {
        'ą' => 'a',
        'ć' => 'c',
        'ę' => 'e',
        'ł' => 'l',
        'ń' => 'n',
        'ó' => 'o',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        c => c,
    };
    text.to_lowercase().chars().map(plain).filter(|c| c.is_alphanumeric()).collect()
}

/// How the names of a file's columns are compared with those of another file.
pub fn heads_key(headers: &[String]) -> String {
    headers.iter().map(|header| simple(header)).collect::<Vec<_>>().join("\u{1f}")
}

/// Which row names the columns, counted from 1: the first of those at the beginning that is about as wide as the others and
/// holds words only. 0 when there is none.
pub fn guess_header_row(rows: &[Vec<String>]) -> u32 {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let widest = rows.iter().take(20).map(filled).max().unwrap_or_default();
    let names = |row: &Vec<String>| {
        let data = |cell: &String| {
            let cell = cell.trim();
            cell.contains('@') || (cell.chars().any(|c| c.is_ascii_digit()) && !cell.chars().any(char::is_alphabetic))
        };
        filled(row) > 0 && filled(row) * 2 >= widest && !row.iter().any(data)
    };
    let found = rows.iter().take(10).position(names).and_then(|at| u32::try_from(at + 1).ok());
    found.unwrap_or_default()
}

/// Some texts of a column that differ, as samples.
pub fn samples<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
        if found.len() == SAMPLES {
            break;
        }
        let sample: String = cell.chars().take(200).collect();
        if !found.contains(&sample) {
            found.push(sample);
        }
    }
    found
}

/// The custom field that would hold a column: its kind, and the options of a choice.
pub fn propose_field<'a>(header: &str, cells: impl Iterator<Item = &'a str>) -> (FieldKind, Vec<String>) {
    if is_slot(header) {
        return (slot_kind(header), Vec::new());
    }
    let cells: Vec<&str> = cells.map(str::trim).filter(|cell| !cell.is_empty()).collect();
    if cells.is_empty() {
        return (FieldKind::ShortText, Vec::new());
    }
    let all = |fits: &dyn Fn(&str) -> bool| cells.iter().all(|cell| fits(cell));
    let compact = |cell: &str| cell.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    // What begins with a nought is a number of something, not a quantity.
    let is_code =
        |cell: &str| cell.len() > 1 && cell.starts_with('0') && !cell.starts_with("0,") && !cell.starts_with("0.");
    let number = |cell: &str| {
        let digits =
            |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let text = compact(cell).replacen(',', ".", 1);
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        !is_code(cell) && digits(whole, 15) && digits(fraction, 6)
    };
    let kind = if all(&|cell| yes_or_no(cell).is_some()) {
        FieldKind::Checkbox
    } else if all(&|cell| !is_code(cell) && compact(cell).parse::<i64>().is_ok_and(|number| number.abs() < 1 << 53)) {
        FieldKind::Integer
    } else if all(&number) {
        FieldKind::Decimal
    } else if all(&|cell| date(cell).is_some() && cell.len() <= 10) {
        FieldKind::Date
    } else if all(&|cell| moment(cell).is_some()) {
        FieldKind::Datetime
    } else if !all(&|cell| ShortText::parse(cell).is_ok()) {
        FieldKind::LongText
    } else {
        let mut options: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        options.sort_unstable();
        options.dedup();
        if cells.len() >= 30 && options.len() <= 12 && options.len() * 5 <= cells.len() {
            return (FieldKind::Select, options);
        }
        FieldKind::ShortText
    };
    (kind, Vec::new())
}

/// Whether a column is one of Sugester's typed slots.
fn is_slot(header: &str) -> bool {
    let name = header.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = header.strip_prefix(name).and_then(|digits| digits.parse::<u8>().ok());
    matches!(name, "string" | "integer" | "decimal" | "checkbox" | "date" | "text" | "datetime")
        && number.is_some_and(|number| (1..=10).contains(&number))
}

/// The kind of custom field that holds a typed slot of Sugester's clients (`string1` … `datetime10`); short text otherwise.
pub fn slot_kind(header: &str) -> FieldKind {
    match header.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "integer" => FieldKind::Integer,
        "decimal" => FieldKind::Decimal,
        "checkbox" => FieldKind::Checkbox,
        "date" => FieldKind::Date,
        "text" => FieldKind::LongText,
        "datetime" => FieldKind::Datetime,
        _ => FieldKind::ShortText,
    }
}
