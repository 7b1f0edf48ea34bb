//! Changing one's password, and replacing a forgotten one by a link.

use crate::{
    code, complaint,
    second_factors::{app_code, proof, with_totp},
};
use chrono::TimeDelta;
use sea_orm::ConnectionTrait;
use std::time::{Duration, Instant};
use zgoda_api_types::{
    accounts::{ChangePassword, RequestPasswordReset, ResetPassword, SignIn},
    problem::ProblemCode,
};
use zgoda_app::Clock;
use zgoda_client::SignInOutcome;
use zgoda_domain::{Rule, second_factor::FactorKind};
use zgoda_persistence::accounts;
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};
use zgoda_vault::hash_password;

const OWNER: &str = "wlasciciel@example.com";
const READER: &str = "czytelnik@example.com";
const NEW: &str = "trzy fioletowe parasole";
const OTHER: &str = "wiosenny deszcz w górach";

fn change(current: &str, password: &str) -> ChangePassword {
    ChangePassword { current: current.into(), password: password.into() }
}

fn confirm(token: &str, password: &str) -> ResetPassword {
    ResetPassword { token: token.into(), password: password.into() }
}

async fn signs_in(app: &TestApp, email: &str, password: &str) -> bool {
    app.visitor().sign_in(&SignIn { email: email.into(), password: password.into() }).await.is_ok()
}

async fn live_sessions(app: &TestApp) -> i64 {
    app.rows("sessions where revoked_at is null").await
}

async fn ask(app: &TestApp, email: &str) {
    app.visitor().request_password_reset(&RequestPasswordReset { email: email.into() }).await.unwrap();
}

