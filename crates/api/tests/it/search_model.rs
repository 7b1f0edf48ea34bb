//! Searches by random trees of conditions against a naive reading of the same trees on the cards themselves.

use crate::recorded;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use zgoda_api_types::{
    clients::{ClientBody, ClientCard, SearchClients},
    consents::{CreatePurpose, RecordConsent},
    custom_fields::CreateCustomField,
    tags::{ClientTags, TagBody},
};
use zgoda_client::Api;
use zgoda_domain::{
    access::{Assignment, FieldRights, Visible},
    client::{BuiltinField, ClientInput, ClientKind},
    collation,
    consent::{Channel, ConsentEventKind, ConsentStatus, LawfulBasis},
    custom_field::{CustomField, FieldKind},
    field_ref::FieldRef,
    id::{AccountId, ClientId, FieldId, PurposeId, TagId},
    list::{Direction, ListQuery, Order},
    quick_search::{digits, fold, part_of_number},
    recorded::Decision,
    search::{
        Asking, Catalogue, Day, Field, Named, Node, Operator, Query, Test, Unit, Value, ValueKind, day_of, start_of_day,
    },
    tag::TagColour,
};
use zgoda_persistence::{accounts, client_list, custom_fields, purposes, tags};
use zgoda_test_support::{TestApp, on_both_databases};

/// What an owner may use in a query.
pub async fn catalogue(app: &TestApp) -> Catalogue {
    let reader = app.ctx.db.read();
    let fields = custom_fields::live(&reader).await.unwrap();
    let people = accounts::all(&reader).await.unwrap().into_iter().map(|it| Named { id: it.id, name: it.name });
    let tags = tags::all(&reader).await.unwrap().into_iter().map(|it| Named { id: it.id, name: it.name });
    let purposes = purposes::all(&reader).await.unwrap().into_iter();
    let purposes = purposes.map(|it| Named { id: it.id, name: it.name.into_string() });
    Catalogue::new(&fields, &FieldRights::default())
        .with_people(people.collect())
        .with_tags(tags.collect(), true)
        .with_purposes(purposes.collect())
}

/// Numbers that are the same in each run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn maybe<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (self.below(3) > 0).then(|| self.of(all))
    }
}

const CITIES: [&str; 5] = ["Kraków", "Łódź", "Ustka", "łeba", "Ćmielów"];
const NAMES: [&str; 5] = ["Ewa Żak", "Jan Kowal", "Zakład Łąka", "ćma", "Kowalska Ada"];
const EMAILS: [&str; 3] = ["ewa@example.com", "Jan@example.com", "ada.k@example.org"];
const PHONES: [&str; 3] = ["+48 600 100 200", "600-200-300", "(22) 555 12 34"];
const NOTES: [&str; 3] = ["Dzwonić po 18", "100% pewne_", "Nie dzwonić [nigdy]"];
const OPTIONS: [&str; 3] = ["złoty", "srebrny", "a \"b\""];
const TEXTS: [&str; 5] = ["alfa", "Beta", "żółw", "Zebra", "ąę"];
const NEEDLES: [&str; 11] = ["555-12", "+48 600 1", "ewa", "KOW", "zak", "%", "_", "[", "600", "0 1", "lodz"];
const DECIMALS: [&str; 5] = ["-2.5", "0", "0.25", "7", "1000.01"];
const DAYS: [&str; 5] = ["2026-01-01", "2026-01-14", "2026-01-15", "2026-01-16", "2025-06-30"];
const MOMENTS: [&str; 4] =
    ["2026-01-14T22:59:59Z", "2026-01-14T23:00:00Z", "2026-01-15T12:30:00Z", "2026-01-15T23:00:00Z"];

struct World {
    fields: Vec<CustomField>,
    purpose: PurposeId,
    tags: Vec<TagId>,
    people: Vec<AccountId>,
    cards: HashMap<ClientId, ClientCard>,
}

