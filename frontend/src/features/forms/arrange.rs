//! The order of a form's fields: what the canvas does to a definition, as plain functions.

use super::new_field;
use crate::words::Words;
use zgoda_api_types::consents::{Purpose, Wording};
use zgoda_domain::{
    consent::{Channel, Language},
    form::{ConsentItem, FormDefinition, FormField, FormFieldKind, MAX_FIELDS},
    id::WordingId,
};

/// Place of the field with this key.
pub fn place(definition: &FormDefinition, key: &str) -> Option<usize> {
    definition.fields.iter().position(|field| field.key == key)
}

/// Moves a field into a gap. Gap 0 is before the first field, gap *n* after the *n*th; they are counted while the field
/// still stands where it was. Says whether anything changed.
pub fn move_to_gap(definition: &mut FormDefinition, key: &str, gap: usize) -> bool {
    let Some(from) = place(definition, key) else { return false };
    let to = if gap > from { gap - 1 } else { gap };
    if to == from || to >= definition.fields.len() {
        return false;
    }
    let field = definition.fields.remove(from);
    definition.fields.insert(to, field);
    true
}

/// Moves a field by one place. Says whether anything changed: at the ends nothing does.
pub fn shift(definition: &mut FormDefinition, key: &str, down: bool) -> bool {
    match place(definition, key) {
        Some(at) if down => move_to_gap(definition, key, at + 2),
        Some(at) if at > 0 => move_to_gap(definition, key, at - 1),
        _ => false,
    }
}

/// Puts a field into a gap; a gap beyond the end is the end.
pub fn insert_at(definition: &mut FormDefinition, gap: usize, field: FormField) {
    definition.fields.insert(gap.min(definition.fields.len()), field);
}

/// Puts a copy below a field and gives the copy's key, which is new. The copy fills no client's field and asks for no
/// consent yet: either can stand in a form only once.
pub fn duplicate(definition: &mut FormDefinition, key: &str) -> Option<String> {
    let at = place(definition, key)?;
    let mut copy = definition.fields.get(at)?.clone();
    copy.key = free_key(&copy.key, &definition.fields);
    copy.target = None;
    copy.consent = None;
    let key = copy.key.clone();
    definition.fields.insert(at + 1, copy);
    Some(key)
}

/// Takes a field away, and the endings that ask for its answer. Gives the key of the field to go on with.
pub fn remove(definition: &mut FormDefinition, key: &str) -> Option<String> {
    let at = place(definition, key)?;
    definition.fields.remove(at);
    definition.endings.retain(|ending| ending.field != key);
    let next = definition.fields.get(at).or_else(|| definition.fields.last())?;
    Some(next.key.clone())
}

/// Gives a field another key, and the endings that name it. Refuses a key that another field has.
pub fn rename(definition: &mut FormDefinition, old: &str, new: &str) -> bool {
    if old == new || place(definition, new).is_some() {
        return false;
    }
    let Some(field) = definition.fields.iter_mut().find(|field| field.key == old) else { return false };
    field.key = new.to_owned();
    for ending in definition.endings.iter_mut().filter(|ending| ending.field == old) {
        ending.field = new.to_owned();
    }
    true
}

