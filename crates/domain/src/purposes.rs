//! Purposes as they change, and the tree they stand in.

use crate::{
    code::coded_enum,
    consent::{NewPurpose, Purpose, descendants},
    id::PurposeId,
    rule::{Invalids, Rule},
};

coded_enum!(
    /// In which of two wordings a piece of text stands.
    SegmentKind {
        Equal = "equal",
        Removed = "removed",
        Added = "added",
    }
);

/// Most purposes from the top of the tree down to its lowest leaf.
pub const MAX_DEPTH: usize = 5;

/// Whether a purpose may stand below another: that one must exist, must not be retired, must not stand below it in turn,
/// and the tree must not become too deep. `id` is `None` for a purpose about to be made.
pub fn check_parent(purposes: &[Purpose], id: Option<PurposeId>, parent: PurposeId) -> Result<(), Rule> {
    let above = purposes.iter().find(|purpose| purpose.id == parent).ok_or(Rule::Unknown)?;
    if above.retired_at.is_some() {
        return Err(Rule::Retired);
    }
    if id.is_some_and(|id| id == parent || descendants(purposes, id).contains(&parent)) {
        return Err(Rule::Circle);
    }
    let height = id.map_or(1, |id| height(purposes, id));
    if depth(purposes, parent) + height > MAX_DEPTH {
        return Err(Rule::TooDeep { max: MAX_DEPTH });
    }
    Ok(())
}

/// How many purposes stand from the top of the tree down to this one.
pub fn depth(purposes: &[Purpose], id: PurposeId) -> usize {
    let above = |id: &PurposeId| purposes.iter().find(|purpose| purpose.id == *id)?.parent_id;
    // A circle, should one ever be stored, ends here.
    std::iter::successors(Some(id), above).take(purposes.len().max(1)).count()
}

/// How many purposes stand from this one down to its lowest leaf.
fn height(purposes: &[Purpose], id: PurposeId) -> usize {
    let top = depth(purposes, id);
    descendants(purposes, id).into_iter().map(|below| depth(purposes, below) + 1 - top).max().unwrap_or(1)
}

impl NewPurpose {
    /// Checks the place in the tree of a purpose about to be made.
    pub fn check_place(&self, purposes: &[Purpose]) -> Result<(), Invalids> {
        match self.parent_id {
            Some(parent) => check_parent(purposes, None, parent).map_err(|rule| Invalids::one("/parent_id", rule)),
            None => Ok(()),
        }
    }
}

