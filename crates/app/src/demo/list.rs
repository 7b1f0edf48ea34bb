//! What makes the invented company's list worth looking at: tags, and filters that its people share.

use super::{Fields, company::Company, permit};
use crate::{AppError, Ctx, custom_fields, tags};
use serde_json::{Value, json};
use zgoda_domain::{
    access::{ConfigureFields, EditClients},
    audit::{Action, RecordKind},
    bulk::RawCondition,
    client::BuiltinField,
    consent::Channel,
    field_ref::FieldRef,
    id::{ClientId, FilterId, PurposeId, TagId},
    list::{Direction, ListColumn, Operator},
    saved_filter::{ListView, SharedWith, ShownColumn, SortBy},
    search::Query,
    tag::{NewTag, TagColour},
};
use zgoda_persistence::saved_filters;

/// The tags that staff put on clients.
pub(super) struct Tags([TagId; 4]);

impl Tags {
    pub async fn make(ctx: &Ctx) -> Result<Self, AppError> {
        let permit = permit::<ConfigureFields>()?;
        let make = async |name, colour| tags::create(ctx, &permit, &NewTag::parse(name, colour)?, None).await;
        Ok(Self([
            make("VIP", TagColour::Purple).await?,
            make("Targi Kielce", TagColour::Blue).await?,
            make("Partner", TagColour::Green).await?,
            make("Oddzwonić", TagColour::Orange).await?,
        ]))
    }

    /// Puts tags on every third client: one, or two.
    pub async fn put(&self, ctx: &Ctx, client: ClientId, version: i32, n: usize) -> Result<(), AppError> {
        if !n.is_multiple_of(3) {
            return Ok(());
        }
        let wanted: Vec<TagId> = self.0.iter().skip(n / 3 % 4).take(1 + n / 12 % 2).copied().collect();
        tags::set(ctx, &permit::<EditClients>()?, client, version, &wanted).await?;
        Ok(())
    }
}

/// Saves the filters that everyone has, and the sales department's.
pub(super) async fn save_filters(
    ctx: &Ctx,
    fields: &Fields,
    company: &Company,
    newsletter: PurposeId,
) -> Result<(), AppError> {
    let by_email = custom_fields::live(ctx)
        .await?
        .iter()
        .find(|field| field.consent == Some((newsletter, Channel::Email)))
        .map(|field| field.id);
    let custom = FieldRef::Custom;
    let is = |field, value: Value| RawCondition { field, operator: Operator::Eq, value };
    let email = ListColumn::Field(FieldRef::Builtin(BuiltinField::Email));
    let city = ListColumn::Field(FieldRef::Builtin(BuiltinField::City));
    let unsigned = view(
        "Umowa niepodpisana",
        is(custom(fields.umowa), json!(false)),
        [email, ListColumn::Field(custom(fields.umowa)), ListColumn::Owner, ListColumn::Tags],
        SortBy { field: FieldRef::Builtin(BuiltinField::Name), direction: Direction::Asc },
    );
    save(ctx, company, SharedWith::Everyone, unsigned).await?;
    if let Some(consent) = by_email {
        let willing = view(
            "Newsletter: zgoda na e-mail",
            is(custom(consent), json!("given")),
            [email, ListColumn::Field(custom(consent)), city, ListColumn::Tags],
            SortBy { field: FieldRef::Builtin(BuiltinField::CreatedAt), direction: Direction::Desc },
        );
        save(ctx, company, SharedWith::Everyone, willing).await?;
    }
    let premium = view(
        "Premium od największych",
        is(custom(fields.segment), json!("Premium")),
        [ListColumn::Field(custom(fields.value)), ListColumn::Field(custom(fields.since)), city, ListColumn::Tags],
        SortBy { field: custom(fields.value), direction: Direction::Desc },
    );
    save(ctx, company, SharedWith::Department(company.sales()), premium).await
}

fn view(name: &str, condition: RawCondition, columns: [ListColumn; 4], sort: SortBy) -> ListView {
    let columns = columns.map(|column| ShownColumn { column, width: None });
    ListView {
        name: name.to_owned(),
        filter: vec![condition],
        query: Query::everything(),
        columns: Some(columns.to_vec()),
        sort: Some(sort),
    }
}

/// The salesperson's own, shared.
async fn save(ctx: &Ctx, company: &Company, shared: SharedWith, view: ListView) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let id = FilterId::generate(now, ctx.entropy());
    let permit = permit::<ConfigureFields>()?;
    saved_filters::insert(&tx, id, company.salesperson(), shared, &view, now)?;
    let event = ctx
        .event(&permit, Action::FilterCreated, RecordKind::SavedFilter, Some(id.as_uuid()))
        .values(json!({ "after": { "name": view.name, "sharing": shared.sharing() } }));
    tx.commit(now, event).await?;
    Ok(())
}
