//! Which fields of a card someone sees and may write.

use crate::{
    client::{BuiltinField, ClientInput},
    code::coded_enum,
    consent::Channel,
    custom_field::{CustomField, CustomValues, FieldKind},
    field_ref::FieldRef,
    id::PurposeId,
    rule::{Invalids, Rule},
};
use std::collections::{BTreeMap, BTreeSet};

coded_enum!(
    /// What a role takes away from a field. Ordered from the strictest.
    FieldRestriction {
        /// As if there were no such field.
        Hidden = "hidden",
        /// Shown that there is a value, not which.
        Masked = "masked",
        ReadOnly = "read_only",
        /// Nothing: lifts what a parent role takes away.
        Open = "open",
    }
);

/// The restrictions that hold for someone; every field not named is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldRights(BTreeMap<FieldRef, FieldRestriction>);

impl FieldRights {
    pub(super) fn new(restrictions: BTreeMap<FieldRef, FieldRestriction>) -> Self {
        Self(restrictions.into_iter().filter(|(_, restriction)| *restriction != FieldRestriction::Open).collect())
    }

    /// What a role may demand of a field: names and the moments kept by the system are always shown, because a card
    /// that shows nothing cannot be told from another.
    pub const fn can_restrict(field: FieldRef, restriction: FieldRestriction) -> bool {
        match field {
            FieldRef::Custom(_) => true,
            FieldRef::Builtin(BuiltinField::CreatedAt | BuiltinField::UpdatedAt) => false,
            FieldRef::Builtin(BuiltinField::Name | BuiltinField::FirstName | BuiltinField::LastName) => {
                matches!(restriction, FieldRestriction::ReadOnly | FieldRestriction::Open)
            }
            FieldRef::Builtin(_) => true,
        }
    }

    pub fn of(&self, field: FieldRef) -> FieldRestriction {
        self.0.get(&field).copied().unwrap_or(FieldRestriction::Open)
    }

    /// Whether values may be looked at, and so searched and ordered by.
    pub fn shows(&self, field: FieldRef) -> bool {
        self.of(field) >= FieldRestriction::ReadOnly
    }

    pub fn hides(&self, field: FieldRef) -> bool {
        self.of(field) == FieldRestriction::Hidden
    }

    /// Whether values may be written.
    pub fn writes(&self, field: FieldRef) -> bool {
        self.of(field) == FieldRestriction::Open
    }

    /// What the restrictions of columns mean for the consents they show.
    pub fn of_consents(&self, fields: &[CustomField]) -> ConsentRights {
        let restricted = fields.iter().filter_map(|field| {
            let restriction = self.of(FieldRef::Custom(field.id));
            field.consent.filter(|_| restriction != FieldRestriction::Open).map(|place| (place, restriction))
        });
        ConsentRights(restricted.collect())
    }

    /// What is seen of a card that opens for a reason only, before one was given: its name and the moments kept by the
    /// system. `fields` are the custom fields that exist.
    pub fn before_a_reason(&self, fields: &[CustomField]) -> Self {
        let custom = fields.iter().map(|field| FieldRef::Custom(field.id));
        let all = BuiltinField::ALL.into_iter().map(FieldRef::Builtin).chain(custom);
        let masked = all.filter(|field| Self::can_restrict(*field, FieldRestriction::Masked));
        self.meet(&Self(masked.map(|field| (field, FieldRestriction::Masked)).collect()))
    }

    /// Whether every field can be seen in full.
    pub fn show_everything(&self) -> bool {
        self.0.values().all(|restriction| *restriction >= FieldRestriction::ReadOnly)
    }

