//! Undo and redo of a definition: whole states, a bounded number of them.

use serde_json::Value;
use std::collections::VecDeque;
use zgoda_domain::form::FormDefinition;

/// Most steps that can be taken back.
pub const MAX_STEPS: usize = 100;

/// The states before and after the present one.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: VecDeque<FormDefinition>,
    future: Vec<FormDefinition>,
    /// Where the last step typed, so that a word is one step and not one for every letter.
    typing: Option<String>,
}

impl History {
    /// Takes down that `before` became `after`. What was undone can be redone no more.
    pub fn note(&mut self, before: FormDefinition, after: &FormDefinition) {
        let typing = typed_place(&before, after);
        let goes_on = typing.is_some() && typing == self.typing && !self.past.is_empty() && self.future.is_empty();
        self.future.clear();
        self.typing = typing;
        if goes_on {
            return;
        }
        if self.past.len() == MAX_STEPS {
            self.past.pop_front();
        }
        self.past.push_back(before);
    }

    /// The state before `now`, if any is remembered.
    pub fn undo(&mut self, now: FormDefinition) -> Option<FormDefinition> {
        let before = self.past.pop_back()?;
        self.future.push(now);
        self.typing = None;
        Some(before)
    }

    /// The state that the last undo left.
    pub fn redo(&mut self, now: FormDefinition) -> Option<FormDefinition> {
        let after = self.future.pop()?;
        self.past.push_back(now);
        self.typing = None;
        Some(after)
    }

    /// Lets go of what could be redone: a move that was called off never happened.
    pub fn forget_undone(&mut self) {
        self.future.clear();
    }

    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

/// What is typed letter by letter; everything else is chosen, and each choice a step of its own.
const TYPED: [&str; 14] = [
    "title",
    "label",
    "hint",
    "submit_label",
    "thank_you",
    "redirect_url",
    "subject",
    "text",
    "answer",
    "options",
    "allowed_origins",
    "notify",
    "quota",
    "accent",
];

enum Difference {
    Nothing,
    One(String),
    More,
}

impl Difference {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            _ => Self::More,
        }
    }
}

/// The one place whose text differs, if that is all that differs.
fn typed_place(before: &FormDefinition, after: &FormDefinition) -> Option<String> {
    let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) else { return None };
    match difference(&before, &after, String::new()) {
        Difference::One(path) if path.split('/').any(|part| TYPED.contains(&part)) => Some(path),
        _ => None,
    }
}

fn difference(before: &Value, after: &Value, path: String) -> Difference {
    match (before, after) {
        _ if before == after => Difference::Nothing,
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            new.keys().chain(gone).fold(Difference::Nothing, |sum, key| {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                sum.and(difference(&of(old), &of(new), format!("{path}/{key}")))
            })
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            old.iter().zip(new).enumerate().fold(Difference::Nothing, |sum, (at, (old, new))| {
                sum.and(difference(old, new, format!("{path}/{at}")))
            })
        }
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => Difference::More,
        _ => Difference::One(path),
    }
}
