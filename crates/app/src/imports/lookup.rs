//! Finding whom rows are about, and what becomes of each.

use super::checking::Rules;
use crate::{AppError, listing};
use std::collections::{HashMap, HashSet};
use zgoda_domain::{
    access::{ConsentRights, ImportClients, Permit},
    client::BuiltinField,
    consent::Channel,
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{ClientId, PurposeId},
    import::{DuplicateStrategy, ImportSettings, MatchBy, ReadRow},
};
use zgoda_persistence::{
    Source,
    import_cards::{self, Known},
    origins,
};

/// Whose refusals are told while a file is checked, and after it was run: a consent is as visible as its column, and nobody
/// learns by an address what they may not search by.
pub(super) struct Told {
    finds_addresses: bool,
    consents: ConsentRights,
}

impl Told {
    pub fn of(permit: &Permit<ImportClients>, fields: &[CustomField]) -> Self {
        let rights = listing::list_rights(permit, fields);
        Self {
            finds_addresses: rights.check_use(FieldRef::Builtin(BuiltinField::Email)).is_ok(),
            consents: rights.of_consents(fields),
        }
    }

    fn tells(&self, (purpose, channel): (PurposeId, Channel)) -> bool {
        self.finds_addresses && self.consents.shows(purpose, channel)
    }
}

/// What is to become of a row that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Make,
    Update(ClientId),
    Known(ClientId),
    /// Left out because the person said no, which whoever imports may not be told.
    Withdrawn {
        told: bool,
    },
    Erased,
}

/// What is known of those whom some rows are about.
pub(super) struct Lookup {
    by: HashMap<String, Vec<Known>>,
    emails: HashMap<String, Vec<Known>>,
    refusals: HashMap<ClientId, HashSet<(PurposeId, Channel)>>,
    erased: HashSet<String>,
}

impl Lookup {
    pub async fn of(source: &impl Source, settings: &ImportSettings, rows: &[&ReadRow]) -> Result<Self, AppError> {
        let keys = |by: MatchBy| -> Vec<String> {
            let keys: HashSet<String> = rows.iter().filter_map(|row| by.key(&row.input)).collect();
            keys.into_iter().collect()
        };
        let addresses = keys(MatchBy::Email);
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let emails = import_cards::known(source, MatchBy::Email, &addresses).await?;
        let by = match strategy_key(settings) {
            None | Some(MatchBy::Email) => HashMap::new(),
            Some(by) => {
                let keys = keys(by);
                import_cards::known(source, by, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await?
            }
        };
        let met: Vec<ClientId> = emails.values().flatten().map(|known| known.id).collect();
        let erased = origins::erased(source, &addresses).await?.into_iter().map(str::to_owned).collect();
        Ok(Self { by, refusals: import_cards::refusals(source, &met).await?, emails, erased })
    }

    fn with_address(&self, row: &ReadRow) -> &[Known] {
        let key = MatchBy::Email.key(&row.input);
        key.and_then(|key| self.emails.get(&key)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What becomes of a row, as far as cards tell that are stored by now.
    pub fn fate(&self, settings: &ImportSettings, rules: &Rules, row: &ReadRow) -> Fate {
        let visible = &rules.visible;
        let same_address = self.with_address(row);
        let is_erased = || MatchBy::Email.key(&row.input).is_some_and(|key| self.erased.contains(&key));
        if same_address.is_empty() && is_erased() {
            return Fate::Erased;
        }
        let found = match strategy_key(settings) {
            None => &[][..],
            Some(MatchBy::Email) => same_address,
            Some(by) => {
                let key = by.key(&row.input);
                key.and_then(|key| self.by.get(&key)).map(Vec::as_slice).unwrap_or_default()
            }
        };
        if let Some(known) = found.iter().find(|known| visible.covers(known.assignment)) {
            return match settings.strategy {
                DuplicateStrategy::Update => Fate::Update(known.id),
                DuplicateStrategy::New | DuplicateStrategy::Skip => Fate::Known(known.id),
            };
        }
        let reached = same_address.iter().filter(|known| visible.covers(known.assignment));
        let refused: Vec<_> = reached.filter_map(|known| self.refusals.get(&known.id)).flatten().collect();
        if refused.is_empty() {
            return Fate::Make;
        }
        Fate::Withdrawn { told: refused.into_iter().any(|place| rules.told.tells(*place)) }
    }

    /// The consents that somebody with the row's address refused or withdrew, whoever may see their card: no claim of a
    /// file stands beside that.
    pub fn refused(&self, row: &ReadRow) -> HashSet<(PurposeId, Channel)> {
        let refused = self.with_address(row).iter().filter_map(|known| self.refusals.get(&known.id));
        refused.flatten().copied().collect()
    }
}

/// What clients are recognised by, unless nobody is looked for.
pub(super) fn strategy_key(settings: &ImportSettings) -> Option<MatchBy> {
    settings.match_by.filter(|_| settings.strategy != DuplicateStrategy::New)
}
