//! How a file is to be imported, as far as it has been said. What was typed outlives every step and every refusal.

use leptos::prelude::*;
use std::collections::BTreeSet;
use zgoda_api_types::imports::{Import, ImportColumn};
use zgoda_domain::{
    Invalid, Rule,
    client::ClientKind,
    field_ref::FieldRef,
    id::{ImportId, TagId},
    import::{ColumnTarget, DuplicateStrategy, ImportSettings, ImportState, MatchBy},
};

/// The steps of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    File,
    Columns,
    Origin,
    Check,
    Run,
}

impl Step {
    pub const ALL: [Self; 5] = [Self::File, Self::Columns, Self::Origin, Self::Check, Self::Run];

    /// Where an import goes on.
    pub fn of(import: &Import) -> Self {
        match import.state {
            ImportState::Run => Self::Run,
            _ if import.check.is_some() => Self::Check,
            _ => Self::File,
        }
    }

    /// The step in which a complaint of the server is mended.
    pub fn of_pointer(pointer: &str) -> Self {
        if pointer.starts_with("/columns") || pointer == "/header_row" { Self::Columns } else { Self::Origin }
    }
}

/// A column of the file, and what it is to become.
#[derive(Clone, Copy)]
pub struct Column {
    pub about: StoredValue<ImportColumn>,
    pub target: RwSignal<ColumnTarget>,
}

impl Column {
    fn new(about: ImportColumn, target: ColumnTarget) -> Self {
        Self { target: RwSignal::new(target), about: StoredValue::new(about) }
    }
}

/// Everything that is said about an import before it runs.
#[derive(Clone, Copy)]
pub struct Plan {
    pub id: ImportId,
    /// As the server knows it.
    pub import: RwSignal<Import>,
    pub step: RwSignal<Step>,
    pub header_row: RwSignal<u32>,
    pub columns: RwSignal<Vec<Column>>,
    pub strategy: RwSignal<DuplicateStrategy>,
    pub match_by: RwSignal<String>,
    pub kind: RwSignal<String>,
    pub owner: RwSignal<String>,
    pub department: RwSignal<String>,
    pub tags: RwSignal<BTreeSet<TagId>>,
    pub source: RwSignal<String>,
    pub obtained_on: RwSignal<String>,
    pub lawful_basis: RwSignal<String>,
}

impl Plan {
    /// As it was saved, or as it was done with a file of the same columns before, or as it is guessed.
    pub fn new(import: Import) -> Self {
        let settings = import.settings.clone();
        let remembered = import.remembered;
        let saved = settings.as_ref();
        let strategy = saved.map(|it| it.strategy).or(remembered.map(|it| it.strategy));
        let match_by = saved.map_or(remembered.and_then(|it| it.match_by), |it| it.match_by);
        let kind = saved.map(|it| it.kind).or(remembered.map(|it| it.kind)).unwrap_or_default();
        let text = |of: fn(&ImportSettings) -> String| RwSignal::new(saved.map(of).unwrap_or_default());
        let columns = import.columns.iter().enumerate().map(|(at, column)| {
            let target = saved.and_then(|it| it.columns.get(at)).copied().unwrap_or(column.target);
            Column::new(column.clone(), target)
        });
        Self {
            id: import.id,
            step: RwSignal::new(Step::of(&import)),
            header_row: RwSignal::new(import.header_row),
            columns: RwSignal::new(columns.collect()),
            strategy: RwSignal::new(strategy.unwrap_or(DuplicateStrategy::Skip)),
            match_by: RwSignal::new(match_by.map(|by| by.code().to_owned()).unwrap_or_default()),
            kind: RwSignal::new(kind.code().to_owned()),
            owner: text(|it| it.owner_id.map(|id| id.to_string()).unwrap_or_default()),
            department: text(|it| it.department_id.map(|id| id.to_string()).unwrap_or_default()),
            tags: RwSignal::new(saved.map(|it| it.tags.iter().copied().collect()).unwrap_or_default()),
            source: text(|it| it.source.clone()),
            obtained_on: text(|it| it.obtained_on.to_string()),
            lawful_basis: text(|it| it.lawful_basis.clone()),
            import: RwSignal::new(import),
        }
    }

    /// Takes over a file that was read in another way, or has another row of names: other columns.
    pub fn read_anew(self, import: Import) {
        let columns = import.columns.iter().map(|column| Column::new(column.clone(), column.target)).collect();
        self.header_row.set(import.header_row);
        self.columns.set(columns);
        self.import.set(import);
    }

    /// Targets in the columns' order.
    pub fn targets(self) -> Vec<ColumnTarget> {
        self.columns.with(|columns| columns.iter().map(|column| column.target.get()).collect())
    }