impl World {
    async fn make(app: &TestApp, api: &Api, chance: &mut Chance) -> Self {
        for kind in FieldKind::ALL.iter().copied().filter(|kind| *kind != FieldKind::Consent) {
            let options = if kind.has_options() { OPTIONS.map(Into::into).to_vec() } else { vec![] };
            let body = CreateCustomField { name: kind.code().into(), kind, options, sensitive: false };
            api.create_custom_field(&body, None).await.unwrap();
        }
        for kind in [FieldKind::ShortText, FieldKind::Integer] {
            let name = format!("sealed {}", kind.code());
            api.create_custom_field(&CreateCustomField { name, kind, options: vec![], sensitive: true }, None)
                .await
                .unwrap();
        }
        let purpose = CreatePurpose {
            name: "Newsletter".into(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email, Channel::Sms],
            validity_days: Some(20),
            parent_id: None,
            double_opt_in: false,
        };
        let purpose = PurposeId::from_uuid(api.create_purpose(&purpose, None).await.unwrap().id);
        let mut tags = Vec::new();
        for name in ["VIP", "Targi"] {
            let body = TagBody { name: name.into(), colour: TagColour::Teal };
            tags.push(TagId::from_uuid(api.create_tag(&body, None).await.unwrap().id));
        }
        let owner = accounts::all(&app.ctx.db.read()).await.unwrap().remove(0).id;
        let other = app.member("Ewa", zgoda_domain::access::role::RoleTemplate::Salesperson.id()).await;
        let other = other.me().await.unwrap().account_id;
        let mut world = Self {
            fields: custom_fields::live(&app.ctx.db.read()).await.unwrap(),
            purpose,
            tags,
            people: vec![owner, other],
            cards: HashMap::new(),
        };
        let mut ids = Vec::new();
        for _ in 0..3 {
            app.clock.advance(TimeDelta::hours(9));
            let api = app.owner().await;
            for _ in 0..20 {
                app.clock.advance(TimeDelta::minutes(3));
                ids.push(world.client(app, &api, chance).await);
            }
        }
        let api = &app.owner().await;
        // So many of a kind that an index of its own would not be worth it.
        let bulk = match app.connection().get_database_backend() {
            DbBackend::Postgres => {
                "insert into clients (id, version, kind, name, city, created_at, updated_at) select gen_random_uuid(), 1, 'company', 'Masa ' || n, case n % 3 when 0 then 'Ustka' when 1 then 'Łódź' else '' end, '2026-01-01T12:00:00Z', '2026-01-02T12:00:00Z' from generate_series(1, 620) n"
            }
            _ => {
                "with recursive c(n) as (select 1 union all select n + 1 from c where n < 620) insert into clients (id, version, kind, name, city, created_at, updated_at) select randomblob(16), 1, 'company', 'Masa ' || n, case n % 3 when 0 then 'Ustka' when 1 then 'Łódź' else '' end, '2026-01-01T12:00:00+00:00', '2026-01-02T12:00:00+00:00' from c"
            }
        };
        app.connection().execute_unprepared(bulk).await.unwrap();
        // What ran out is told as such by cards at once, by the list once it is recorded.
        while zgoda_app::ledger::expire_due(&app.ctx).await.unwrap() > 0 {}
        for id in ids {
            world.cards.insert(id, api.client(id).await.unwrap().value);
        }
        let mut search = SearchClients { limit: 200, ..SearchClients::default() };
        loop {
            let page = api.search_clients(&search).await.unwrap();
            for row in page.items {
                world.cards.entry(row.id).or_insert_with(|| ClientCard {
                    id: row.id,
                    version: row.version,
                    details: ClientInput {
                        kind: row.kind,
                        name: Some(row.name),
                        city: row.city,
                        ..ClientInput::default()
                    },
                    custom: BTreeMap::new(),
                    consents: Vec::new(),
                    tags: Vec::new(),
                    masked: Vec::new(),
                    assignment: Assignment::default(),
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                });
            }
            match page.next {
                Some(next) => search.after = Some(next),
                None => return world,
            }
        }
    }

