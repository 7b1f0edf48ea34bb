//! What the page of system activities asks for besides the log itself.

use crate::code;
use zgoda_api_types::problem::ProblemCode;
use zgoda_client::AuditSearch;
use zgoda_domain::{access::role::RoleTemplate, audit::Action};
use zgoda_test_support::on_both_databases;

on_both_databases! {
    async fn naming_a_client_is_no_look_at_the_card(app: TestApp) {
        let owner = app.owner().await;
        let seller = app.member("Sonia", RoleTemplate::Salesperson.id()).await;
        let (anna, beata) = (app.client(&owner, "Anna").await, app.client(&seller, "Beata").await);
        assert_eq!(owner.client_name(anna).await.unwrap().name, "Anna");
        assert_eq!(seller.client_name(beata).await.unwrap().name, "Beata");
        // Out of reach is as good as not there.
        assert_eq!(code(seller.client_name(anna).await), ProblemCode::NotFound);
        let looks = AuditSearch { action: Some(Action::ClientOpened), ..AuditSearch::default() };
        assert_eq!(owner.search_audit_events(looks, None).await.unwrap().items, []);
        // The filter that the card's link opens the log with.
        owner.client(anna).await.unwrap();
        owner.client(beata).await.unwrap();
        let of_anna = AuditSearch { client: Some(anna), ..looks };
        let found = owner.search_audit_events(of_anna, None).await.unwrap().items;
        assert_eq!(found.iter().map(|entry| entry.client_id).collect::<Vec<_>>(), [Some(anna)]);
        // A reason opens the card, not the name.
        let officer = app.member("Iga", RoleTemplate::DataProtectionOfficer.id()).await;
        assert_eq!(code(officer.client(anna).await), ProblemCode::ReasonNeeded);
        assert_eq!(officer.client_name(anna).await.unwrap().name, "Anna");
    }
}