    pub fn iter(&self) -> impl Iterator<Item = (FieldRef, FieldRestriction)> + '_ {
        self.0.iter().map(|(field, restriction)| (*field, *restriction))
    }

    /// Whether nothing of a card is kept from the caller, consents aside. `fields` are the custom fields there are.
    pub fn show_whole_cards(&self, fields: &[CustomField]) -> bool {
        self.iter().filter(|(field, _)| !self.shows(*field)).all(|(field, _)| match field {
            FieldRef::Builtin(_) => false,
            FieldRef::Custom(id) => !fields.iter().any(|known| known.id == id && known.kind != FieldKind::Consent),
        })
    }

    /// At least as strict as `other` for every field.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        other.iter().all(|(field, restriction)| self.of(field) <= restriction)
    }

    /// The stricter of both, field by field.
    pub(super) fn meet(&self, other: &Self) -> Self {
        let mut met = self.0.clone();
        for (field, restriction) in other.iter() {
            let slot = met.entry(field).or_insert(restriction);
            *slot = restriction.min(*slot);
        }
        Self(met)
    }

    /// Refuses to order or search by fields whose values are not shown. A hidden field is answered like an unknown one.
    pub fn check_use(&self, field: FieldRef) -> Result<(), Rule> {
        match self.of(field) {
            FieldRestriction::Hidden => Err(Rule::Unknown),
            FieldRestriction::Masked => Err(Rule::NotShown),
            FieldRestriction::ReadOnly | FieldRestriction::Open => Ok(()),
        }
    }

    /// Takes away what must not be shown; returns the masked fields that have a value.
    pub fn cover(&self, input: &mut ClientInput, custom: &mut CustomValues) -> BTreeSet<FieldRef> {
        let mut masked = BTreeSet::new();
        for (field, restriction) in self.iter().filter(|(field, _)| !self.shows(*field)) {
            let had = match field {
                FieldRef::Builtin(builtin) => {
                    let had = input.get(builtin).is_some();
                    input.set(builtin, None);
                    had
                }
                FieldRef::Custom(id) => custom.remove(&id).is_some(),
            };
            if had && restriction == FieldRestriction::Masked {
                masked.insert(field);
            }
        }
        masked
    }

    /// Puts back what the caller could not see or may not change, and complains about attempts to write it. `typed` is
    /// what came; `before` what is stored, empty for a new card. A card without a name would be named by its e-mail
    /// address: whoever does not see that has to name the card.
    pub fn keep(
        &self,
        before: (&ClientInput, &CustomValues),
        typed: (&ClientInput, &CustomValues),
    ) -> Result<(ClientInput, CustomValues), Invalids> {
        let mut invalids = Invalids::default();
        let (mut input, mut custom) = (typed.0.clone(), typed.1.clone());
        for (field, restriction) in self.iter() {
            match field {
                FieldRef::Builtin(builtin) => {
                    let (old, new) = (before.0.get(builtin), typed.0.get(builtin));
                    if new.is_some() && (new != old || restriction != FieldRestriction::ReadOnly) {
                        invalids.add(format!("/details/{}", builtin.key()), Rule::ReadOnly);
                    }
                    input.set(builtin, old.map(str::to_owned));
                }
                FieldRef::Custom(id) => {
                    let (old, new) = (before.1.get(&id), typed.1.get(&id).filter(|value| !value.is_null()));
                    if new.is_some() && (new != old || restriction != FieldRestriction::ReadOnly) {
                        let hidden = restriction == FieldRestriction::Hidden;
                        invalids.add(format!("/custom/{id}"), if hidden { Rule::Unknown } else { Rule::ReadOnly });
                    }
                    match old {
                        Some(old) => custom.insert(id, old.clone()),
                        None => custom.remove(&id),
                    };
                }
            }
        }
        let names = [BuiltinField::Name, BuiltinField::FirstName, BuiltinField::LastName];
        if !self.shows(FieldRef::Builtin(BuiltinField::Email)) && names.iter().all(|name| input.get(*name).is_none()) {
            invalids.add("/details/name", Rule::Required);
        }
        invalids.or(Some((input, custom)))
    }

    /// The custom fields that exist for the caller.
    pub fn existing(&self, fields: &[CustomField]) -> Vec<CustomField> {
        fields.iter().filter(|field| !self.hides(FieldRef::Custom(field.id))).cloned().collect()
    }

    /// Names of touched fields, without those that are hidden.
    pub fn cover_names(&self, names: &mut Vec<String>) {
        names.retain(|name| name.parse().map_or(true, |field| !self.hides(field)));
    }
}

/// Consents that are restricted for someone: each as its column is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentRights(BTreeMap<(PurposeId, Channel), FieldRestriction>);

impl ConsentRights {
    pub fn of(&self, purpose: PurposeId, channel: Channel) -> FieldRestriction {
        self.0.get(&(purpose, channel)).copied().unwrap_or(FieldRestriction::Open)
    }

    /// Whether it may be seen where the consent stands.
    pub fn shows(&self, purpose: PurposeId, channel: Channel) -> bool {
        self.of(purpose, channel) >= FieldRestriction::ReadOnly
    }

    /// Whether the consent may be changed.
    pub fn writes(&self, purpose: PurposeId, channel: Channel) -> bool {
        self.of(purpose, channel) == FieldRestriction::Open
    }

    /// Whether it may be seen where every consent stands.
    pub fn show_everything(&self) -> bool {
        self.0.values().all(|restriction| *restriction >= FieldRestriction::ReadOnly)
    }

    /// Whether names as they stand in the log (`purpose:` and an id, `channel:` and a code) are of a consent that is
    /// shown.
    pub fn show_names(&self, names: &[String]) -> bool {
        let named = |(purpose, channel): &(PurposeId, Channel)| {
            let (purpose, channel) = (format!("purpose:{purpose}"), format!("channel:{}", channel.code()));
            names.contains(&purpose) && names.contains(&channel)
        };
        !self.0.iter().any(|(place, restriction)| *restriction < FieldRestriction::ReadOnly && named(place))
    }
}