    async fn client(&self, app: &TestApp, api: &Api, chance: &mut Chance) -> ClientId {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let details = ClientInput {
            kind: chance.of(&[ClientKind::Person, ClientKind::Company]),
            name: text(Some(chance.of(&NAMES))),
            city: text(chance.maybe(&CITIES)),
            email: text(chance.maybe(&EMAILS)),
            phone: text(chance.maybe(&PHONES)),
            note: text(chance.maybe(&NOTES)),
            ..ClientInput::default()
        };
        let mut custom = BTreeMap::new();
        for field in &self.fields {
            if let Some(value) = self.random_json(field, chance) {
                custom.insert(field.id, value);
            }
        }
        let id = ClientId::from_uuid(api.create_client(&ClientBody { details, custom }, None).await.unwrap().id);
        let assignment = Assignment { owner_id: chance.maybe(&self.people), department_id: None };
        let version = api.client(id).await.unwrap().version;
        api.assign_client(id, version, assignment).await.unwrap();
        let chosen: Vec<TagId> = self.tags.iter().copied().filter(|_| chance.below(3) == 0).collect();
        api.set_client_tags(id, version + 1, &ClientTags { tags: chosen }).await.unwrap();
        for channel in [Channel::Email, Channel::Sms] {
            // Newer answers only: an older one is refused.
            for (days, decision) in [(40, Decision::Given), (9, Decision::Refused), (3, Decision::Given)] {
                if chance.below(3) == 0 {
                    let day = (app.ctx.now() - TimeDelta::days(days)).date_naive().to_string();
                    let body = RecordConsent { decision, ..recorded::given(self.purpose, channel, &day) };
                    api.record_consent(id, &body, None).await.unwrap();
                }
            }
        }
        id
    }

    fn random_json(&self, field: &CustomField, chance: &mut Chance) -> Option<Json> {
        if chance.below(2) == 0 {
            return None;
        }
        Some(match field.kind {
            FieldKind::Consent => return None,
            FieldKind::ShortText | FieldKind::LongText => json!(chance.of(&TEXTS)),
            FieldKind::Integer => json!(i64::try_from(chance.below(6)).unwrap() - 3),
            FieldKind::Decimal => json!(chance.of(&DECIMALS)),
            FieldKind::Checkbox => json!(chance.below(2) == 1),
            FieldKind::Date => json!(chance.of(&DAYS)),
            FieldKind::Datetime => json!(chance.of(&MOMENTS)),
            FieldKind::Select => json!(chance.of(&OPTIONS)),
            FieldKind::MultiSelect => {
                let some: Vec<&str> = OPTIONS.into_iter().filter(|_| chance.below(2) == 1).collect();
                if some.is_empty() { return None } else { json!(some) }
            }
        })
    }

    fn random_day(chance: &mut Chance) -> Day {
        match chance.below(3) {
            0 => Day::Today { amount: 0, unit: Unit::Day },
            1 => Day::Today { amount: -i32::try_from(1 + chance.below(40)).unwrap(), unit: Unit::Day },
            _ => Day::On(chance.of(&DAYS).parse().unwrap()),
        }
    }

