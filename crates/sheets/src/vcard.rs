//! vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350): what a card of ours has room for.

use crate::{Rows, Stop};
use encoding_rs::{Encoding, UTF_8};
use quoted_printable::ParseMode;
use std::{borrow::Cow, collections::BTreeMap, io::Write};

const COLUMNS: [&str; 16] = [
    "name",
    "first_name",
    "last_name",
    "company_name",
    "position",
    "email",
    "email2",
    "phone",
    "mobile_phone",
    "website",
    "street",
    "city",
    "post_code",
    "country",
    "note",
    "external_id",
];
const TAGS: &str = "tags";
const BIRTHDAY: &str = "birthday";

pub(crate) fn read<W: Write>(text: &str, rows: &mut Rows<W>) -> Result<(), Stop> {
    rows.row(COLUMNS.into_iter().chain([TAGS, BIRTHDAY]).map(str::to_owned))?;
    let mut card: Option<BTreeMap<&'static str, String>> = None;
    for line in unfolded(text) {
        let Some((property, value)) = property(&line) else { continue };
        let value = &*property.decoded(value);
        match (property.name.as_str(), &mut card) {
            ("BEGIN", _) => card = Some(BTreeMap::new()),
            ("END", Some(_)) => {
                let mut done = card.take().unwrap_or_default();
                rows.row(
                    COLUMNS.into_iter().chain([TAGS, BIRTHDAY]).map(|name| done.remove(name).unwrap_or_default()),
                )?;
            }
            (_, Some(card)) => take(card, &property, value),
            (_, None) => {}
        }
    }
    Ok(())
}

struct Property {
    name: String,
    /// Types and the like, in upper case.
    parameters: String,
}

/// Bytes as `=C3=B3`, as vCard 2.1 writes what is not ASCII (RFC 2045 §6.7).
const QUOTED_PRINTABLE: &str = "QUOTED-PRINTABLE";

impl Property {
    /// The value without its encoding.
    fn decoded<'a>(&self, value: &'a str) -> Cow<'a, str> {
        if !self.parameters.contains(QUOTED_PRINTABLE) {
            return Cow::Borrowed(value);
        }
        let Ok(bytes) = quoted_printable::decode(value, ParseMode::Robust) else { return Cow::Borrowed(value) };
        let named = self.parameters.split(';').find_map(|parameter| parameter.strip_prefix("CHARSET="));
        let encoding = named.and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
        Cow::Owned(encoding.decode(&bytes).0.into_owned())
    }
}

/// Lines that go on on the next one begin there with a blank (RFC 6350 §3.2), or end with `=` where they are
/// quoted-printable.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(last) = lines.last_mut() {
            let encoded =
                last.split_once(':').is_some_and(|(head, _)| head.to_ascii_uppercase().contains(QUOTED_PRINTABLE));
            if encoded && last.ends_with('=') {
                last.pop();
                last.push_str(line);
                continue;
            }
            if let Some(rest) = line.strip_prefix([' ', '\t']) {
                last.push_str(rest);
                continue;
            }
        }
        lines.push(line.to_owned());
    }
    lines
}

fn property(line: &str) -> Option<(Property, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    // `item1.EMAIL`, as some programs group what belongs together.
    let name = name.rsplit('.').next().unwrap_or(name);
    Some((Property { name: name.to_ascii_uppercase(), parameters: parameters.to_ascii_uppercase() }, value))
}

/// Parts between unescaped semicolons, or commas, without their backslashes.
fn split(value: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in value.chars() {
        let Some(last) = parts.last_mut() else { break };
        match (escaped, c) {
            (true, 'n' | 'N') => last.push('\n'),
            (true, c) => last.push(c),
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (false, c) if c == at => parts.push(String::new()),
            (false, c) => last.push(c),
        }
        escaped = false;
    }
    parts
}

fn take(card: &mut BTreeMap<&'static str, String>, property: &Property, value: &str) {
    let whole = || split(value, '\0').concat();
    // The first of several is the one that counts.
    let mut set = |name: &'static str, text: String| {
        if !text.trim().is_empty() {
            card.entry(name).or_insert_with(|| text.trim().to_owned());
        }
    };
    let part = |parts: &[String], at: usize| parts.get(at).cloned().unwrap_or_default();
    match property.name.as_str() {
        "FN" => set("name", whole()),
        "N" => {
            let parts = split(value, ';');
            set("last_name", part(&parts, 0));
            set("first_name", part(&parts, 1));
        }
        "ORG" => set("company_name", split(value, ';').join(" ")),
        "TITLE" => set("position", whole()),
        "EMAIL" => {
            let name = if card.contains_key("email") { "email2" } else { "email" };
            card.entry(name).or_insert_with(|| whole().trim().to_owned());
        }
        "TEL" => {
            let number = whole();
            let number = number.strip_prefix("tel:").unwrap_or(&number).to_owned();
            set(if property.parameters.contains("CELL") { "mobile_phone" } else { "phone" }, number);
        }
        "URL" => set("website", whole()),
        "ADR" => {
            let parts = split(value, ';');
            set("street", [part(&parts, 2), part(&parts, 1)].join(" "));
            set("city", part(&parts, 3));
            set("post_code", part(&parts, 5));
            set("country", part(&parts, 6));
        }
        "NOTE" => set("note", whole()),
        "UID" => set("external_id", whole()),
        "CATEGORIES" => set(TAGS, split(value, ',').join(", ")),
        "BDAY" => set(BIRTHDAY, whole()),
        _ => {}
    }
}
