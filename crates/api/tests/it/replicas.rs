//! Two servers on one PostgreSQL: whatever works once works once on both, and what ends on one ends on the other.

use crate::{
    code,
    second_factors::{OWNER, app_code, by_code, first_half, mailed_code, proof, with_totp},
};
use chrono::TimeDelta;
use futures::future::join_all;
use std::time::Duration;
use zgoda_api_types::{
    accounts::{RequestPasswordReset, ResetPassword, SignIn},
    api_keys::CreateApiKey,
    problem::ProblemCode,
    second_factors::{AddFactor, SecondFactorNeeded, SendSignInCode},
    staff::{ChangeAccount, Deactivate},
};
use zgoda_app::Clock;
use zgoda_client::{Api, SignInOutcome};
use zgoda_domain::{
    access::{
        Assignment, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    second_factor::FactorKind,
    security::SecuritySettings,
};
use zgoda_test_support::{Backend, PASSWORD, TestApp, TestServer};

const REFRESH: &str = "__Host-zgoda-refresh";
/// What is kept for a moment is kept no longer than this (ASVS 7.4.1 with a cache).
const MOMENT: Duration = Duration::from_secs(1);

/// Runs a story on two servers.
async fn on_two(story: impl AsyncFnOnce(&TestApp, &TestServer)) {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    story(&app, &replica).await;
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}

/// Presents one code in two attempts on both servers at once, eight times in all: how many were let in.
async fn race(
    app: &TestApp,
    replica: &TestServer,
    attempts: [&SecondFactorNeeded; 2],
    kind: FactorKind,
    code: &str,
) -> usize {
    let tries = (0..8).map(|n| {
        let api = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
        let body = proof(attempts[n / 2 % 2], kind, code);
        async move { api.complete_sign_in(&body).await.is_ok() }
    });
    join_all(tries).await.into_iter().filter(|ok| *ok).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_works_once_on_both() {
    on_two(async |app, replica| {
        let owner = app.owner().await;
        let secret = with_totp(app, &owner).await;
        let _ = app.letters().await;
        let new = owner.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let first = mailed_code(app).await;
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Email, &first)).await.unwrap();
        let _ = app.letters().await;
        let codes = owner.make_recovery_codes().await.unwrap().codes;
        for kind in [FactorKind::Totp, FactorKind::Email, FactorKind::RecoveryCode] {
            let sessions = app.rows("sessions").await;
            let (api, far) = (app.visitor(), replica.visitor());
            let attempts = (first_half(app, &api, OWNER).await, first_half(app, &far, OWNER).await);
            let right = match kind {
                FactorKind::Totp => app_code(app, &secret),
                FactorKind::RecoveryCode => codes[0].clone(),
                _ => {
                    api.send_sign_in_code(&SendSignInCode { attempt: attempts.0.attempt.clone(), kind }).await.unwrap();
                    mailed_code(app).await
                }
            };
            assert_eq!(race(app, replica, [&attempts.0, &attempts.1], kind, &right).await, 1, "{kind:?}");
            assert_eq!(app.rows("sessions").await, sessions + 1, "{kind:?}");
            // The wrong answers of the race are forgotten with the hour.
            app.clock.advance(TimeDelta::minutes(61));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_counted_on_both_together() {
    on_two(async |app, replica| {
        let owner = app.owner().await;
        with_totp(app, &owner).await;
        let mut attempts = Vec::new();
        for n in 0..4 {
            let api = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
            attempts.push(first_half(app, &api, OWNER).await);
        }
        let guesses = (0..24).map(|n| {
            let api = if n % 3 == 0 { app.visitor() } else { replica.visitor() };
            let body = proof(&attempts[n % 4], FactorKind::Totp, "000000");
            async move { code(api.complete_sign_in(&body).await) }
        });
        let codes = join_all(guesses).await;
        assert_eq!(codes.iter().filter(|code| **code == ProblemCode::CodeRefused).count(), 10, "{codes:?}");
        assert_eq!(app.rows("account_attempts").await, 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_once_on_both() {
    on_two(async |app, replica| {
        app.owner().await;
        app.visitor().request_password_reset(&RequestPasswordReset { email: OWNER.into() }).await.unwrap();
        let text = app.letters().await.remove(0).text;
        let token = text.split("/reset#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let password = |n: usize| format!("trzy fioletowe parasole {n}");
        let uses = (0..6).map(|n| {
            let api = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
            let body = ResetPassword { token: token.clone(), password: password(n) };
            async move { api.reset_password(&body).await.map(|()| n).map_err(|error| error.code()) }
        });
        let done = join_all(uses).await;
        let winners: Vec<usize> = done.iter().filter_map(|result| result.ok()).collect();
        assert_eq!(winners.len(), 1, "{done:?}");
        assert!(
            done.iter().all(|result| matches!(result, Ok(_) | Err(Some(ProblemCode::LinkSpent | ProblemCode::Busy)))),
            "{done:?}"
        );
        let body = SignIn { email: OWNER.into(), password: password(winners[0]) };
        assert!(matches!(replica.visitor().sign_in(&body).await.unwrap(), SignInOutcome::SignedIn(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_renew_at_once_stay_in_one_session() {
    on_two(async |app, replica| {
        let owner = app.owner().await;
        for round in 0..10 {
            let before = app.rows("refresh_tokens").await;
            let tabs: Vec<Api> = (0..4)
                .map(|n| {
                    let tab = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
                    tab.set_cookie(REFRESH, &owner.cookie(REFRESH).unwrap());
                    tab
                })
                .collect();
            let renewals = join_all(tabs.iter().map(Api::refresh)).await;
            assert!(renewals.iter().all(Result::is_ok), "round {round}: {renewals:?}");
            // All got the very same successor: there is one live branch.
            let next = tabs[0].cookie(REFRESH).unwrap();
            assert_ne!(next, owner.cookie(REFRESH).unwrap());
            assert!(tabs.iter().all(|tab| tab.cookie(REFRESH).unwrap() == next), "round {round}");
            assert_eq!(app.rows("refresh_tokens").await, before + 1);
            for tab in &tabs {
                tab.sessions().await.unwrap();
            }
            owner.set_cookie(REFRESH, &next);
            app.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(app.rows("sessions where revoked_at is null").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_here_ends_there_within_a_second() {
    on_two(async |app, replica| {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let mut members = Vec::new();
        for name in ["Wylogowana", "Zwolniony", "Zmieniona"] {
            let role = RoleTemplate::Administrator.id();
            let here = app.member(name, role).await;
            let there = replica.same_browser(&here);
            there.client(id).await.unwrap();
            members.push((here, there));
        }
        let account = async |n: usize| members[n].0.me().await.unwrap().account_id;
        let (fired, changed) = (account(1).await, account(2).await);
        let key = CreateApiKey {
            name: "sklep".into(),
            definition: RoleDefinition {
                rights: [(Right::ViewClients, Scope::All)].into(),
                ..RoleDefinition::default()
            },
            expires_at: app.clock.now() + TimeDelta::days(1),
        };
        let made = owner.create_api_key(&key).await.unwrap();
        let program = Api::with_key(&replica.base, &made.key);
        program.client(id).await.unwrap();
        let far_owner = replica.same_browser(&owner);
        far_owner.me().await.unwrap();

        members[0].0.sign_out().await.unwrap();
        owner.deactivate_account(fired, Deactivate::default()).await.unwrap();
        let blind = app
            .role(
                &owner,
                "bez klientów",
                RoleDefinition { rights: [(Right::ViewStaff, Scope::All)].into(), ..RoleDefinition::default() },
            )
            .await;
        let change = ChangeAccount { name: "Zmieniona".into(), role_id: blind, department_ids: vec![] };
        owner.change_account(changed, &change).await.unwrap();
        owner.revoke_api_key(made.id).await.unwrap();
        tokio::time::sleep(MOMENT).await;
        assert_eq!(code(members[0].1.client(id).await), ProblemCode::SignInNeeded);
        assert_eq!(code(members[1].1.client(id).await), ProblemCode::SignInNeeded);
        assert_eq!(code(members[2].1.client(id).await), ProblemCode::NotAllowed);
        assert_eq!(code(program.client(id).await), ProblemCode::SignInNeeded);
        // Where people come from, last: it is about everybody. An owner comes from anywhere.
        members[2].1.me().await.unwrap();
        let networks = vec!["192.0.2.0/24".parse().unwrap()];
        owner.change_security_settings(0, &SecuritySettings { networks, ..SecuritySettings::default() }).await.unwrap();
        tokio::time::sleep(MOMENT).await;
        assert_eq!(code(members[2].1.me().await), ProblemCode::SignInNeeded);
        far_owner.me().await.unwrap();
    })
    .await;
}

/// While somebody leaves, cards are given to them elsewhere: each is handed over with the others or not given at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_card_is_given_to_somebody_who_leaves_meanwhile() {
    on_two(async |app, replica| {
        let owner = app.owner().await;
        let far_owner = replica.same_browser(&owner);
        let heir = app.member("Spadkobierca", RoleTemplate::Administrator.id()).await.me().await.unwrap().account_id;
        for round in 0..4 {
            let leaver = app.member(&format!("Odchodzi{round}"), RoleTemplate::Administrator.id()).await;
            let leaver = leaver.me().await.unwrap().account_id;
            let mut cards = Vec::new();
            for n in 0..12 {
                cards.push(app.client(&owner, &format!("Karta {round}.{n}")).await);
            }
            let give = async {
                let assignment = Assignment { owner_id: Some(leaver), department_id: None };
                join_all(cards.iter().map(|id| far_owner.assign_client(*id, 1, assignment))).await
            };
            let leave = owner.deactivate_account(leaver, Deactivate { hand_over_to: Some(heir) });
            let (given, left) = tokio::join!(give, leave);
            left.unwrap();
            for (id, answer) in cards.iter().zip(given) {
                let now = owner.client(*id).await.unwrap().value.assignment.owner_id;
                match answer {
                    Ok(()) => assert_eq!(now, Some(heir), "round {round}"),
                    Err(error) => {
                        assert_eq!(code(Err::<(), _>(error)), ProblemCode::Invalid, "round {round}");
                        assert_ne!(now, Some(leaver), "round {round}");
                    }
                }
            }
        }
    })
    .await;
}

/// Clocks of replicas may differ by seconds, not by minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_two_minutes_off_refuses_rather_than_believes() {
    on_two(async |app, _| {
        let owner = app.owner().await;
        let secret = with_totp(app, &owner).await;
        // Half a minute old, ten minutes valid, and five seconds make no difference.
        let access = owner.cookie("__Host-zgoda-access").unwrap();
        for (seconds, believed) in [(-120, false), (-36, false), (-35, true), (120, true), (574, true), (575, false)] {
            let server = app.replica(TimeDelta::seconds(seconds)).await;
            let api = server.visitor();
            api.set_cookie("__Host-zgoda-access", &access);
            assert_eq!(api.me().await.is_ok(), believed, "{seconds}");
            // A phone that goes right is wrong for a server that does not.
            if seconds.abs() == 120 {
                let sessions = app.rows("sessions").await;
                let needed = first_half(app, &server.visitor(), OWNER).await;
                let body = SignIn { email: OWNER.into(), password: PASSWORD.into() };
                let late =
                    server.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(app, &secret))).await;
                assert_eq!(code(late), ProblemCode::CodeRefused);
                assert!(matches!(server.visitor().sign_in(&body).await.unwrap(), SignInOutcome::SecondFactor(_)));
                assert_eq!(app.rows("sessions").await, sessions);
            }
            let db = server.ctx.db.clone();
            server.stop().await;
            db.close().await;
        }
    })
    .await;
}
