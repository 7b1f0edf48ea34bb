//! The list of clients: pages of it, how many there are, and what somebody sees of its rows.

use crate::{AppError, Ctx, clients::credential_id};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};
use zgoda_domain::{
    access::{FieldRights, Permit, RightType, ViewClients},
    custom_field::CustomField,
    field_ref::FieldRef,
    id::ClientId,
    list::{self, Condition, ListColumn, ListQuery},
    rule::{Invalids, Rule},
    search::Resolved,
};
use zgoda_persistence::{
    client_estimate,
    client_list::{self, ListRow, Mark},
    security,
};

/// One page of the list, with the values of the fields in use. Whoever opens a card for a reason only finds it by its
/// name, and sees of it no more than that there are values, until the reason was given.
pub async fn page(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    query: &ListQuery,
    after: Option<&[u8]>,
) -> Result<(Vec<ShownRow>, Option<Vec<u8>>), AppError> {
    let rights = list_rights(permit, fields);
    check_query(&rights, query)?;
    let (reader, account) = (ctx.db.read(), permit.visible().account());
    let after = match after {
        None => None,
        Some(sealed) => {
            let mark = Mark::open(&reader, account, sealed.to_vec()).filter(|mark| mark.fits(query.order));
            Some(mark.ok_or_else(|| Invalids::one("/after", Rule::Malformed))?)
        }
    };
    let (shown, next) = rows(ctx, permit, fields, query, None, after.as_ref()).await?;
    let next = next.map(|mark| mark.seal(&reader, account)).transpose()?;
    Ok((shown, next))
}

/// Rows of the list as the caller may see them, perhaps of these clients only. The query was checked.
pub(crate) async fn rows<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    fields: &[CustomField],
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
) -> Result<(Vec<ShownRow>, Option<Mark>), AppError> {
    let (rows, next) = client_list::page_of(
        ctx.db.search(permit.visible().account()).await.reader(),
        permit.visible(),
        query,
        only,
        after,
    )
    .await?;
    let sight = RowSight::of(ctx, permit, fields).await?;
    Ok((rows.into_iter().map(|row| sight.show(row)).collect(), next))
}

/// What somebody sees of the rows that their right reaches.
pub(crate) struct RowSight<'a> {
    fields: Cow<'a, [CustomField]>,
    rights: Cow<'a, FieldRights>,
    /// Of cards that were opened with a reason.
    reasoned_rights: Cow<'a, FieldRights>,
    needs_reason: bool,
    reasoned: HashSet<ClientId>,
}

impl<'a> RowSight<'a> {
    pub(crate) async fn of<R: RightType>(
        ctx: &Ctx,
        permit: &'a Permit<R>,
        fields: &'a [CustomField],
    ) -> Result<Self, AppError> {
        let needs_reason = permit.needs_reason();
        let reasoned = match permit.credential().filter(|_| needs_reason) {
            Some(credential) => {
                security::cards_with_reason(&ctx.db.read(), credential_id(credential), ctx.now()).await?
            }
            None => HashSet::new(),
        };
        let (fields, rights) = (Cow::Borrowed(fields), list_rights(permit, fields));
        Ok(Self { fields, rights, reasoned_rights: Cow::Borrowed(permit.fields()), needs_reason, reasoned })
    }

    pub(crate) fn into_owned(self) -> RowSight<'static> {
        RowSight {
            fields: Cow::Owned(self.fields.into_owned()),
            rights: Cow::Owned(self.rights.into_owned()),
            reasoned_rights: Cow::Owned(self.reasoned_rights.into_owned()),
            needs_reason: self.needs_reason,
            reasoned: self.reasoned,
        }
    }

    /// Whether a client's tags are masked, as all but the name is before a reason.
    pub(crate) fn masks_tags(&self, client: ClientId) -> bool {
        self.needs_reason && !self.reasoned.contains(&client)
    }

    pub(crate) fn show(&self, mut row: ListRow) -> ShownRow {
        row.custom.retain(|id, _| self.fields.iter().any(|field| field.id == *id && !field.sensitive));
        let rights = if self.reasoned.contains(&row.id) { &self.reasoned_rights } else { &self.rights };
        if self.masks_tags(row.id) {
            row.tags.clear();
        }
        let masked = rights.cover(&mut row.details, &mut row.custom);
        (row, masked)
    }
}

