//! The invented company of `zgoda demo`, as those meet it who sign in to try it.

use std::collections::BTreeSet;
use zgoda_api_types::{accounts::SignIn, clients::SearchClients};
use zgoda_app::{AppError, demo};
use zgoda_client::{Api, SignInOutcome};
use zgoda_domain::{
    access::{Right, role::RoleTemplate},
    consent::{Channel, Language},
    field_ref::FieldRef,
    list::ListColumn,
};
use zgoda_test_support::{PASSWORD, on_both_databases};

const CLIENTS: usize = 40;

async fn clients(api: &Api) -> u64 {
    let search = SearchClients { with_total: true, ..SearchClients::default() };
    api.search_clients(&search).await.unwrap().total.unwrap().count
}

on_both_databases! {
    async fn everyone_of_the_company_can_sign_in_and_sees_what_their_role_shows(app: TestApp) {
        let logins = demo::fill(&app.ctx, CLIENTS).await.unwrap();
        let passwords: BTreeSet<&str> = logins.iter().map(|login| login.password.reveal()).collect();
        assert_eq!((logins.len(), passwords.len()), (5, 5));
        let roles = ["owner", "salesperson", "Handlowiec bez finansów", "marketing", "data protection officer"];
        assert_eq!(logins.iter().map(|login| login.role.as_str()).collect::<Vec<_>>(), roles);
        let mut seen = Vec::new();
        for login in &logins {
            assert!(login.email.ends_with("@example.com"), "{}", login.email);
            let api = app.visitor();
            let body = SignIn { email: login.email.clone(), password: login.password.reveal().to_owned() };
            let SignInOutcome::SignedIn(me) = api.sign_in(&body).await.unwrap() else { panic!("{}", login.name) };
            assert_eq!(me.name, login.name);
            seen.push((me, clients(&api).await, api));
        }
        let [(owner, all, wanda), (stefan, his, sales), (halina, hers, poor), (marek, his_all, _), (iwona, _, dpo)] = &seen[..] else {
            panic!("{seen:?}")
        };
        let templates = [owner, stefan, marek, iwona].map(|me| me.role.template);
        let expected = [RoleTemplate::Owner, RoleTemplate::Salesperson, RoleTemplate::Marketing, RoleTemplate::DataProtectionOfficer];
        assert_eq!(templates, expected.map(Some));
        let all_clients = u64::try_from(CLIENTS).unwrap();
        assert_eq!([*all, *his, *hers, *his_all], [all_clients, 8, 8, all_clients]);
        // Halina sees her own clients, and no money.
        assert_eq!((halina.role.name.as_str(), halina.role.template), ("Handlowiec bez finansów", None));
        let value = wanda.custom_fields().await.unwrap().into_iter().find(|field| field.name == "Wartość").unwrap().id;
        assert!(poor.custom_fields().await.unwrap().iter().all(|field| field.id != value));
        assert!(halina.fields.contains_key(&FieldRef::Custom(value)));
        let rows = poor.search_clients(&SearchClients::default()).await.unwrap().items;
        assert!(rows.iter().all(|row| row.assignment.owner_id == Some(halina.account_id)));
        assert!(rows.iter().all(|row| !row.custom.contains_key(&value) && row.nip.is_none()));
        // Everyone's clients, a department's only, and nobody's.
        let rows = wanda.search_clients(&SearchClients { limit: 200, ..SearchClients::default() }).await.unwrap().items;
        let kinds: BTreeSet<_> = rows.iter().map(|row| (row.assignment.owner_id, row.assignment.department_id)).collect();
        assert_eq!(kinds.len(), 5);
        assert_eq!(wanda.departments().await.unwrap().len(), 2);
        // Tags on some, and filters that those find who share them, without problems.
        assert_eq!(wanda.tags().await.unwrap().len(), 4);
        let search = SearchClients { columns: Some(vec![ListColumn::Tags]), limit: 200, ..SearchClients::default() };
        let tagged = wanda.search_clients(&search).await.unwrap().items.iter().filter(|row| !row.tags.is_empty()).count();
        assert_eq!(tagged, CLIENTS.div_ceil(3));
        let (hers, his) = (wanda.filters().await.unwrap(), sales.filters().await.unwrap());
        assert_eq!((hers.len(), his.len()), (2, 3));
        for filter in his {
            assert!(filter.problems.is_empty(), "{filter:?}");
            let search = SearchClients { filter: filter.view.filter, sort: filter.view.sort, limit: 1, ..SearchClients::default() };
            assert_eq!(wanda.search_clients(&search).await.unwrap().items.len(), 1, "{}", filter.view.name);
        }
        assert!(iwona.needs_reason && iwona.rights.contains_key(&Right::ViewAudit));
        assert!(dpo.audit_events(None).await.unwrap().items.len() > 10);

        // A tree of purposes, one of them over; a text for each channel, and one of them in two versions.
        let purposes = dpo.purposes().await.unwrap();
        let named = |name: &str| purposes.iter().find(|purpose| purpose.name == name).unwrap();
        let (newsletter, contest) = (named("Newsletter"), named("Konkurs letni"));
        assert_eq!([newsletter, contest].map(|purpose| purpose.parent_id), [Some(named("Marketing").id); 2]);
        assert!(contest.retired_at.is_some() && contest.asked_by.is_empty());
        assert_eq!(newsletter.asked_by.len(), 2);
        let email = newsletter.wordings.iter().filter(|it| it.language == Language::Pl && it.channel == Some(Channel::Email));
        let counts: Vec<_> = email.map(|wording| (wording.version, wording.live_consents.unwrap())).collect();
        assert_eq!(counts, [(2, 0), (1, newsletter.live_consents)]);
        assert!(newsletter.live_consents > 0);
        // What the cards show is what the ledger says.
        let checked = zgoda_app::ledger::check_consents(&app.ctx, |_| ()).await.unwrap();
        assert!(checked.events > 0 && checked.differences == 0, "{checked:?}");

        // Once only: nobody gets another password.
        assert!(matches!(demo::fill(&app.ctx, CLIENTS).await, Err(AppError::WrongState)));
        assert_eq!((app.rows("accounts").await, app.rows("clients").await), (5, i64::try_from(CLIENTS).unwrap()));
        assert_eq!(wanda.me().await.unwrap().account_id, owner.account_id);
    }

    async fn whoever_set_the_installation_up_stays_its_only_owner(app: TestApp) {
        let owner = app.owner().await;
        let logins = demo::fill(&app.ctx, 5).await.unwrap();
        assert_eq!(logins.len(), 4);
        let accounts = owner.accounts().await.unwrap();
        let owners = accounts.iter().filter(|account| account.role_id == RoleTemplate::Owner.id()).count();
        assert_eq!((accounts.len(), owners), (5, 1));
        let again = SignIn { email: "wlasciciel@example.com".into(), password: PASSWORD.into() };
        assert!(matches!(app.visitor().sign_in(&again).await.unwrap(), SignInOutcome::SignedIn(_)));
    }
}