/// The key itself, or with the first number that makes it free: `email`, `email_2`, …
pub fn free_key(wanted: &str, taken: &[FormField]) -> String {
    let stem = match wanted.rsplit_once('_') {
        Some((stem, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => wanted,
    };
    // Room for the number within the 40 characters of a key.
    let stem: String = stem.chars().take(36).collect();
    let free = |key: &String| taken.iter().all(|field| field.key != *key);
    let numbered = (2..=taken.len() + 2).map(|number| format!("{stem}_{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(free).unwrap_or_default()
}

/// The gap that a pointer at height `y` means, of rows with these middles, from top to bottom.
pub fn gap_at(middles: &[f64], y: f64) -> usize {
    middles.iter().take_while(|middle| **middle < y).count()
}

/// How far to scroll in one step while something is dragged at height `y` of a window of this height, in pixels:
/// faster the nearer to the edge, nothing between the edges.
pub fn scroll_step(y: f64, height: f64) -> f64 {
    const EDGE: f64 = 72.0;
    const FASTEST: f64 = 18.0;
    let into = |distance: f64| ((EDGE - distance).clamp(0.0, EDGE) / EDGE * FASTEST).ceil();
    into(height - y) - into(y)
}

/// The wording to ask with: of the form's language and for the very channel, else for every channel, else what there is.
pub fn best_wording(wordings: &[Wording], language: Language, channel: Channel) -> Option<WordingId> {
    let fits = |it: &&Wording| it.channel.is_none_or(|only| only == channel);
    let of = |own: bool, spoken: bool| {
        wordings
            .iter()
            .filter(fits)
            .find(|it| (!own || it.channel.is_some()) && (!spoken || it.language == language))
            .map(|it| it.id)
    };
    of(true, true).or_else(|| of(false, true)).or_else(|| of(true, false)).or_else(|| of(false, false))
}

/// Channels of a purpose that no field of the form asks for yet.
pub fn channels_left(definition: &FormDefinition, purpose: &Purpose) -> Vec<Channel> {
    let asked = |channel: &Channel| {
        let mut items = definition.fields.iter().filter_map(|field| field.consent);
        items.any(|item| item.purpose_id == purpose.id && item.channel == *channel)
    };
    purpose.channels.iter().copied().filter(|channel| !asked(channel)).collect()
}

/// One tick for each channel of the purpose that has none, below the field with this key: consent to one channel is no
/// consent to another. Gives how many were added.
pub fn one_tick_per_channel(w: &Words, definition: &mut FormDefinition, key: &str, purpose: &Purpose) -> usize {
    let Some(at) = place(definition, key) else { return 0 };
    let mut added = 0;
    for channel in channels_left(definition, purpose) {
        let Some(wording_id) = best_wording(&purpose.wordings, definition.language, channel) else { continue };
        if definition.fields.len() >= MAX_FIELDS {
            break;
        }
        let mut field = new_field(w, FormFieldKind::Consent, &definition.fields);
        field.label = consent_label(w, purpose, channel);
        field.consent = Some(ConsentItem { purpose_id: purpose.id, channel, wording_id });
        added += 1;
        insert_at(definition, at + added, field);
    }
    added
}

/// What a consent's tick is called at first: its purpose, and its channel where the purpose has several.
pub fn consent_label(w: &Words, purpose: &Purpose, channel: Channel) -> String {
    if purpose.channels.len() > 1 {
        format!("{} – {}", purpose.name, w.channel(channel))
    } else {
        purpose.name.clone()
    }
}

/// What became of a field between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(String),
    Removed(String),
    Changed(String),
    Moved(String),
    /// Something beside the fields: texts, mapping, limits, looks.
    Settings,
}

/// What differs between two definitions, field by field. A field is known by its key.
pub fn changes(before: &FormDefinition, after: &FormDefinition) -> Vec<Change> {
    let mut found = Vec::new();
    let old_places: Vec<_> = after.fields.iter().filter_map(|field| place(before, &field.key)).collect();
    let stayed = longest_rise(&old_places);
    for field in &after.fields {
        let label = field.label.clone();
        match place(before, &field.key) {
            None => found.push(Change::Added(label)),
            Some(at) if before.fields.get(at) != Some(field) => found.push(Change::Changed(label)),
            Some(at) if !stayed.contains(&at) => found.push(Change::Moved(label)),
            Some(_) => {}
        }
    }
    let gone = before.fields.iter().filter(|field| place(after, &field.key).is_none());
    found.extend(gone.map(|field| Change::Removed(field.label.clone())));
    let bare = |definition: &FormDefinition| FormDefinition { fields: Vec::new(), ..definition.clone() };
    if bare(before) != bare(after) {
        found.push(Change::Settings);
    }
    found
}

/// The longest run of places that rises: those fields kept their order, so that one field that went to the top is one
/// that moved, and not all others.
fn longest_rise(places: &[usize]) -> Vec<usize> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for place in places {
        let before = runs.iter().filter(|run| run.last() < Some(place)).max_by_key(|run| run.len());
        let mut run = before.cloned().unwrap_or_default();
        run.push(*place);
        runs.push(run);
    }
    runs.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

/// Lines of a text that say something: how options, origins and mailboxes are typed and pasted.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
