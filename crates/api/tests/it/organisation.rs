//! Whose product this is.

use crate::{code, complaint, problem};
use chrono::TimeDelta;
use zgoda_api_types::problem::ProblemCode;
use zgoda_app::organisation;
use zgoda_domain::{
    Rule,
    access::role::RoleTemplate,
    audit::Action,
    organisation::{ContactInput, OrganisationInput},
};
use zgoda_test_support::on_both_databases;

pub fn example() -> OrganisationInput {
    OrganisationInput {
        name: "Przykład sp. z o.o.".into(),
        address: "ul. Przykładowa 1\n00-001 Warszawa".into(),
        country: "PL".into(),
        email: "dane@example.com".into(),
        phone: Some("+48 22 555 01 00".into()),
        privacy_notice: "https://example.com/prywatnosc".into(),
        data_protection_officer: Some(ContactInput { name: "Iwona Inglot".into(), contact: "iod@example.com".into() }),
        representative: None,
    }
}

on_both_databases! {
    async fn it_is_empty_until_filled_in_and_everyone_here_may_read_it(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let empty = jan.organisation().await.unwrap();
        assert_eq!((empty.version, empty.value), (0, OrganisationInput::default()));
        assert!(organisation::current(&app.ctx).await.unwrap().is_none());
        owner.change_organisation(0, &OrganisationInput { country: " pl".into(), ..example() }).await.unwrap();
        // Seen at once by whoever writes to people, in the parsers' spelling.
        assert_eq!(organisation::current(&app.ctx).await.unwrap().unwrap().input(), example());
        let read = jan.organisation().await.unwrap();
        assert_eq!((read.version, read.value), (1, example()));
        app.clock.advance(TimeDelta::seconds(1));
        let moved = OrganisationInput { address: "ul. Nowa 2\n00-002 Warszawa".into(), representative: None, ..example() };
        owner.change_organisation(1, &moved).await.unwrap();
        assert_eq!(organisation::current(&app.ctx).await.unwrap().unwrap().address.as_str(), moved.address);
        // The log names what changed and holds no values.
        let events = owner.audit_events(None).await.unwrap().items;
        let changed: Vec<_> = events.iter().filter(|event| event.action == Action::OrganisationChanged).collect();
        assert_eq!(changed.len(), 2);
        assert_eq!(changed[0].fields, ["address"]);
        assert_eq!(changed[1].fields, ["name", "address", "country", "email", "phone", "privacy_notice", "data_protection_officer"]);
        assert!(owner.audit_event(changed[0].id).await.unwrap().changes.is_empty());
    }

    async fn what_is_refused_changes_nothing(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::Salesperson.id()).await;
        owner.change_organisation(0, &example()).await.unwrap();
        let other = OrganisationInput { name: "Inna sp. z o.o.".into(), ..example() };
        let unknown = OrganisationInput { country: "XX".into(), ..other.clone() };
        assert_eq!(complaint(owner.change_organisation(1, &unknown).await), ("/country".into(), Rule::Unknown));
        let nothing = problem(owner.change_organisation(1, &OrganisationInput::default()).await);
        assert_eq!(nothing.errors.len(), 5);
        // Two people at once: the second reads again first.
        for stale in [0, 2] {
            assert_eq!(code(owner.change_organisation(stale, &other).await), ProblemCode::Outdated);
        }
        assert_eq!(code(jan.change_organisation(1, &other).await), ProblemCode::NotAllowed);
        app.clock.advance(TimeDelta::minutes(6));
        assert_eq!(code(owner.change_organisation(1, &other).await), ProblemCode::StepUpNeeded);
        let read = owner.organisation().await.unwrap();
        assert_eq!((read.version, read.value), (1, example()));
    }
}