impl Purpose {
    /// The purpose after a change. Channels are only added: consents may stand in each. Once it is `used`, that is once
    /// it has a wording or an entry in the ledger, basis and marketing stay, because people were asked under them; another
    /// basis is another purpose. A validity counts for consents given from then on.
    pub fn changed(&self, new: NewPurpose, used: bool, purposes: &[Self]) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        if used && new.basis != self.basis {
            invalids.add("/basis", Rule::InUse);
        }
        if used && new.is_marketing != self.is_marketing {
            invalids.add("/is_marketing", Rule::InUse);
        }
        if !self.channels.iter().all(|channel| new.channels.contains(channel)) {
            invalids.add("/channels", Rule::OnlyGrows);
        }
        // A parent that was retired since stays one.
        if let Some(parent) = new.parent_id.filter(|_| new.parent_id != self.parent_id) {
            invalids.take("/parent_id", check_parent(purposes, Some(self.id), parent));
        }
        let NewPurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in } = new;
        invalids.or(Some(Self {
            name,
            basis,
            is_marketing,
            channels,
            validity_days,
            parent_id,
            double_opt_in,
            id: self.id,
            version: self.version.saturating_add(1),
            retired_at: self.retired_at,
        }))
    }

    /// Names of what differs from `before`, for the record of a change.
    pub fn differences(&self, before: &Self) -> Vec<&'static str> {
        [
            ("name", self.name != before.name),
            ("basis", self.basis != before.basis),
            ("is_marketing", self.is_marketing != before.is_marketing),
            ("channels", self.channels != before.channels),
            ("validity_days", self.validity_days != before.validity_days),
            ("parent_id", self.parent_id != before.parent_id),
            ("double_opt_in", self.double_opt_in != before.double_opt_in),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::{Channel, LawfulBasis},
        text::ShortText,
    };
    use chrono::DateTime;
    use proptest::prelude::*;

    fn id(n: u8) -> PurposeId {
        PurposeId::generate(DateTime::UNIX_EPOCH, [n; 10])
    }

    fn purpose(n: u8, parent: Option<u8>) -> Purpose {
        Purpose {
            id: id(n),
            version: 1,
            name: ShortText::parse(&format!("Cel {n}")).unwrap(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email],
            validity_days: None,
            parent_id: parent.map(id),
            double_opt_in: false,
            retired_at: None,
        }
    }

    fn same(purpose: &Purpose) -> NewPurpose {
        NewPurpose {
            name: purpose.name.clone(),
            basis: purpose.basis,
            is_marketing: purpose.is_marketing,
            channels: purpose.channels.clone(),
            validity_days: purpose.validity_days,
            parent_id: purpose.parent_id,
            double_opt_in: purpose.double_opt_in,
        }
    }

    proptest! {
        /// However purposes are moved about: what is let through never makes a circle and never grows too deep, and what
        /// is refused would have.
        #[test]
        fn the_tree_stays_a_tree(moves in proptest::collection::vec((0_u8..9, proptest::option::of(0_u8..9)), 0..60)) {
            let mut purposes: Vec<_> = (0..9).map(|n| purpose(n, None)).collect();
            for (moved, to) in moves {
                let verdict = to.map_or(Ok(()), |to| check_parent(&purposes, Some(id(moved)), id(to)));
                let mut after = purposes.clone();
                after[usize::from(moved)].parent_id = to.map(id);
                let circle = after.iter().any(|one| {
                    let mut above = one.parent_id;
                    (0..=after.len()).any(|_| {
                        let back = above == Some(one.id);
                        above = above.and_then(|it| after.iter().find(|other| other.id == it)?.parent_id);
                        back
                    })
                });
                match verdict {
                    Ok(()) => {
                        prop_assert!(!circle);
                        prop_assert!(after.iter().all(|one| depth(&after, one.id) <= MAX_DEPTH));
                        purposes = after;
                    }
                    Err(Rule::Circle) => prop_assert!(circle),
                    Err(rule) => {
                        prop_assert_eq!(rule, Rule::TooDeep { max: MAX_DEPTH });
                        prop_assert!(!circle && after.iter().any(|one| depth(&after, one.id) > MAX_DEPTH));
                    }
                }
            }
        }
    }

    #[test]
    fn a_parent_must_exist_and_be_asked_for() {
        let mut purposes = vec![purpose(1, None), purpose(2, None)];
        assert_eq!(check_parent(&purposes, None, id(9)), Err(Rule::Unknown));
        assert_eq!(check_parent(&purposes, None, id(1)), Ok(()));
        purposes[0].retired_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(check_parent(&purposes, None, id(1)), Err(Rule::Retired));
        // One that was retired since stays the parent.
        purposes[1].parent_id = Some(id(1));
        assert!(purposes[1].changed(same(&purposes[1]), true, &purposes).is_ok());
    }

    #[test]
    fn what_people_were_asked_under_stays() {
        let before = purpose(1, None);
        let all = [before.clone()];
        let other = NewPurpose {
            basis: LawfulBasis::Contract,
            is_marketing: false,
            channels: vec![Channel::Sms],
            ..same(&before)
        };
        let complaints = before.changed(other.clone(), true, &all).unwrap_err();
        let told: Vec<_> = complaints.as_slice().iter().map(|it| (it.pointer.as_str(), it.rule.clone())).collect();
        let expected = [("/basis", Rule::InUse), ("/is_marketing", Rule::InUse), ("/channels", Rule::OnlyGrows)];
        assert_eq!(told, expected);
        let wider = NewPurpose { channels: vec![Channel::Email, Channel::Sms], ..other };
        let after = before.changed(wider, false, &all).unwrap();
        assert_eq!((after.version, after.basis), (2, LawfulBasis::Contract));
        assert_eq!(after.differences(&before), ["basis", "is_marketing", "channels"]);
    }
}
