//! Purposes in the order of their tree.

use std::cmp::Ordering;
use zgoda_api_types::consents::Purpose;
use zgoda_domain::id::PurposeId;

/// A purpose with those that stand below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub purpose: Purpose,
    pub below: Vec<Branch>,
}

/// The purposes that are asked for, as a tree. One whose parent is retired stands at the top.
pub fn live(purposes: &[Purpose]) -> Vec<Branch> {
    let live: Vec<Purpose> = purposes.iter().filter(|it| it.retired_at.is_none()).cloned().collect();
    let has_parent = |purpose: &Purpose| live.iter().any(|other| purpose.parent_id == Some(other.id));
    let roots = live.iter().filter(|purpose| !has_parent(purpose));
    roots.map(|purpose| branch(&live, purpose, live.len())).collect()
}

/// `left` bounds the depth, whatever the server sent.
fn branch(all: &[Purpose], purpose: &Purpose, left: usize) -> Branch {
    let below = all.iter().filter(|other| left > 0 && other.parent_id == Some(purpose.id));
    Branch { purpose: purpose.clone(), below: below.map(|it| branch(all, it, left - 1)).collect() }
}

/// Retired purposes, the latest first.
pub fn retired(purposes: &[Purpose]) -> Vec<Purpose> {
    let mut retired: Vec<Purpose> = purposes.iter().filter(|it| it.retired_at.is_some()).cloned().collect();
    retired.sort_by(|a, b| match b.retired_at.cmp(&a.retired_at) {
        Ordering::Equal => a.name.cmp(&b.name),
        other => other,
    });
    retired
}

/// Those that a purpose may stand below, for a choice: not itself, nothing below it, nothing retired.
pub fn possible_parents(purposes: &[Purpose], of: Option<PurposeId>) -> Vec<(PurposeId, String)> {
    fn add(found: &mut Vec<(PurposeId, String)>, branches: &[Branch], of: Option<PurposeId>, level: usize) {
        for branch in branches.iter().filter(|branch| Some(branch.purpose.id) != of) {
            found.push((branch.purpose.id, format!("{}{}", "\u{a0}\u{a0}".repeat(level), branch.purpose.name)));
            add(found, &branch.below, of, level + 1);
        }
    }
    let mut found = Vec::new();
    add(&mut found, &live(purposes), of, 0);
    found
}
