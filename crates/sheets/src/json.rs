//! JSON: an array of objects, or an object with one, such as Sugester's API answers. Members become columns, those of
//! objects within as `outer.inner`. Numbers keep their digits.

use crate::{Rows, Stop};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::HashMap, io::Write};
use zgoda_domain::sheet::{MAX_COLUMNS, SheetRefusal};

/// One record: its members in their order, values as they were written.
pub(crate) struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// `None` when it is no JSON with records.
pub(crate) fn parse(text: &str) -> Option<Vec<Object>> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    let outer: Object = serde_json::from_str(text).ok()?;
    let inner = outer.0.iter().find_map(|(_, value)| serde_json::from_str::<Vec<Object>>(value.get()).ok());
    // One client alone is a record itself.
    inner.filter(|inner| !inner.is_empty()).or(Some(vec![outer]))
}

pub(crate) fn read<W: Write>(objects: &[Object], rows: &mut Rows<W>) -> Result<(), Stop> {
    let mut columns: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut flat = Vec::with_capacity(objects.len());
    for object in objects {
        let mut cells = Vec::new();
        flatten("", object, 0, &mut cells);
        let mut row: Vec<(usize, String)> = Vec::with_capacity(cells.len());
        for (name, text) in cells {
            let at = *places.entry(name.clone()).or_insert_with(|| {
                columns.push(name);
                columns.len() - 1
            });
            if at >= MAX_COLUMNS {
                return Err(SheetRefusal::TooManyColumns.into());
            }
            if !text.is_empty() {
                row.push((at, text));
            }
        }
        flat.push(row);
    }
    rows.row(columns.iter().cloned())?;
    for row in flat {
        let mut cells = vec![String::new(); columns.len()];
        for (at, text) in row {
            if let Some(cell) = cells.get_mut(at) {
                *cell = text;
            }
        }
        rows.row(cells)?;
    }
    Ok(())
}

fn flatten(prefix: &str, object: &Object, depth: usize, cells: &mut Vec<(String, String)>) {
    for (name, value) in &object.0 {
        let name = format!("{prefix}{name}");
        match serde_json::from_str::<Object>(value.get()) {
            Ok(inner) if depth < 3 => flatten(&format!("{name}."), &inner, depth + 1, cells),
            _ => cells.push((name, text(value.get()))),
        }
    }
}

fn text(raw: &str) -> String {
    if let Ok(text) = serde_json::from_str::<String>(raw) {
        return text;
    }
    if let Ok(items) = serde_json::from_str::<Vec<Box<RawValue>>>(raw) {
        return items.iter().map(|item| text(item.get())).collect::<Vec<_>>().join(", ");
    }
    if raw == "null" { String::new() } else { raw.to_owned() }
}
