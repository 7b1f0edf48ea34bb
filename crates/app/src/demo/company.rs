//! The invented company: who works there, what their roles allow, and whose the clients are.

use super::{Fields, permit};
use crate::{
    AppError, Ctx, accounts,
    roles::{self, RoleContent},
    staff::{self, MemberChange},
};
use zgoda_domain::{
    access::{
        Actor, Assignment, EditStaff, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    account::NewAccount,
    client::BuiltinField,
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, RoleId},
};
use zgoda_persistence::roles::RoleRecord;
use zgoda_vault::OneTimeCode;

/// Someone of the invented company. The password is chance, stored nowhere, and known to nobody else.
#[derive(Debug)]
pub struct DemoLogin {
    pub name: &'static str,
    /// What the role is called.
    pub role: String,
    pub email: String,
    pub password: OneTimeCode,
}

/// Who clients can belong to.
pub(super) struct Company {
    pub logins: Vec<DemoLogin>,
    sales: DepartmentId,
    marketing: DepartmentId,
    /// The salesperson, the one who sees no money, and marketing's.
    keepers: [AccountId; 3],
}

impl Company {
    /// Hires everyone. The owner, too, unless there is somebody already: whoever set the installation up is its owner.
    pub async fn found(ctx: &Ctx, fields: &Fields) -> Result<Self, AppError> {
        let staff = permit::<EditStaff>()?;
        let sales = roles::create_department(ctx, &staff, "Sprzedaż", None).await?;
        let marketing = roles::create_department(ctx, &staff, "Marketing", None).await?;
        let content = RoleContent {
            name: "Handlowiec bez finansów",
            parent: Some(RoleTemplate::Salesperson.id()),
            definition: &without_money(fields),
        };
        let poor = roles::create(ctx, &staff, content, None).await?;
        let mut logins = Vec::new();
        if accounts::needs_owner(ctx).await? {
            hire(ctx, &mut logins, "Wanda Wolska", RoleTemplate::Owner.id(), &[]).await?;
        }
        let stefan = hire(ctx, &mut logins, "Stefan Sobczak", RoleTemplate::Salesperson.id(), &[sales]).await?;
        let halina = hire(ctx, &mut logins, "Halina Hajduk", poor, &[sales]).await?;
        let marek = hire(ctx, &mut logins, "Marek Markowski", RoleTemplate::Marketing.id(), &[marketing]).await?;
        hire(ctx, &mut logins, "Iwona Inglot", RoleTemplate::DataProtectionOfficer.id(), &[]).await?;
        Ok(Self { logins, sales, marketing, keepers: [stefan, halina, marek] })
    }

    /// The department that shares a filter.
    pub const fn sales(&self) -> DepartmentId {
        self.sales
    }

    /// Whose the shared filters are.
    pub const fn salesperson(&self) -> AccountId {
        let [stefan, ..] = self.keepers;
        stefan
    }

    /// Whose the client with this number is; every fifth is nobody's yet, and some only a department's.
    pub fn assignment(&self, n: usize) -> Assignment {
        let [stefan, halina, marek] = self.keepers;
        let (owner_id, department_id) = match n / 2 % 5 {
            0 => (Some(stefan), Some(self.sales)),
            1 => (Some(halina), Some(self.sales)),
            2 => (Some(marek), Some(self.marketing)),
            3 => (None, Some(self.sales)),
            _ => (None, None),
        };
        Assignment { owner_id, department_id }
    }
}

/// Own clients only, and nothing of what they are worth.
fn without_money(fields: &Fields) -> RoleDefinition {
    let hidden = [FieldRef::Custom(fields.value), FieldRef::Builtin(BuiltinField::Nip)];
    RoleDefinition {
        rights: [(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own)].into(),
        fields: hidden.map(|field| (field, FieldRestriction::Hidden)).into(),
        ..RoleDefinition::default()
    }
}

async fn hire(
    ctx: &Ctx,
    logins: &mut Vec<DemoLogin>,
    name: &'static str,
    role: RoleId,
    departments: &[DepartmentId],
) -> Result<AccountId, AppError> {
    let first = name.split(' ').next().unwrap_or_default();
    let email = format!("{}@example.com", first.to_lowercase());
    // As long as a recovery code, and as easy to copy by hand.
    let password = OneTimeCode::recovery(ctx.vault.entropy.as_ref());
    let new = NewAccount::parse(&email, name, password.reveal())?;
    let id = accounts::create(ctx, new, role, Actor::System { job: "demo" }).await?;
    if !departments.is_empty() {
        staff::change(ctx, &permit()?, id, MemberChange { name, role, departments }).await?;
    }
    let book = roles::book(ctx).await?;
    // The app has words of its own for the roles that come with the product; they have no name here.
    let named = |role: &RoleRecord| role.template.map_or(role.name.clone(), |it| it.code().replace('_', " "));
    let role = book.role(role).map(named).unwrap_or_default();
    logins.push(DemoLogin { name, role, email, password });
    Ok(id)
}
