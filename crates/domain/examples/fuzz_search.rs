//! Throws texts at the reader of queries for as long as it is told: `fuzz_search [SECONDS [SEED]]`. Texts are random bytes
//! and, mostly, changes of texts that had something new about them. What breaks a promise is shrunk and printed.
#![expect(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, reason = "a program for the terminal")]

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    process::ExitCode,
    time::{Duration, Instant},
};
use zgoda_domain::{
    access::FieldRights,
    consent::{Channel, Language},
    custom_field::{CustomField, FieldKind},
    id::{AccountId, FieldId, PurposeId, TagId},
    search::{Asking, Catalogue, Fault, Named, Query, Reading, Span, complete, parse},
    text::ShortText,
};

/// Texts to begin with.
const SEEDS: [&str; 14] = [
    "\"Umowa\" < 1",
    "city = Kraków i dodano >= dziś - 30d",
    "nazwa ~ kowal lub nie (email is empty and not note ~ \"x\")",
    "\"select\" w (złoty, srebrny)",
    "“date” nie jest puste",
    "zgoda(\"Newsletter\") = wyrażona",
    "consent(\"Newsletter\", email) = given at 2026-01-31",
    "opiekun = ja i tag = VIP",
    "owner in (me, \"Ewa\")",
    "„decimal” >= -2.5 and \"integer\" != 7",
    "\"datetime\" = 2026-01-31T12:00:00+01:00 or created_at in (today, 31.01.2026, today + 2w)",
    "((((city = x))))",
    "pesel = 44051401359 oraz \"sealed\" in (a, b)",
    "custom:0198f3c2-0000-7000-8000-000000000000 is not empty",
];

/// Pieces that the grammar knows.
const PIECES: [&str; 40] = [
    "(",
    ")",
    ",",
    "\"",
    "„",
    "”",
    "\\",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "~",
    "!~",
    "-",
    "+",
    " ",
    " i ",
    " lub ",
    " nie ",
    " and ",
    " or ",
    " not ",
    " in (",
    " w (",
    " is empty",
    " jest puste",
    " at ",
    " dnia ",
    "dziś",
    "today - 30d",
    "zgoda(",
    "2026-02-30",
    "1.",
    "0x1F",
    "id:",
    "custom:",
    "\u{200b}",
    "ẞ",
];