    fn random_value(&self, kind: ValueKind, field: Field, operator: Operator, chance: &mut Chance) -> Value {
        if matches!(operator, Operator::Contains | Operator::NotContains) {
            return Value::Text(chance.of(&NEEDLES).to_owned());
        }
        let text = |text: &str| Value::Text(text.to_owned());
        match kind {
            ValueKind::Text if field == BuiltinField::Name.into() => text(chance.of(&NAMES)),
            ValueKind::Text if field == BuiltinField::City.into() => text(chance.of(&CITIES)),
            ValueKind::Text | ValueKind::LongText => text(chance.of(&TEXTS)),
            ValueKind::Code if field == BuiltinField::Email.into() => text(chance.of(&EMAILS)),
            ValueKind::Code => text(chance.of(&PHONES)),
            ValueKind::Choice | ValueKind::Choices => text(chance.of(&OPTIONS)),
            ValueKind::Integer => Value::Integer(i64::try_from(chance.below(6)).unwrap() - 3),
            ValueKind::Decimal => Value::Decimal(chance.of(&DECIMALS).to_owned()),
            ValueKind::Flag if chance.below(2) == 0 => Value::Flag(chance.below(2) == 1),
            ValueKind::Flag => Value::Integer(i64::try_from(chance.below(3)).unwrap()),
            ValueKind::Date => Value::Day(Self::random_day(chance)),
            ValueKind::Moment if chance.below(4) == 0 => Value::Moment(chance.of(&MOMENTS).parse().unwrap()),
            ValueKind::Moment => Value::Day(Self::random_day(chance)),
            ValueKind::ClientKind => Value::Kind(chance.of(&[ClientKind::Person, ClientKind::Company])),
            ValueKind::Person if chance.below(3) == 0 => Value::Me,
            ValueKind::Person => Value::Person(chance.of(&self.people)),
            ValueKind::Department => unreachable!("there is none"),
            ValueKind::Tag => Value::Tag(chance.of(&self.tags)),
            ValueKind::Consent => Value::Status(chance.of(ConsentStatus::ALL)),
        }
    }

    fn random_test(&self, catalogue: &Catalogue, chance: &mut Chance) -> Node {
        let mut known: Vec<Field> = catalogue.entries().iter().map(|entry| entry.field).collect();
        known.retain(|field| !matches!(field, Field::Department | Field::Card(FieldRef::Builtin(BuiltinField::Pesel))));
        let consents = [None, Some(Channel::Email), Some(Channel::Sms)];
        known.extend(consents.map(|channel| Field::Consent { purpose: self.purpose, channel }));
        // The interesting ones more often.
        known.extend([
            BuiltinField::Name.into(),
            BuiltinField::City.into(),
            BuiltinField::CreatedAt.into(),
            Field::Tag,
        ]);
        let field = chance.of(&known);
        let entry = catalogue.entry(field).unwrap();
        let operator = chance.of(entry.operators());
        let (least, most) = operator.arity();
        let count = if most > 1 { 1 + chance.below(3) } else { least };
        let values = (0..count).map(|_| self.random_value(entry.kind, field, operator, chance)).collect();
        let dated = matches!(field, Field::Consent { .. }) && chance.below(2) == 0;
        Node::Test(Test { field, operator, values, at: dated.then(|| Self::random_day(chance)) })
    }

    fn random_node(&self, catalogue: &Catalogue, depth: usize, chance: &mut Chance) -> Node {
        let members = |chance: &mut Chance| {
            (0..2 + chance.below(2)).map(|_| self.random_node(catalogue, depth - 1, chance)).collect()
        };
        match if depth == 0 { 0 } else { chance.below(6) } {
            3 => Node::All(members(chance)),
            4 => Node::Any(members(chance)),
            5 => Node::Not(Box::new(self.random_node(catalogue, depth - 1, chance))),
            _ => self.random_test(catalogue, chance),
        }
    }
}

/// What a card holds for a test; nothing where it has no value.
#[derive(Debug, PartialEq)]
enum Held {
    Nothing,
    /// In Polish order.
    Text(String),
    /// In the order of bytes.
    Code(String),
    /// Thousandths.
    Number(i64),
    Day(NaiveDate),
    Moment(DateTime<Utc>),
    Any(Vec<String>),
}

struct Judge<'a> {
    world: &'a World,
    catalogue: &'a Catalogue,
    today: NaiveDate,
    me: AccountId,
}

