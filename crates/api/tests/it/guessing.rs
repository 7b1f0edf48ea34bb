//! Passwords that are guessed from everywhere, and what a refusal gives away.

use crate::{
    code,
    second_factors::{OWNER, app_code, first_half, proof, with_totp},
};
use chrono::TimeDelta;
use reqwest::{Client, Response, StatusCode};
use sea_orm::ConnectionTrait;
use zgoda_api_types::{accounts::SignIn, problem::ProblemCode, staff::CreateAccount};
use zgoda_client::{Api, SignInOutcome};
use zgoda_domain::{
    access::role::{RoleDefinition, RoleTemplate},
    second_factor::FactorKind,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

fn sign_in(email: &str, password: &str) -> SignIn {
    SignIn { email: email.into(), password: password.into() }
}

async fn post(base: &str, from: &str, body: &SignIn) -> Response {
    let request = Client::new().post(format!("{base}/api/v1/session")).header("Sec-Fetch-Site", "same-origin");
    request.header("X-Forwarded-For", from).json(body).send().await.unwrap()
}

/// Status, headers and body, but for what differs between any two answers.
async fn seen(answer: Response) -> (StatusCode, Vec<(String, String)>, String) {
    let headers = answer.headers().iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status(), headers, answer.text().await.unwrap())
}

/// An owner with two-step login, and the browser that is remembered for it.
async fn remembered(app: &TestApp) -> Api {
    let owner = app.owner().await;
    let secret = with_totp(app, &owner).await;
    let needed = first_half(app, &owner, OWNER).await;
    let mut body = proof(&needed, FactorKind::Totp, &app_code(app, &secret));
    body.remember_device = true;
    owner.complete_sign_in(&body).await.unwrap();
    owner
}

on_both_databases! {
    /// An hour of guessing, from a thousand addresses, at one account that exists and one that does not.
    async fn an_account_is_worth_few_guesses_an_hour_and_its_owner_is_not_kept_out(app: TestApp) {
        let owner = remembered(&app).await;
        let public = app.serve(app.ctx.clone(), "127.0.0.1:0", &["127.0.0.0/8"]);
        for email in [OWNER, "nikt@example.com"] {
            let before = app.ctx.passwords_hashed();
            let mut statuses = Vec::new();
            for n in 0..1_000 {
                let from = format!("198.18.{}.{}", n / 250, n % 250);
                statuses.push(post(&public.base, &from, &sign_in(email, "zgaduję i zgaduję")).await.status().as_u16());
                app.clock.advance(TimeDelta::milliseconds(3_600));
            }
            let hashed = app.ctx.passwords_hashed() - before;
            assert!((5..=20).contains(&hashed), "{email}: {hashed}");
            assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
        }
        // Nobody who waits can be told from somebody who guesses, unless they come with something that proves more.
        for n in 0..6 {
            post(&public.base, &format!("198.18.9.{n}"), &sign_in(OWNER, "zgaduję i zgaduję")).await;
        }
        assert_eq!(code(app.visitor().sign_in(&sign_in(OWNER, PASSWORD)).await), ProblemCode::TooManyRequests);
        assert!(matches!(owner.sign_in(&sign_in(OWNER, PASSWORD)).await.unwrap(), SignInOutcome::SignedIn(_)));
        // The delay ends by itself.
        app.clock.advance(TimeDelta::minutes(15));
        first_half(&app, &app.visitor(), OWNER).await;
    }

    async fn what_is_no_address_is_counted_together(app: TestApp) {
        let before = app.ctx.passwords_hashed();
        let mut codes = Vec::new();
        for n in 0..7 {
            codes.push(code(app.visitor().sign_in(&sign_in(&format!("{n}{}", "x".repeat(50_000)), PASSWORD)).await));
        }
        assert_eq!(codes[..5], [ProblemCode::SignInRefused; 5]);
        assert_eq!(codes[5..], [ProblemCode::TooManyRequests; 2]);
        assert_eq!(app.ctx.passwords_hashed() - before, 5);
    }

    async fn every_refused_sign_in_looks_and_costs_the_same(app: TestApp) {
        let owner = app.owner().await;
        let away = RoleDefinition { networks: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..RoleTemplate::ReadOnly.definition() };
        let role = app.role(&owner, "z biura", away).await;
        app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let far = app.member("Fara", RoleTemplate::ReadOnly.id()).await.me().await.unwrap().account_id;
        let change = zgoda_api_types::staff::ChangeAccount { name: "Fara".into(), role_id: role, department_ids: vec![] };
        owner.change_account(far, &change).await.unwrap();
        app.reader().await;
        app.connection().execute_unprepared("update accounts set disabled_at = created_at where email_norm = 'czytelnik@example.com'").await.unwrap();
        let invited = CreateAccount { email: "nowa@example.com".into(), name: "Nowa".into(), role_id: RoleTemplate::ReadOnly.id(), department_ids: vec![] };
        owner.create_account(&invited, None).await.unwrap();
        let sessions = app.rows("sessions").await;
        let mut answers = Vec::new();
        for (email, password) in [
            ("nikt@example.com", PASSWORD),
            (OWNER, "nie to hasło wcale"),
            // Disabled, invited, refused by the address: with the right password, as far as there is one.
            ("czytelnik@example.com", PASSWORD),
            ("nowa@example.com", PASSWORD),
            ("fara@example.com", PASSWORD),
            ("to nie adres", PASSWORD),
        ] {
            let before = app.ctx.passwords_hashed();
            let answer = seen(post(&app.base, "192.0.2.1", &sign_in(email, password)).await).await;
            // The work is what takes the time: counted, because clocks of busy machines lie.
            assert_eq!(app.ctx.passwords_hashed() - before, 1, "{email}");
            answers.push(answer);
        }
        assert_eq!(answers[0].0, 401);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(app.rows("sessions").await, sessions);
    }
}