/// A change of a text. Places are anywhere in it.
#[derive(Clone, Debug)]
enum Change {
    Delete(Index, Index),
    Insert(Index, String),
    Repeat(Index, Index, u8),
    Byte(Index, u8),
    /// The end of another text.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let text = prop_oneof![
        6 => select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{1,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    let times = prop_oneof![20 => 2_u8..4, 1 => 4_u8..200];
    prop_oneof![
        2 => (at(), at()).prop_map(|(from, to)| Change::Delete(from, to)),
        4 => (at(), text).prop_map(|(at, text)| Change::Insert(at, text)),
        1 => (at(), at(), times).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        3 => (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

/// How a text is made.
#[derive(Clone, Debug)]
enum Recipe {
    Bytes(Vec<u8>),
    Changed(Index, Vec<Change>),
    /// Several of the first texts, each with what stands before it.
    Joined(Vec<(Index, &'static str)>),
}

/// What can stand between conditions.
const JOINTS: [&str; 6] = [" i ", " lub ", " and not (", ") or (", " oraz nie ", ") i "];

fn recipe() -> impl Strategy<Value = Recipe> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Recipe::Bytes),
        9 => (any::<Index>(), prop::collection::vec(change(), 1..4)).prop_map(|(of, changes)| Recipe::Changed(of, changes)),
        4 => prop::collection::vec((any::<Index>(), select(JOINTS.to_vec())), 1..6).prop_map(Recipe::Joined),
    ]
}

impl Recipe {
    fn text(&self, corpus: &[String]) -> String {
        let (of, changes) = match self {
            Self::Bytes(bytes) => return String::from_utf8_lossy(bytes).into_owned(),
            Self::Joined(parts) => return joined(parts),
            Self::Changed(of, changes) => (of, changes),
        };
        let mut bytes = of.get(corpus).clone().into_bytes();
        for change in changes {
            let end = bytes.len() + 1;
            let range = |from: &Index, to: &Index| {
                let (from, to) = (from.index(end), to.index(end));
                from.min(to)..from.max(to)
            };
            match change {
                Change::Delete(from, to) => drop(bytes.drain(range(from, to))),
                Change::Insert(at, text) => drop(bytes.splice(at.index(end)..at.index(end), text.bytes())),
                Change::Repeat(from, to, times) => {
                    let range = range(from, to);
                    let part = bytes.get(range.clone()).unwrap_or_default().repeat(usize::from(*times));
                    drop(bytes.splice(range, part));
                }
                Change::Byte(at, byte) => {
                    if let Some(place) = bytes.get_mut(at.index(end)) {
                        *place = *byte;
                    }
                }
                Change::Splice(at, other, from) => {
                    bytes.truncate(at.index(end));
                    let other = other.get(corpus).as_bytes();
                    bytes.extend(other.get(from.index(other.len() + 1)..).unwrap_or_default());
                }
            }
            bytes.truncate(12_000);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// With brackets opened at the front and closed at the end, so that most of it can be read.
fn joined(parts: &[(Index, &str)]) -> String {
    let mut text = String::new();
    for (at, (of, joint)) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str(joint);
        }
        text.push_str(of.get::<&str>(&SEEDS));
    }
    let mut depth = 0_usize;
    let mut missing = 0;
    for joint in parts.iter().skip(1).flat_map(|(_, joint)| joint.chars()) {
        match joint {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' => missing += 1,
            _ => {}
        }
    }
    format!("{}{text}{}", "(".repeat(missing), ")".repeat(depth))
}

fn catalogue() -> Catalogue {
    let purpose = PurposeId::generate(chrono::DateTime::UNIX_EPOCH, [9; 10]);
    let field = |(n, name, kind): (u8, &str, FieldKind)| CustomField {
        id: FieldId::generate(chrono::DateTime::UNIX_EPOCH, [n; 10]),
        name: ShortText::parse(name).unwrap(),
        kind,
        options: if kind.has_options() { vec!["złoty".into(), "a \"b\" \\".into()] } else { vec![] },
        sensitive: name == "sealed",
        consent: (kind == FieldKind::Consent).then_some((purpose, Channel::Email)),
        position: 0,
    };
    let kinds = FieldKind::ALL.iter().zip(1..).map(|(kind, n)| (n, kind.code(), *kind));
    let more = [
        (30, "Umowa", FieldKind::Checkbox),
        (31, "sealed", FieldKind::ShortText),
        (32, "nie", FieldKind::ShortText),
        (33, "Miasto", FieldKind::ShortText),
    ];
    let fields: Vec<_> = kinds.chain(more).map(field).collect();
    let person = |n: u8, name: &str| Named {
        id: AccountId::generate(chrono::DateTime::UNIX_EPOCH, [n; 10]),
        name: name.to_owned(),
    };
    let tag =
        |n: u8, name: &str| Named { id: TagId::generate(chrono::DateTime::UNIX_EPOCH, [n; 10]), name: name.to_owned() };
    Catalogue::new(&fields, &FieldRights::default())
        .with_people(vec![person(1, "Ewa"), person(2, "Jan"), person(3, "Jan"), person(4, "ja")])
        .with_tags(vec![tag(1, "VIP"), tag(2, "z „Targów”")], true)
        .with_purposes(vec![Named { id: purpose, name: "Newsletter".to_owned() }])
}

/// What the reader promises of any text; how the text was answered.
fn check(text: &str, caret: &Index, catalogue: &Catalogue) -> Result<Option<Fault>, TestCaseError> {
    let fits =
        |span: Span| span.start <= span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end);
    let reading = Reading::of(text.to_owned(), catalogue);
    let mut end = 0;
    for token in &reading.tokens {
        prop_assert!(fits(token.span) && token.span.start >= end && token.span.end > token.span.start, "tokens");
        end = token.span.end;
    }
    let mut place = caret.index(text.len() + 1);
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    prop_assert!(fits(complete(text, place, catalogue).span), "completions");
    let query = match parse(text, catalogue) {
        Err(problem) => {
            prop_assert!(fits(problem.span), "{problem:?}");
            for repair in problem.repairs(text) {
                drop(parse(&repair.text, catalogue));
            }
            return Ok(Some(problem.fault));
        }
        Ok(query) => query,
    };
    let same = |text: String, what: &str| match parse(&text, catalogue) {
        Ok(again) if again == query => Ok(()),
        Err(problem) if problem.fault == Fault::TooLong => Ok(()),
        other => Err(TestCaseError::fail(format!("{what}: {text:?} became {other:?}"))),
    };
    same(query.print(catalogue), "printed")?;
    if let Some(outline) = query.outline(catalogue) {
        same(outline.print(catalogue), "as rows")?;
    }
    prop_assert!(Query::from_stored(&query.to_stored()).as_ref() == Ok(&query), "stored");
    let asking = Asking { today: chrono::NaiveDate::default(), me: None };
    prop_assert!(query.resolve(catalogue, asking).is_ok(), "resolved");
    Ok(None)
}

/// What is new about a text: how it was answered, and which kinds of tokens follow each other in it.
fn novelties(text: &str, fault: Option<Fault>) -> BTreeSet<u64> {
    let kinds: Vec<_> = zgoda_domain::search::tokens(text).into_iter().map(|token| token.kind).collect();
    let hash = |what: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        what(&mut hasher);
        hasher.finish()
    };
    kinds.windows(4).map(|four| hash(&|hasher| (fault, four).hash(hasher))).collect()
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (seconds, seed) = (arguments.next(), arguments.next());
    let (Ok(seconds), Ok(seed)) = (seconds.unwrap_or(Ok(60)), seed.unwrap_or(Ok(1))) else {
        eprintln!("fuzz_search [SECONDS [SEED]]");
        return ExitCode::FAILURE;
    };
    println!("reading texts for {seconds} s, seed {seed}");
    let catalogues = Language::ALL.iter().map(|language| catalogue().in_language(*language)).collect::<Vec<_>>();
    let corpus = RefCell::new(SEEDS.map(str::to_owned).to_vec());
    let known = RefCell::new(BTreeSet::new());
    let answers = RefCell::new(BTreeMap::<&str, u64>::new());
    let bytes = RefCell::new(0_usize);
    let (began, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut batch = 0_u64;
    while began.elapsed() < limit {
        let mut key = [0; 32];
        key.iter_mut().zip(seed.to_le_bytes().into_iter().chain(batch.to_le_bytes())).for_each(|(at, byte)| *at = byte);
        batch += 1;
        // Grows between batches only, so that what is shrunk means the same all the while.
        let texts = corpus.borrow().clone();
        let config = Config { cases: 500, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &key));
        let strategy = (recipe(), any::<Index>(), any::<Index>());
        let outcome = runner.run(&strategy, |(recipe, caret, language)| {
            let text = recipe.text(&texts);
            let fault = check(&text, &caret, language.get(&catalogues))
                .map_err(|error| TestCaseError::fail(format!("{error}\nof {text:?}")))?;
            *bytes.borrow_mut() += text.len();
            *answers.borrow_mut().entry(fault.map_or("read", Fault::code)).or_default() += 1;
            let mut known = known.borrow_mut();
            let before = known.len();
            known.extend(novelties(&text, fault));
            // What is refused at its first strange character leads nowhere, and long texts only to longer ones.
            let fruitful =
                !matches!(fault, Some(Fault::Character | Fault::Unclosed | Fault::TooLong)) && text.len() <= 500;
            if known.len() > before && fruitful {
                // What could be read is built upon more often.
                let copies = if fault.is_none() { 8 } else { 1 };
                corpus.borrow_mut().extend(std::iter::repeat_n(text, copies));
            }
            Ok(())
        });
        if let Err(error) = outcome {
            eprintln!("batch {batch} of seed {seed}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let answers = answers.borrow();
    let total: u64 = answers.values().sum();
    println!("{total} texts, {} bytes, {} of them kept for something new", bytes.borrow(), corpus.borrow().len());
    for (answer, count) in answers.iter() {
        println!("{count:>10}  {answer}");
    }
    ExitCode::SUCCESS
}