/// The token of the link in the one letter that has arrived.
async fn token(app: &TestApp) -> String {
    let letters = app.letters().await;
    assert_eq!(letters.len(), 1);
    let (_, rest) = letters[0].text.split_once(&format!("{}/reset#", app.base)).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn actions(app: &TestApp) -> Vec<String> {
    let api = app.owner().await;
    let events = api.audit_events(None).await.unwrap().items;
    events.into_iter().map(|event| event.action.code().to_owned()).filter(|code| code.contains("password")).collect()
}

on_both_databases! {
    async fn changing_the_password_ends_the_other_sessions_and_says_so(app: TestApp) {
        let (here, there) = (app.owner().await, app.owner().await);
        here.change_password(&change(PASSWORD, NEW)).await.unwrap();
        here.me().await.unwrap();
        assert_eq!(code(there.me().await), ProblemCode::SignInNeeded);
        assert!(!signs_in(&app, OWNER, PASSWORD).await);
        assert!(signs_in(&app, OWNER, NEW).await);
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to.as_str(), OWNER);
        assert!(letters[0].text.contains("zostało zmienione: 15 stycznia 2026, 11:00") && letters[0].text.contains("127.0.0.1"));
        assert!(!letters[0].text.contains(NEW) && !letters[0].text.contains('#'));
        let events = here.audit_events(None).await.unwrap().items;
        assert!(events.iter().any(|event| event.action.code() == "password_changed"));
    }

    async fn changing_needs_the_current_password_and_is_slowed_down(app: TestApp) {
        let api = app.owner().await;
        assert_eq!(code(api.change_password(&change("nie to hasło wcale", NEW)).await), ProblemCode::WrongPassword);
        assert_eq!(complaint(api.change_password(&change(PASSWORD, "krótkie")).await), ("/password".into(), Rule::TooShort { min: 12 }));
        assert_eq!(complaint(api.change_password(&change(PASSWORD, "Wlasciciel2026")).await), ("/password".into(), Rule::TooCommon));
        assert_eq!(complaint(api.change_password(&change(PASSWORD, "jamesbond007")).await), ("/password".into(), Rule::TooCommon));
        assert_eq!(code(api.change_password(&change("nie to hasło wcale", NEW)).await), ProblemCode::WrongPassword);
        assert_eq!(code(api.change_password(&change(PASSWORD, NEW)).await), ProblemCode::TooManyRequests);
        assert_eq!(code(app.visitor().change_password(&change(PASSWORD, NEW)).await), ProblemCode::SignInNeeded);
        assert!(signs_in(&app, OWNER, PASSWORD).await);
        assert!(!signs_in(&app, OWNER, NEW).await);
        assert_eq!(app.letters().await, []);
        assert_eq!(actions(&app).await, ["password_change_refused", "password_change_refused"]);
    }

    async fn a_link_sets_a_new_password_once_and_ends_every_session(app: TestApp) {
        let api = app.owner().await;
        assert!(app.visitor().installation().await.unwrap().resets_passwords);
        ask(&app, " WLASCICIEL@example.com ").await;
        let token = token(&app).await;
        assert_eq!(token.len(), 43, "256 bits");
        // A password that breaks a rule does not cost the link.
        let weak = app.visitor().reset_password(&confirm(&token, "wlasciciel12")).await;
        assert_eq!(complaint(weak), ("/password".into(), Rule::TooCommon));
        api.me().await.unwrap();
        let visitor = app.visitor();
        visitor.reset_password(&confirm(&token, NEW)).await.unwrap();
        assert_eq!(code(visitor.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(api.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(api.refresh().await), ProblemCode::SignInNeeded);
        let letters = app.letters().await;
        assert_eq!((letters.len(), letters[0].subject.as_str()), (1, "Hasło do systemu Zgoda zostało zmienione"));
        assert_eq!(code(app.visitor().reset_password(&confirm(&token, OTHER)).await), ProblemCode::LinkSpent);
        assert!(!signs_in(&app, OWNER, OTHER).await && !signs_in(&app, OWNER, PASSWORD).await);
        assert!(signs_in(&app, OWNER, NEW).await);
        assert_eq!(app.rows("one_time_tokens").await, 0);
    }

    async fn an_old_replaced_or_invented_link_changes_nothing(app: TestApp) {
        let api = app.owner().await;
        ask(&app, OWNER).await;
        let replaced = token(&app).await;
        ask(&app, OWNER).await;
        let late = token(&app).await;
        assert_eq!(app.rows("one_time_tokens").await, 1);
        app.clock.advance(TimeDelta::minutes(61));
        let forged = "A".repeat(43);
        for bad in [&replaced, &late, &forged, "", "x", &late[..42]] {
            assert_eq!(code(app.visitor().reset_password(&confirm(bad, NEW)).await), ProblemCode::LinkSpent, "{bad}");
            assert!(!signs_in(&app, OWNER, NEW).await);
        }
        // Nothing happened to the session; it was only left alone for too long.
        assert_eq!(code(api.me().await), ProblemCode::SessionLocked);
        assert_eq!(app.letters().await, []);
    }

    async fn a_new_password_leaves_two_step_login_as_it_was(app: TestApp) {
        let (api, other) = (app.owner().await, app.owner().await);
        let secret = with_totp(&app, &api).await;
        let _ = app.letters().await;
        ask(&app, OWNER).await;
        let token = token(&app).await;
        app.visitor().reset_password(&confirm(&token, NEW)).await.unwrap();
        for ended in [&api, &other] {
            assert_eq!(code(ended.me().await), ProblemCode::SignInNeeded);
        }
        assert_eq!((app.rows("second_factors").await, live_sessions(&app).await), (1, 0));
        let visitor = app.visitor();
        let SignInOutcome::SecondFactor(needed) = visitor.sign_in(&SignIn { email: OWNER.into(), password: NEW.into() }).await.unwrap() else {
            panic!("no second factor was asked for")
        };
        assert_eq!(live_sessions(&app).await, 0);
        visitor.complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await.unwrap();
    }

    async fn a_sign_in_under_way_with_the_old_password_opens_nothing(app: TestApp) {
        let owner = app.owner().await;
        let id = owner.me().await.unwrap().account_id;
        let new = hash_password(NEW.as_bytes(), [7; 16]).unwrap();
        let (now, before) = (app.clock.now(), app.ctx.passwords_hashed());
        // The new password is written and not kept yet; meanwhile somebody signs in with the old one.
        let tx = app.ctx.db.begin().await.unwrap();
        accounts::set_password(&tx, id, &new).await.unwrap();
        let signing_in = tokio::spawn({
            let visitor = app.visitor();
            async move { visitor.sign_in(&SignIn { email: OWNER.into(), password: PASSWORD.into() }).await }
        });
        crate::until(|| app.ctx.passwords_hashed() > before).await;
        accounts::revoke_all_sessions(&tx, id, now).await.unwrap();
        tx.commit_unaudited("a test").await.unwrap();
        assert_eq!(code(signing_in.await.unwrap()), ProblemCode::SignInRefused);
        assert_eq!(live_sessions(&app).await, 0);
        assert!(signs_in(&app, OWNER, NEW).await);
    }

    async fn a_change_under_way_does_not_undo_a_reset(app: TestApp) {
        let owner = app.owner().await;
        let id = owner.me().await.unwrap().account_id;
        let new = hash_password(NEW.as_bytes(), [7; 16]).unwrap();
        let (now, before) = (app.clock.now(), app.ctx.passwords_hashed());
        // A reset is written and not kept yet; meanwhile whoever has the session changes the password it replaces.
        let tx = app.ctx.db.begin().await.unwrap();
        accounts::set_password(&tx, id, &new).await.unwrap();
        let changing = tokio::spawn(async move {
            owner.change_password(&change(PASSWORD, "czyjeś cudze hasło")).await
        });
        crate::until(|| app.ctx.passwords_hashed() > before + 1).await;
        accounts::revoke_all_sessions(&tx, id, now).await.unwrap();
        tx.commit_unaudited("a test").await.unwrap();
        assert_eq!(code(changing.await.unwrap()), ProblemCode::SignInNeeded);
        assert!(!signs_in(&app, OWNER, "czyjeś cudze hasło").await);
        assert!(signs_in(&app, OWNER, NEW).await);
    }

    async fn a_link_dies_with_a_change_of_the_password_and_with_the_account(app: TestApp) {
        let api = app.owner().await;
        app.reader().await;
        ask(&app, OWNER).await;
        let before = token(&app).await;
        api.change_password(&change(PASSWORD, NEW)).await.unwrap();
        assert_eq!(code(app.visitor().reset_password(&confirm(&before, OTHER)).await), ProblemCode::LinkSpent);
        assert!(signs_in(&app, OWNER, NEW).await);
        app.letters().await;
        ask(&app, READER).await;
        let readers = token(&app).await;
        let disable = format!("update accounts set disabled_at = created_at where email_norm = '{READER}'");
        app.connection().execute_unprepared(&disable).await.unwrap();
        assert_eq!(code(app.visitor().reset_password(&confirm(&readers, OTHER)).await), ProblemCode::LinkSpent);
        ask(&app, READER).await;
        assert_eq!(app.letters().await, []);
    }

    async fn nothing_tells_whether_an_address_is_known(app: TestApp) {
        app.owner().await;
        app.reader().await;
        let disable = format!("update accounts set disabled_at = created_at where email_norm = '{READER}'");
        app.connection().execute_unprepared(&disable).await.unwrap();
        let mut seen = Vec::new();
        for email in [OWNER, READER, "nikt@example.com"] {
            let started = Instant::now();
            let answer = reqwest::Client::new()
                .post(format!("{}/api/v1/password-reset", app.base))
                .header("Sec-Fetch-Site", "same-origin")
                .json(&RequestPasswordReset { email: email.into() })
                .send()
                .await
                .unwrap();
            let took = started.elapsed();
            assert!(took >= Duration::from_millis(300), "{took:?}");
            let headers: Vec<_> = answer.headers().iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date")).map(|(name, value)| (name.clone(), value.clone())).collect();
            seen.push((answer.status(), headers, answer.bytes().await.unwrap()));
        }
        assert_eq!(seen[0].0, 202);
        assert!(seen.iter().all(|answer| *answer == seen[0]));
        let letters = app.letters().await;
        assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [OWNER]);
        assert_eq!(actions(&app).await.len(), 3);
    }

    async fn a_link_leads_to_the_configured_address_whatever_the_request_says(app: TestApp) {
        app.owner().await;
        let answer = reqwest::Client::new()
            .post(format!("{}/api/v1/password-reset", app.base))
            .header("Host", "evil.example")
            .header("X-Forwarded-Host", "evil.example")
            .header("Origin", "http://evil.example")
            .json(&RequestPasswordReset { email: OWNER.into() })
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        let letters = app.letters().await;
        assert!(letters[0].text.contains(&format!("{}/reset#", app.base)) && !letters[0].text.contains("evil"));
    }

    async fn asking_for_links_is_limited_alike_for_every_address(app: TestApp) {
        app.owner().await;
        let asked = async |email: &str| {
            app.visitor().request_password_reset(&RequestPasswordReset { email: email.into() }).await.err().and_then(|error| error.code())
        };
        for email in [OWNER, "nikt@example.com"] {
            for _ in 0..3 {
                assert_eq!(asked(email).await, None);
            }
            assert_eq!(asked(email).await, Some(ProblemCode::TooManyRequests));
        }
        // Those that were refused count for the network too.
        assert_eq!(asked("a@example.com").await, None);
        assert_eq!(asked("b@example.com").await, None);
        assert_eq!(asked("c@example.com").await, Some(ProblemCode::TooManyRequests));
        assert_eq!(complaint(app.visitor().request_password_reset(&RequestPasswordReset { email: "nikt".into() }).await), ("/email".into(), Rule::Malformed));
    }

    async fn of_many_who_use_a_link_at_once_one_succeeds(app: TestApp) {
        app.owner().await;
        ask(&app, OWNER).await;
        let token = token(&app).await;
        let attempts = (0..8).map(|n| {
            let (api, body) = (app.visitor(), confirm(&token, &format!("{NEW} {n}")));
            async move { api.reset_password(&body).await.map(|()| n) }
        });
        let done: Vec<_> = futures::future::join_all(attempts).await;
        let winners: Vec<i32> = done.iter().filter_map(|result| result.as_ref().ok().copied()).collect();
        assert_eq!(winners.len(), 1, "{done:?}");
        assert!(done.into_iter().filter_map(Result::err).all(|error| matches!(error.code(), Some(ProblemCode::LinkSpent | ProblemCode::Busy))));
        for n in 0..8 {
            // From now on only one password is right, so all but one guess is wrong: the limit is five a minute.
            if n == winners[0] || n < 3 {
                assert_eq!(signs_in(&app, OWNER, &format!("{NEW} {n}")).await, n == winners[0]);
            }
        }
        assert_eq!(app.letters().await.len(), 1);
    }

    async fn the_letters_speak_the_persons_language(app: TestApp) {
        let api = app.owner().await;
        let english = zgoda_api_types::accounts::Preferences { language: Some(zgoda_domain::consent::Language::En), ..Default::default() };
        api.save_preferences(&english).await.unwrap();
        ask(&app, OWNER).await;
        assert_eq!(app.letters().await[0].subject, "A new password for Zgoda");
    }

    async fn a_waiting_link_cannot_be_read_in_the_database(app: TestApp) {
        app.owner().await;
        ask(&app, OWNER).await;
        let stored = crate::sealing::everything_stored(&app).await;
        let token = token(&app).await;
        assert!(stored.contains("waiting") && stored.contains("password_reset"));
        assert!(!stored.contains(&token) && !stored.contains("/reset#"));
    }
}