/// Nobody orders or searches by what they may not see; of a hidden column they are not even told that there is one.
pub(crate) fn check_query(rights: &FieldRights, query: &ListQuery) -> Result<(), Invalids> {
    let mut invalids = Invalids::default();
    invalids.take("/sort/field", rights.check_use(query.order.field));
    for (at, column) in query.columns.iter().flatten().enumerate() {
        if let ListColumn::Field(field) = column
            && rights.hides(*field)
        {
            invalids.add(format!("/columns/{at}"), Rule::Unknown);
        }
    }
    invalids.or(Some(()))?;
    check_conditions(rights, &query.conditions)
}

/// The clients before and after one in a list, also when that one does not meet its conditions any more.
pub async fn neighbours(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    query: &ListQuery,
    of: ClientId,
) -> Result<(Option<ClientId>, Option<ClientId>), AppError> {
    check_query(&list_rights(permit, fields), query)?;
    client_list::neighbours(ctx.db.search(permit.visible().account()).await.reader(), permit.visible(), query, of)
        .await?
        .ok_or(AppError::NotFound)
}

/// What the caller sees of a card that they did not open.
pub(crate) fn list_rights<'a, R: RightType>(permit: &'a Permit<R>, fields: &[CustomField]) -> Cow<'a, FieldRights> {
    if permit.needs_reason() {
        Cow::Owned(permit.fields().before_a_reason(fields))
    } else {
        Cow::Borrowed(permit.fields())
    }
}

/// A row as its reader may see it, and the fields that have a value which they may not see.
pub type ShownRow = (ListRow, BTreeSet<FieldRef>);

/// Nobody searches by what they may not see.
pub(crate) fn check_conditions(rights: &FieldRights, conditions: &[Condition]) -> Result<(), Invalids> {
    let mut invalids = Invalids::default();
    for (at, condition) in conditions.iter().enumerate() {
        invalids.take(format!("/filter/{at}/field"), rights.check_use(condition.field));
    }
    invalids.or(Some(()))
}

/// Matches are counted exactly up to this many.
pub const COUNTED: u64 = 100_000;

/// How many cards there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub number: u64,
    /// Else there are about so many, and more than [`COUNTED`].
    pub exact: bool,
}

impl Count {
    /// Above what is counted, an estimate: to two digits, which is as much as can be believed of it.
    fn about(estimate: u64) -> Self {
        let estimate = estimate.max(COUNTED);
        let unit = 10_u64.pow(estimate.ilog10().saturating_sub(1));
        Self { number: estimate.saturating_add(unit / 2) / unit * unit, exact: false }
    }
}

/// How many cards meet the conditions.
pub async fn count(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    conditions: &[Condition],
    search: &Resolved,
) -> Result<Count, AppError> {
    check_conditions(&list_rights(permit, fields), conditions)?;
    let narrowed = list::narrowed(conditions, search);
    let number = client_list::count_up_to(
        ctx.db.search(permit.visible().account()).await.reader(),
        permit.visible(),
        &narrowed,
        COUNTED + 1,
    )
    .await?;
    if number <= COUNTED {
        return Ok(Count { number, exact: true });
    }
    let all = narrowed.is_everything() && permit.visible().is_everything();
    let looked_at = if all { client_estimate::LOOKED_AT_OF_ALL } else { client_estimate::LOOKED_AT };
    Ok(Count::about(
        client_estimate::about(
            ctx.db.search(permit.visible().account()).await.reader(),
            permit.visible(),
            &narrowed,
            looked_at,
        )
        .await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Count};

    #[test]
    fn an_estimate_claims_two_digits_and_no_less_than_was_counted() {
        let told = |estimate| Count::about(estimate).number;
        assert_eq!([told(0), told(99_999), told(104_999), told(105_000)], [COUNTED, COUNTED, 100_000, 110_000]);
        assert_eq!([told(243_517), told(999_999), told(1_049_000)], [240_000, 1_000_000, 1_000_000]);
        assert!(!Count::about(243_517).exact);
    }
}