fn thousandths(number: &str) -> i64 {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let size =
        whole.trim_start_matches('-').parse::<i64>().unwrap() * 1000 + format!("{part:0<3}").parse::<i64>().unwrap();
    if number.starts_with('-') { -size } else { size }
}

impl Judge<'_> {
    fn holds(&self, node: &Node, card: &ClientCard) -> bool {
        match node {
            Node::All(members) => members.iter().all(|member| self.holds(member, card)),
            Node::Any(members) => members.iter().any(|member| self.holds(member, card)),
            Node::Not(inner) => !self.holds(inner, card),
            Node::Test(test) => self.meets(test, card),
        }
    }

    fn meets(&self, test: &Test, card: &ClientCard) -> bool {
        let opposite = |operator| !self.meets(&Test { operator, ..test.clone() }, card);
        match test.operator {
            Operator::Ne => return opposite(Operator::Eq),
            Operator::NotIn => return opposite(Operator::In),
            Operator::NotContains => return opposite(Operator::Contains),
            Operator::IsEmpty => return opposite(Operator::IsSet),
            _ => {}
        }
        if let Field::Consent { purpose, channel } = test.field {
            let channels = [Channel::Email, Channel::Sms].into_iter().filter(|it| channel.is_none_or(|one| one == *it));
            let mut states = channels.filter_map(|channel| self.state(card, purpose, channel, test.at));
            return states.any(|state| test.values.is_empty() || test.values.contains(&Value::Status(state)));
        }
        let held = self.held(test.field, card);
        match test.operator {
            Operator::IsSet => match held {
                Held::Number(ticked) if self.kind(test.field) == ValueKind::Flag => ticked == 1000,
                held => held != Held::Nothing,
            },
            Operator::Contains => {
                let Value::Text(needle) = &test.values[0] else { unreachable!() };
                let number = match test.field {
                    Field::Card(FieldRef::Builtin(field)) => part_of_number(field, needle),
                    _ => None,
                };
                let has = |text: &String| match &number {
                    Some(number) => digits(text).contains(number),
                    None => fold(text).contains(&fold(needle)),
                };
                match &held {
                    Held::Text(text) | Held::Code(text) => has(text),
                    Held::Any(all) => all.iter().any(has),
                    _ => false,
                }
            }
            operator => test.values.iter().any(|value| self.compares(&held, operator, value, test.field)),
        }
    }

    fn kind(&self, field: Field) -> ValueKind {
        self.catalogue.entry(field).unwrap().kind
    }

    fn compares(&self, held: &Held, operator: Operator, value: &Value, field: Field) -> bool {
        use std::cmp::Ordering;
        let order = match (held, value) {
            (Held::Nothing, _) => return false,
            (Held::Text(text), Value::Text(value)) => collation::compare(text, value),
            (Held::Code(text), Value::Text(value)) if field == BuiltinField::Email.into() => {
                text.cmp(&value.to_lowercase())
            }
            (Held::Code(text), Value::Text(value)) => text.cmp(value),
            (Held::Code(text), Value::Kind(kind)) => text.as_str().cmp(kind.code()),
            (Held::Code(text), Value::Status(status)) => text.as_str().cmp(status.code()),
            (Held::Code(text), Value::Person(id)) => text.cmp(&id.to_string()),
            (Held::Code(text), Value::Me) => text.cmp(&self.me.to_string()),
            (Held::Number(number), Value::Integer(value)) => number.cmp(&(value * 1000)),
            (Held::Number(number), Value::Decimal(value)) => number.cmp(&thousandths(value)),
            (Held::Number(number), Value::Flag(value)) => number.cmp(&(i64::from(*value) * 1000)),
            (Held::Day(day), Value::Day(value)) => day.cmp(&value.on(self.today)),
            (Held::Moment(at), Value::Day(value)) => day_of(*at).cmp(&value.on(self.today)),
            (Held::Moment(at), Value::Moment(value)) => at.cmp(value),
            (Held::Any(all), Value::Text(value)) => {
                if all.contains(value) {
                    Ordering::Equal
                } else {
                    Ordering::Less
                }
            }
            (Held::Any(all), Value::Tag(id)) => {
                if all.contains(&id.to_string()) {
                    Ordering::Equal
                } else {
                    Ordering::Less
                }
            }
            (held, value) => panic!("{held:?} {value:?}"),
        };
        match operator {
            Operator::Lt => order.is_lt(),
            Operator::Lte => order.is_le(),
            Operator::Gt => order.is_gt(),
            Operator::Gte => order.is_ge(),
            _ => order.is_eq(),
        }
    }

    fn held(&self, field: Field, card: &ClientCard) -> Held {
        let code = |text: Option<String>| text.map_or(Held::Nothing, Held::Code);
        match field {
            Field::Kind => Held::Code(card.details.kind.code().to_owned()),
            Field::Owner => code(card.assignment.owner_id.map(|id| id.to_string())),
            Field::Tag if card.tags.is_empty() => Held::Nothing,
            Field::Tag => Held::Any(card.tags.iter().map(ToString::to_string).collect()),
            Field::Department | Field::Consent { .. } => Held::Nothing,
            Field::Card(FieldRef::Builtin(BuiltinField::CreatedAt)) => Held::Moment(card.created_at),
            Field::Card(FieldRef::Builtin(BuiltinField::UpdatedAt)) => Held::Moment(card.updated_at),
            Field::Card(FieldRef::Builtin(field)) => {
                let text = card.details.get(field).filter(|text| !text.is_empty()).map(str::to_owned);
                match self.kind(Field::Card(FieldRef::Builtin(field))) {
                    ValueKind::Text | ValueKind::LongText => text.map_or(Held::Nothing, Held::Text),
                    _ if field == BuiltinField::Email => code(text.map(|text| text.to_lowercase())),
                    _ => code(text),
                }
            }
            Field::Card(FieldRef::Custom(id)) => self.held_custom(id, card),
        }
    }

    fn held_custom(&self, id: FieldId, card: &ClientCard) -> Held {
        let field = self.world.fields.iter().find(|field| field.id == id).unwrap();
        if let Some((purpose, channel)) = field.consent {
            return self
                .state(card, purpose, channel, None)
                .map_or(Held::Nothing, |it| Held::Code(it.code().to_owned()));
        }
        let value = card.custom.get(&id).cloned().unwrap_or(Json::Null);
        match (field.kind, value) {
            (FieldKind::Checkbox, value) => Held::Number(i64::from(value == json!(true)) * 1000),
            (_, Json::Null) => Held::Nothing,
            (FieldKind::Integer, value) => Held::Number(value.as_i64().unwrap() * 1000),
            (FieldKind::Decimal, value) => Held::Number(thousandths(value.as_str().unwrap())),
            (FieldKind::Date, value) => Held::Day(value.as_str().unwrap().parse().unwrap()),
            (FieldKind::Datetime, value) => Held::Moment(value.as_str().unwrap().parse().unwrap()),
            (FieldKind::MultiSelect, value) => Held::Any(serde_json::from_value(value).unwrap()),
            (_, value) => Held::Text(value.as_str().unwrap().to_owned()),
        }
    }

    /// Where a consent stands, or stood at the end of a day.
    fn state(&self, card: &ClientCard, purpose: PurposeId, channel: Channel, at: Option<Day>) -> Option<ConsentStatus> {
        use ConsentEventKind as Kind;
        let consent = card.consents.iter().find(|it| it.purpose_id == purpose && it.channel == channel)?;
        let Some(day) = at else { return Some(consent.status) };
        let end = start_of_day(day.on(self.today) + TimeDelta::days(1));
        let before = consent.events.iter().filter(|event| event.occurred_at < end);
        let last = before.max_by_key(|event| event.id)?;
        Some(match last.kind {
            Kind::Given | Kind::Confirmed | Kind::Renewed | Kind::RecordedByStaff => match last.expires_at {
                Some(expiry) if expiry < end => ConsentStatus::Expired,
                _ => ConsentStatus::Given,
            },
            Kind::Requested | Kind::Imported => ConsentStatus::Requested,
            Kind::Refused => ConsentStatus::Refused,
            Kind::Withdrawn => ConsentStatus::Withdrawn,
            Kind::Expired => ConsentStatus::Expired,
        })
    }
}