    /// What clients can be recognised by: fields that some column holds.
    pub fn keys(self) -> Vec<MatchBy> {
        let targets = self.targets();
        let mapped = |by: &MatchBy| targets.contains(&ColumnTarget::Field(FieldRef::Builtin(by.field())));
        MatchBy::ALL.iter().copied().filter(mapped).collect()
    }

    /// What clients are recognised by: what was chosen, or the first that can be.
    pub fn key(self) -> Option<MatchBy> {
        let keys = self.keys();
        let chosen = self.match_by.with(|code| MatchBy::from_code(code));
        chosen.filter(|by| keys.contains(by)).or(keys.first().copied())
    }

    /// The same, without subscribing to them.
    pub fn targets_now(self) -> Vec<ColumnTarget> {
        untrack(|| self.targets())
    }

    /// Complaints about the columns that can be told here.
    pub fn column_complaints(self) -> Vec<Invalid> {
        let targets = self.targets_now();
        if !targets.iter().any(|target| matches!(target, ColumnTarget::Field(_))) {
            return vec![Invalid { pointer: "/columns".to_owned(), rule: Rule::Required }];
        }
        let before = |at: usize, target: &ColumnTarget| targets.iter().take(at).any(|it| it == target);
        let again = |at: usize, target: &ColumnTarget| target.takes_one_column() && before(at, target);
        let twice = targets.iter().enumerate().filter(|(at, target)| again(*at, target));
        twice.map(|(at, _)| Invalid { pointer: format!("/columns/{at}"), rule: Rule::Duplicate }).collect()
    }

    /// The request, or what is missing in it.
    pub fn settings(self) -> Result<ImportSettings, Vec<Invalid>> {
        untrack(|| {
            let mut wrong = self.column_complaints();
            let mut complain = |pointer: &str, rule| wrong.push(Invalid { pointer: pointer.to_owned(), rule });
            let strategy = self.strategy.get();
            let match_by = if strategy == DuplicateStrategy::New { None } else { self.key() };
            if strategy != DuplicateStrategy::New && match_by.is_none() {
                complain("/match_by", Rule::Required);
            }
            for (pointer, text) in [("/source", self.source), ("/lawful_basis", self.lawful_basis)] {
                if text.with(|text| text.trim().is_empty()) {
                    complain(pointer, Rule::Required);
                }
            }
            let obtained_on = self.obtained_on.with(|day| day.parse());
            if obtained_on.is_err() {
                complain("/obtained_on", Rule::Required);
            }
            let (Ok(obtained_on), true) = (obtained_on, wrong.is_empty()) else { return Err(wrong) };
            Ok(ImportSettings {
                header_row: self.header_row.get(),
                columns: self.targets(),
                strategy,
                match_by,
                kind: self.kind.with(|code| ClientKind::from_code(code)).unwrap_or_default(),
                owner_id: self.owner.with(|id| id.parse().ok()),
                department_id: self.department.with(|id| id.parse().ok()),
                tags: self.tags.with(|tags| tags.iter().copied().collect()),
                source: self.source.get(),
                obtained_on,
                lawful_basis: self.lawful_basis.get(),
            })
        })
    }

    /// Whether it says something that the server has not been told.
    pub fn is_changed(self) -> bool {
        let saved = self.import.with(|import| import.settings.clone());
        let now = self.watched();
        match (saved, self.settings()) {
            (Some(saved), Ok(now)) => saved != now,
            (Some(_), Err(_)) => true,
            (None, _) => now,
        }
    }

    /// Subscribes to everything that can be said; whether a text was typed.
    fn watched(self) -> bool {
        self.targets();
        self.header_row.track();
        self.strategy.track();
        self.tags.track();
        for text in [self.match_by, self.kind, self.owner, self.department, self.obtained_on] {
            text.track();
        }
        self.source.with(|text| !text.is_empty()) | self.lawful_basis.with(|text| !text.is_empty())
    }

    /// The name of a column: as the file has it, or its letter as in a spreadsheet.
    pub fn column_name(self, at: usize) -> String {
        let header = self.columns.with_untracked(|columns| {
            columns.get(at).map(|column| column.about.with_value(|about| about.header.trim().to_owned()))
        });
        header.filter(|header| !header.is_empty()).unwrap_or_else(|| letters(at))
    }
}

/// The name of a column without one, as spreadsheets count: A to Z, then AA.
pub fn letters(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    match at / 26 {
        0 => letter(at).to_string(),
        more => format!("{}{}", letters(more - 1), letter(at)),
    }
}

/// A target as the value of a choice.
pub fn code(target: &ColumnTarget) -> String {
    serde_json::to_string(target).unwrap_or_default()
}