on_both_databases! {
    async fn a_search_finds_what_a_naive_reading_of_it_finds(app: TestApp) {
        let api = app.owner().await;
        let mut chance = Chance(20_260_115);
        let world = World::make(&app, &api, &mut chance).await;
        // Half of the cards are in the index of trigrams, the others wait.
        if app.connection().get_database_backend() != DbBackend::Postgres {
            let tx = app.ctx.db.begin().await.unwrap();
            zgoda_persistence::quick_search::take_over(&tx).await.unwrap();
            tx.commit_unaudited("a test").await.unwrap();
        }
        let world = World { fields: custom_fields::live(&app.ctx.db.read()).await.unwrap(), ..world };
        let catalogue = catalogue(&app).await;
        let (today, me) = (day_of(app.ctx.now()), world.people[0]);
        let judge = Judge { world: &world, catalogue: &catalogue, today, me };
        let everything = Visible::everything();
        let orders: Vec<Order> = [BuiltinField::Name, BuiltinField::City, BuiltinField::CreatedAt]
            .into_iter()
            .map(FieldRef::Builtin)
            .chain(world.fields.iter().filter(|field| field.is_sortable()).map(|field| FieldRef::Custom(field.id)))
            .flat_map(|field| [Direction::Asc, Direction::Desc].map(|direction| Order::parse(&world.fields, field, direction).unwrap()))
            .collect();
        let list = async |order: Order, search, limit| {
            let mut found: Vec<ClientId> = Vec::new();
            let query = ListQuery { order, conditions: vec![], search, columns: Some(vec![]), limit };
            let mut mark = None;
            loop {
                let (rows, next) = client_list::page(app.ctx.db.read(), &everything, &query, mark.as_ref()).await.unwrap();
                found.extend(rows.iter().map(|row| row.id));
                mark = next;
                if mark.is_none() {
                    return found;
                }
            }
        };
        let mut all = HashMap::new();
        for order in &orders {
            all.insert((order.field, order.direction.code()), list(*order, Default::default(), 1000).await);
        }
        let (mut some, mut none) = (0, 0);
        for _ in 0..250 {
            let query = Query::new(world.random_node(&catalogue, 3, &mut chance)).unwrap();
            let text = query.print(&catalogue);
            let expected: BTreeSet<ClientId> = world.cards.values().filter(|card| judge.holds(query.root().unwrap(), card)).map(|card| card.id).collect();
            let search = query.resolve(&catalogue, Asking { today, me: Some(me) }).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            let order = chance.of(&orders);
            let found = list(order, search.clone(), 300).await;
            let in_order: Vec<ClientId> = all[&(order.field, order.direction.code())].iter().copied().filter(|id| expected.contains(id)).collect();
            assert!(found == in_order, "{text}\nby {}: found {} of {}, wrongly {:?}, not {:?}", order.field, found.len(), expected.len(),
                found.iter().filter(|id| !expected.contains(id)).map(|id| &world.cards[id].details.name).collect::<Vec<_>>(),
                expected.iter().filter(|id| !found.contains(id)).map(|id| &world.cards[id].details.name).collect::<Vec<_>>());
            let count = client_list::count_up_to(app.ctx.db.read(), &everything, &search, 10_000).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{text}");
            if expected.is_empty() { none += 1 } else { some += 1 }
        }
        // The trees are worth asking.
        assert!(some > 125 && none < 125, "{some} found something, {none} nothing");
    }
}
