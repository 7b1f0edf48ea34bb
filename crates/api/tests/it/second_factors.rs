//! Two-step login, from setting it up to losing it.

use crate::{code, problem};
use chrono::TimeDelta;
use futures::{
    StreamExt,
    future::{join, join_all},
};
use totp_lite::{Sha1, totp_custom};
use zgoda_api_types::{
    accounts::SignIn,
    clients::Reason,
    problem::ProblemCode,
    second_factors::{
        AddFactor, CompleteSignIn, FactorProof, PasskeySignIn, SecondFactorNeeded, SendSignInCode, SendStepUpCode,
    },
    staff::{ChangeAccount, RoleBody},
};
use zgoda_app::{Clock, delivery::Channels};
use zgoda_client::{Api, SignInOutcome};
use zgoda_domain::{
    access::role::{RoleDefinition, RoleTemplate},
    audit::Action,
    id::RoleId,
    second_factor::FactorKind,
    security::SecuritySettings,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

pub(crate) const OWNER: &str = "wlasciciel@example.com";

pub(crate) fn by_code(kind: FactorKind, code: &str) -> FactorProof {
    FactorProof::Code { kind, code: code.into() }
}

pub(crate) fn proof(needed: &SecondFactorNeeded, kind: FactorKind, code: &str) -> CompleteSignIn {
    CompleteSignIn { attempt: needed.attempt.clone(), proof: by_code(kind, code), remember_device: false }
}

/// The code of an authenticator app, by another implementation than the server's.
pub(crate) fn app_code(app: &TestApp, secret: &str) -> String {
    code_at(secret, app.clock.now().timestamp())
}

fn code_at(secret: &str, unix: i64) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut held, mut key) = (0u32, 0, Vec::new());
    for c in secret.bytes().filter(|c| *c != b'=') {
        let value = letters.iter().position(|letter| *letter == c).unwrap();
        bits = bits << 5 | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    totp_custom::<Sha1>(30, 6, &key, u64::try_from(unix).unwrap())
}

/// Sets an authenticator app up; its secret.
pub(crate) async fn with_totp(app: &TestApp, api: &Api) -> String {
    let new = api.add_second_factor(&AddFactor::Totp { label: "Telefon".into() }).await.unwrap();
    let secret = new.secret.unwrap();
    assert!(new.qr_svg.unwrap().starts_with("<?xml"));
    api.confirm_second_factor(new.id, &by_code(FactorKind::Totp, &app_code(app, &secret))).await.unwrap();
    // The next sign-in needs the next code.
    app.clock.advance(TimeDelta::seconds(30));
    secret
}

pub(crate) async fn first_half(app: &TestApp, api: &Api, email: &str) -> SecondFactorNeeded {
    let body = SignIn { email: email.into(), password: PASSWORD.into() };
    // Attempts are counted in real time; here they come from one address in a moment.
    let _ = app;
    match api.sign_in(&body).await.unwrap() {
        SignInOutcome::SecondFactor(needed) => needed,
        SignInOutcome::SignedIn(_) => panic!("no second factor was asked for"),
    }
}

/// The code in the last text message that waits.
async fn texted_code(app: &TestApp) -> String {
    let _ = app.letters().await;
    let text = app.postbox.take_texts().pop().unwrap().text;
    text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned()
}

/// The code in the one letter that waits.
pub(crate) async fn mailed_code(app: &TestApp) -> String {
    let letters = app.letters().await;
    let text = &letters.last().unwrap().text;
    text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned()
}

on_both_databases! {
    async fn an_app_is_asked_for_once_it_is_confirmed(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Totp { label: "Telefon".into() }).await.unwrap();
        assert_eq!(code(owner.confirm_second_factor(new.id, &by_code(FactorKind::Totp, "000000")).await), ProblemCode::CodeRefused);
        // Not confirmed, not asked for.
        assert!(matches!(app.visitor().sign_in(&SignIn { email: OWNER.into(), password: PASSWORD.into() }).await.unwrap(), SignInOutcome::SignedIn(_)));
        let secret = with_totp(&app, &owner).await;

        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        assert_eq!(needed.offers.iter().map(|offer| offer.kind).collect::<Vec<_>>(), [FactorKind::Totp]);
        // Half a sign-in opens nothing.
        assert_eq!(code(api.me().await), ProblemCode::SignInNeeded);
        let sessions = app.rows("sessions").await;
        let late = code_at(&secret, app.clock.now().timestamp() - 60);
        for wrong in ["000000", "", "12345", "1234567", &late] {
            let refused = api.complete_sign_in(&proof(&needed, FactorKind::Totp, wrong)).await;
            assert!(matches!(code(refused), ProblemCode::CodeRefused | ProblemCode::AttemptSpent), "{wrong}");
        }
        // Five wrong answers end the attempt, also for the right one.
        let refused = api.complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(refused), ProblemCode::AttemptSpent);
        assert_eq!(app.rows("sessions").await, sessions);
        let needed = first_half(&app, &api, OWNER).await;
        api.complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await.unwrap();
        api.me().await.unwrap();
        // A code is of one attempt, and of one moment: neither works again.
        let again = api.complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(again), ProblemCode::AttemptSpent);
        let other = first_half(&app, &app.visitor(), OWNER).await;
        let reused = app.visitor().complete_sign_in(&proof(&other, FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(reused), ProblemCode::CodeRefused);
    }

    async fn a_code_that_many_present_at_once_lets_one_in(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        let before = app.rows("sessions").await;
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let other = first_half(&app, &app.visitor(), OWNER).await;
        let right = app_code(&app, &secret);
        let attempts = [&needed, &other, &needed, &other, &needed, &other].map(|needed| {
            let (api, body) = (app.visitor(), proof(needed, FactorKind::Totp, &right));
            async move { api.complete_sign_in(&body).await.is_ok() }
        });
        let let_in = join_all(attempts).await.into_iter().filter(|ok| *ok).count();
        assert_eq!((let_in, app.rows("sessions").await), (1, before + 1));
    }

    async fn guessing_is_stopped_for_the_account_whatever_the_attempt(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        for _ in 0..2 {
            let needed = first_half(&app, &app.visitor(), OWNER).await;
            for _ in 0..5 {
                let refused = app.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, "000000")).await;
                assert_eq!(code(refused), ProblemCode::CodeRefused);
            }
        }
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let right = app.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(right), ProblemCode::AttemptSpent);
        // Stepping up is no way around it.
        let refused = owner.step_up(&by_code(FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(refused), ProblemCode::AttemptSpent);
        app.clock.advance(TimeDelta::minutes(61));
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        app.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await.unwrap();
    }

    async fn a_mailed_code_proves_that_the_address_is_read(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let first = mailed_code(&app).await;
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Email, &format!(" {} {}", &first[..3], &first[3..]))).await.unwrap();
        let _ = app.letters().await;

        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        assert_eq!(needed.offers[0].hint.as_deref(), Some("w•••@example.com"));
        let send = SendSignInCode { attempt: needed.attempt.clone(), kind: FactorKind::Email };
        api.send_sign_in_code(&send).await.unwrap();
        let replaced = mailed_code(&app).await;
        api.send_sign_in_code(&send).await.unwrap();
        let right = mailed_code(&app).await;
        // A new request kills the old code; a code of one attempt is worth nothing in another.
        if replaced != right {
            assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Email, &replaced)).await), ProblemCode::CodeRefused);
        }
        let other = first_half(&app, &app.visitor(), OWNER).await;
        assert_eq!(code(app.visitor().complete_sign_in(&proof(&other, FactorKind::Email, &right)).await), ProblemCode::CodeRefused);
        // It is no code of another kind either.
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Sms, &right)).await), ProblemCode::CodeRefused);
        api.complete_sign_in(&proof(&needed, FactorKind::Email, &right)).await.unwrap();
        // Ten minutes and one second.
        let needed = first_half(&app, &api, OWNER).await;
        api.send_sign_in_code(&SendSignInCode { attempt: needed.attempt.clone(), kind: FactorKind::Email }).await.unwrap();
        let late = mailed_code(&app).await;
        app.clock.advance(TimeDelta::seconds(601));
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Email, &late)).await), ProblemCode::AttemptSpent);
    }

    async fn only_so_many_codes_are_sent(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let first = mailed_code(&app).await;
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Email, &first)).await.unwrap();
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let send = SendSignInCode { attempt: needed.attempt.clone(), kind: FactorKind::Email };
        for _ in 0..3 {
            app.visitor().send_sign_in_code(&send).await.unwrap();
        }
        assert_eq!(code(app.visitor().send_sign_in_code(&send).await), ProblemCode::AttemptSpent);
        let forged = SendSignInCode { attempt: "A".repeat(43), kind: FactorKind::Email };
        assert_eq!(code(app.visitor().send_sign_in_code(&forged).await), ProblemCode::AttemptSpent);
        let none = SendSignInCode { attempt: needed.attempt, kind: FactorKind::Sms };
        assert_eq!(code(app.visitor().send_sign_in_code(&none).await), ProblemCode::WrongState);
    }

    async fn a_recovery_code_works_once(app: TestApp) {
        let owner = app.owner().await;
        assert_eq!(code(owner.make_recovery_codes().await), ProblemCode::WrongState);
        with_totp(&app, &owner).await;
        let codes = owner.make_recovery_codes().await.unwrap().codes;
        assert_eq!(codes.len(), 10);
        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        api.complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[3].to_lowercase())).await.unwrap();
        assert_eq!(api.second_factors().await.unwrap().recovery_codes_left, 9);
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let again = app.visitor().complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[3])).await;
        assert_eq!(code(again), ProblemCode::CodeRefused);
        // A new list makes the old one worthless.
        owner.make_recovery_codes().await.unwrap();
        let old = app.visitor().complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[4])).await;
        assert_eq!(code(old), ProblemCode::CodeRefused);
    }

    async fn a_remembered_device_is_not_asked_until_it_is_forgotten(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        let mut body = proof(&needed, FactorKind::Totp, &app_code(&app, &secret));
        body.remember_device = true;
        api.complete_sign_in(&body).await.unwrap();
        let body = SignIn { email: OWNER.into(), password: PASSWORD.into() };
        assert!(matches!(api.sign_in(&body).await.unwrap(), SignInOutcome::SignedIn(_)));
        // Somebody else's device token is worth nothing for this account, nor this one for theirs.
        let device = api.cookie("__Host-zgoda-device").unwrap();
        let other = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        with_totp(&app, &other).await;
        let thief = app.visitor();
        thief.set_cookie("__Host-zgoda-device", &device);
        first_half(&app, &thief, "jan@example.com").await;
        let devices = api.second_factors().await.unwrap().devices;
        api.forget_trusted_device(devices[0].id).await.unwrap();
        assert!(matches!(api.sign_in(&body).await.unwrap(), SignInOutcome::SecondFactor(_)));
    }

    async fn a_remembered_device_proves_nothing(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        let mut body = proof(&needed, FactorKind::Totp, &app_code(&app, &secret));
        body.remember_device = true;
        api.complete_sign_in(&body).await.unwrap();
        // Someone who took the device's cookie and knows the password is let in, and that is all.
        let thief = app.visitor();
        thief.set_cookie("__Host-zgoda-device", &api.cookie("__Host-zgoda-device").unwrap());
        assert!(matches!(thief.sign_in(&SignIn { email: OWNER.into(), password: PASSWORD.into() }).await.unwrap(), SignInOutcome::SignedIn(_)));
        assert!(!thief.me().await.unwrap().must_prove);
        let factor = thief.second_factors().await.unwrap().factors[0].id;
        assert_eq!(code(thief.add_second_factor(&AddFactor::Email {}).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(thief.remove_second_factor(factor).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(thief.make_recovery_codes().await), ProblemCode::StepUpNeeded);
        assert_eq!(code(thief.step_up(&FactorProof::Password { password: PASSWORD.into() }).await), ProblemCode::CodeRefused);
        assert_eq!(code(thief.add_second_factor(&AddFactor::Email {}).await), ProblemCode::StepUpNeeded);
        assert_eq!((app.rows("second_factors").await, app.rows("recovery_codes").await), (1, 0));
        app.clock.advance(TimeDelta::seconds(30));
        thief.step_up(&by_code(FactorKind::Totp, &app_code(&app, &secret))).await.unwrap();
        thief.add_second_factor(&AddFactor::Email {}).await.unwrap();
    }

    async fn a_device_is_remembered_for_thirty_days(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        let mut body = proof(&needed, FactorKind::Totp, &app_code(&app, &secret));
        body.remember_device = true;
        api.complete_sign_in(&body).await.unwrap();
        let body = SignIn { email: OWNER.into(), password: PASSWORD.into() };
        app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        assert!(matches!(api.sign_in(&body).await.unwrap(), SignInOutcome::SignedIn(_)));
        let sessions = app.rows("sessions").await;
        app.clock.advance(TimeDelta::seconds(1));
        assert!(matches!(api.sign_in(&body).await.unwrap(), SignInOutcome::SecondFactor(_)));
        assert_eq!(app.rows("sessions").await, sessions);
    }

    async fn who_has_a_second_factor_is_not_let_in_because_it_cannot_be_asked_for(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let first = mailed_code(&app).await;
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Email, &first)).await.unwrap();
        // The same installation after somebody took its mail server out of the configuration.
        let mute = app.serve(app.ctx.clone().with_channels(Channels::default()), "127.0.0.1:0", &[]);
        let sessions = app.rows("sessions").await;
        let needed = first_half(&app, &mute.visitor(), OWNER).await;
        assert_eq!(needed.offers, []);
        assert_eq!(app.rows("sessions").await, sessions);
        let password = CompleteSignIn { attempt: needed.attempt, proof: FactorProof::Password { password: PASSWORD.into() }, remember_device: false };
        assert_eq!(code(mute.visitor().complete_sign_in(&password).await), ProblemCode::CodeRefused);
        assert_eq!(app.rows("sessions").await, sessions);
        // Recovery codes remain.
        let codes = owner.make_recovery_codes().await.unwrap().codes;
        let needed = first_half(&app, &mute.visitor(), OWNER).await;
        mute.visitor().complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[0])).await.unwrap();
    }

    async fn confirming_a_factor_ends_what_was_opened_or_begun_without_it(app: TestApp) {
        let (here, there) = (app.owner().await, app.owner().await);
        let foreign = there.add_second_factor(&AddFactor::Totp { label: "Obcy".into() }).await.unwrap();
        let copy = app.visitor();
        for name in ["__Host-zgoda-access", "__Host-zgoda-refresh"] {
            copy.set_cookie(name, &here.cookie(name).unwrap());
        }
        with_totp(&app, &here).await;
        here.me().await.unwrap();
        for ended in [&there, &copy] {
            assert_eq!(code(ended.me().await), ProblemCode::SignInNeeded);
            assert_eq!(code(ended.refresh().await), ProblemCode::SignInNeeded);
            assert_eq!(code(ended.sessions().await), ProblemCode::SignInNeeded);
        }
        assert_eq!(here.sessions().await.unwrap().len(), 1);
        // What somebody else began to set up cannot be confirmed any more, from no session.
        let secret = foreign.secret.unwrap();
        let confirmed = here.confirm_second_factor(foreign.id, &by_code(FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(confirmed), ProblemCode::NotFound);
        assert_eq!((app.rows("second_factors").await, app.rows("challenges").await), (1, 0));
    }

    async fn confirming_a_factor_needs_a_recent_proof(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Totp { label: "Telefon".into() }).await.unwrap();
        let secret = new.secret.unwrap();
        app.clock.advance(TimeDelta::minutes(6));
        let body = |app: &TestApp| by_code(FactorKind::Totp, &app_code(app, &secret));
        assert_eq!(code(owner.confirm_second_factor(new.id, &body(&app)).await), ProblemCode::StepUpNeeded);
        assert_eq!(owner.second_factors().await.unwrap().factors, []);
        owner.step_up(&FactorProof::Password { password: PASSWORD.into() }).await.unwrap();
        owner.confirm_second_factor(new.id, &body(&app)).await.unwrap();
        assert_eq!(owner.second_factors().await.unwrap().factors.len(), 1);
    }

    async fn a_proof_is_worth_nothing_with_the_tokens_from_before_it(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        app.clock.advance(TimeDelta::minutes(6));
        owner.me().await.unwrap();
        let copy = app.visitor();
        for name in ["__Host-zgoda-access", "__Host-zgoda-refresh"] {
            copy.set_cookie(name, &owner.cookie(name).unwrap());
        }
        copy.me().await.unwrap();
        let before = owner.sessions().await.unwrap().remove(0);
        owner.step_up(&FactorProof::Password { password: PASSWORD.into() }).await.unwrap();
        assert_eq!(code(copy.delete_client(id, 1).await), ProblemCode::SignInNeeded);
        assert_eq!(code(copy.refresh().await), ProblemCode::SignInNeeded);
        assert_eq!(app.rows("clients").await, 1);
        // The one session goes on: it is as old as it was, and ends when it would have.
        let after = owner.sessions().await.unwrap();
        assert_eq!((after.len(), after[0].current, after[0].created_at, after[0].expires_at), (1, true, before.created_at, before.expires_at));
        assert_ne!(after[0].id, before.id);
        owner.delete_client(id, 1).await.unwrap();
    }

    async fn what_a_reason_opened_stays_open_after_a_proof(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let curious = RoleDefinition { needs_reason: Some(true), ..RoleTemplate::ReadOnly.definition() };
        let jan = app.member("Jan", app.role(&owner, "z powodem", curious).await).await;
        assert_eq!(code(jan.client(id).await), ProblemCode::ReasonNeeded);
        jan.give_reason(id, &Reason { reason: "Skarga".into() }).await.unwrap();
        jan.step_up(&FactorProof::Password { password: PASSWORD.into() }).await.unwrap();
        jan.client(id).await.unwrap();
        assert_eq!(app.rows("card_reasons").await, 1);
    }

    async fn wrong_answers_outlive_the_question(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        for _ in 0..2 {
            for _ in 0..5 {
                assert_eq!(code(owner.step_up(&by_code(FactorKind::Totp, "000000")).await), ProblemCode::CodeRefused);
            }
            app.clock.advance(TimeDelta::minutes(11));
        }
        let right = || by_code(FactorKind::Totp, &app_code(&app, &secret));
        assert_eq!(code(owner.step_up(&right()).await), ProblemCode::AttemptSpent);
        assert_eq!(code(owner.make_recovery_codes().await), ProblemCode::StepUpNeeded);
        assert_eq!(app.rows("account_attempts").await, 10);
        // Signing in is no way around it, nor is setting another one up.
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let refused = app.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, &app_code(&app, &secret))).await;
        assert_eq!(code(refused), ProblemCode::AttemptSpent);
        for _ in 0..4 {
            app.clock.advance(TimeDelta::minutes(10));
            owner.sessions().await.unwrap();
        }
        owner.step_up(&right()).await.unwrap();
    }

    async fn of_many_guesses_at_once_ten_are_looked_at(app: TestApp) {
        let owner = app.owner().await;
        with_totp(&app, &owner).await;
        let mut attempts = Vec::new();
        for _ in 0..4 {
            attempts.push(first_half(&app, &app.visitor(), OWNER).await);
        }
        let guesses = (0..24).map(|n| {
            let (api, body) = (app.visitor(), proof(&attempts[n % 4], FactorKind::Totp, "000000"));
            async move { code(api.complete_sign_in(&body).await) }
        });
        let codes = join_all(guesses).await;
        let count = |wanted| codes.iter().filter(|code| **code == wanted).count();
        assert_eq!((count(ProblemCode::CodeRefused), count(ProblemCode::AttemptSpent)), (10, 14));
        assert_eq!(app.rows("account_attempts").await, 10);
    }

    async fn a_password_is_hashed_while_nobody_waits_for_it(app: TestApp) {
        let owner = app.owner().await;
        let before = app.ctx.passwords_hashed();
        // On SQLite whoever writes keeps everybody else from writing.
        let writing = app.ctx.db.begin().await.unwrap();
        let proving = tokio::spawn({
            let owner = owner.clone();
            async move { owner.step_up(&FactorProof::Password { password: PASSWORD.into() }).await }
        });
        crate::until(|| app.ctx.passwords_hashed() > before).await;
        drop(writing);
        proving.await.unwrap().unwrap();
    }

    async fn of_two_factors_taken_away_at_once_the_demanded_one_stays(app: TestApp) {
        let owner = app.owner().await;
        let strict = RoleDefinition { needs_second_factor: Some(true), ..RoleTemplate::ReadOnly.definition() };
        let jan = app.member("Jan", app.role(&owner, "ostrożni", strict).await).await;
        with_totp(&app, &jan).await;
        with_totp(&app, &jan).await;
        let factors = jan.second_factors().await.unwrap().factors;
        let removals = factors.iter().map(|factor| {
            let (jan, id) = (jan.clone(), factor.id);
            async move { jan.remove_second_factor(id).await.map_err(|error| error.code()) }
        });
        let done = join_all(removals).await;
        assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1, "{done:?}");
        assert!(done.contains(&Err(Some(ProblemCode::WrongState))));
        assert_eq!(jan.second_factors().await.unwrap().factors.len(), 1);
    }

    async fn a_texted_code_signs_in_once_and_in_time(app: TestApp) {
        let owner = app.owner().await;
        let refused = owner.add_second_factor(&AddFactor::Sms { number: "123".into() }).await;
        assert_eq!(crate::complaint(refused).0, "/number");
        let new = owner.add_second_factor(&AddFactor::Sms { number: "+48 600 700 123".into() }).await.unwrap();
        let first = texted_code(&app).await;
        let wrong = if first == "000000" { "000001" } else { "000000" };
        assert_eq!(code(owner.confirm_second_factor(new.id, &by_code(FactorKind::Sms, wrong)).await), ProblemCode::CodeRefused);
        assert_eq!(owner.second_factors().await.unwrap().factors, []);
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Sms, &first)).await.unwrap();
        let sessions = app.rows("sessions").await;

        let api = app.visitor();
        let needed = first_half(&app, &api, OWNER).await;
        assert_eq!((needed.offers[0].kind, needed.offers[0].hint.as_deref()), (FactorKind::Sms, Some("•••123")));
        // Before anything was sent nothing fits, and a code of setting it up is none of signing in.
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Sms, &first)).await), ProblemCode::CodeRefused);
        let send = SendSignInCode { attempt: needed.attempt.clone(), kind: FactorKind::Sms };
        api.send_sign_in_code(&send).await.unwrap();
        let sent = texted_code(&app).await;
        let wrong = if sent == "000000" { "000001" } else { "000000" };
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Sms, wrong)).await), ProblemCode::CodeRefused);
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Email, &sent)).await), ProblemCode::CodeRefused);
        assert_eq!(app.rows("sessions").await, sessions);
        api.complete_sign_in(&proof(&needed, FactorKind::Sms, &sent)).await.unwrap();
        assert_eq!(code(api.complete_sign_in(&proof(&needed, FactorKind::Sms, &sent)).await), ProblemCode::AttemptSpent);
        let other = first_half(&app, &app.visitor(), OWNER).await;
        assert_eq!(code(app.visitor().complete_sign_in(&proof(&other, FactorKind::Sms, &sent)).await), ProblemCode::CodeRefused);

        let send = SendSignInCode { attempt: other.attempt.clone(), kind: FactorKind::Sms };
        for _ in 0..3 {
            app.visitor().send_sign_in_code(&send).await.unwrap();
        }
        assert_eq!(code(app.visitor().send_sign_in_code(&send).await), ProblemCode::AttemptSpent);
        let late = texted_code(&app).await;
        app.clock.advance(TimeDelta::seconds(601));
        assert_eq!(code(app.visitor().complete_sign_in(&proof(&other, FactorKind::Sms, &late)).await), ProblemCode::AttemptSpent);
        assert_eq!(app.rows("sessions").await, sessions + 1);
    }

    async fn only_so_many_codes_are_sent_for_an_account_in_an_hour(app: TestApp) {
        let owner = app.owner().await;
        let new = owner.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let first = mailed_code(&app).await;
        owner.confirm_second_factor(new.id, &by_code(FactorKind::Email, &first)).await.unwrap();
        let _ = app.letters().await;
        let mut sent = Vec::new();
        for _ in 0..3 {
            let needed = first_half(&app, &app.visitor(), OWNER).await;
            let send = SendSignInCode { attempt: needed.attempt, kind: FactorKind::Email };
            for _ in 0..3 {
                sent.push(app.visitor().send_sign_in_code(&send).await.err().and_then(|error| error.code()));
            }
        }
        assert_eq!(sent[..5], [None; 5]);
        assert_eq!(sent[5..], [Some(ProblemCode::TooManyRequests); 4]);
        assert_eq!(app.letters().await.len(), 5);
        app.clock.advance(TimeDelta::minutes(61));
        let needed = first_half(&app, &app.visitor(), OWNER).await;
        let send = SendSignInCode { attempt: needed.attempt, kind: FactorKind::Email };
        app.visitor().send_sign_in_code(&send).await.unwrap();
    }

    async fn only_so_many_numbers_are_tried_in_a_day(app: TestApp) {
        let owner = app.owner().await;
        let number = |n: usize| AddFactor::Sms { number: format!("+4860070012{n}") };
        for n in 0..5 {
            let new = owner.add_second_factor(&number(n)).await.unwrap();
            owner.remove_second_factor(new.id).await.unwrap();
        }
        assert_eq!(code(owner.add_second_factor(&number(5)).await), ProblemCode::TooManyRequests);
        let _ = app.letters().await;
        assert_eq!(app.postbox.take_texts().len(), 5);
        assert_eq!(app.rows("second_factors").await, 0);
        app.clock.advance(TimeDelta::hours(25));
        app.owner().await.add_second_factor(&number(6)).await.unwrap();
    }

    async fn who_must_show_a_second_factor_can_do_nothing_before(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let strict = RoleDefinition { needs_second_factor: Some(true), ..RoleDefinition::default() };
        let body = RoleBody { name: "ostrożni".into(), parent_id: Some(RoleTemplate::ReadOnly.id()), definition: strict };
        let role = RoleId::from_uuid(owner.create_role(&body, None).await.unwrap().id);
        let jan = app.member("Jan", role).await;
        let who = jan.me().await.unwrap();
        assert!(who.must_prove);
        assert_eq!(code(jan.client(id).await), ProblemCode::NotAllowed);
        with_totp(&app, &jan).await;
        assert!(!jan.me().await.unwrap().must_prove);
        jan.client(id).await.unwrap();
        // The last factor stays.
        let factor = jan.second_factors().await.unwrap().factors.remove(0);
        assert_eq!(code(jan.remove_second_factor(factor.id).await), ProblemCode::WrongState);
        // For everyone: it acts on live sessions, on their next request.
        let all = SecuritySettings { second_factor_for_all: true, ..SecuritySettings::default() };
        owner.change_security_settings(0, &all).await.unwrap();
        assert_eq!(code(owner.client(id).await), ProblemCode::NotAllowed);
        with_totp(&app, &owner).await;
        owner.client(id).await.unwrap();
    }

    async fn what_cannot_be_undone_asks_for_a_recent_proof(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        app.clock.advance(TimeDelta::minutes(6));
        let change = ChangeAccount { name: "X".into(), role_id: RoleTemplate::Owner.id(), department_ids: vec![] };
        let account = owner.me().await.unwrap().account_id;
        assert_eq!(code(owner.delete_client(id, 1).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(owner.change_account(account, &change).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(owner.add_second_factor(&AddFactor::Email {}).await), ProblemCode::StepUpNeeded);
        assert_eq!(app.rows("clients").await, 1);
        // Without a second factor the password will do, and a wrong one will not.
        assert_eq!(owner.step_up_offers().await.unwrap(), []);
        let wrong = FactorProof::Password { password: "nie to hasło".into() };
        assert_eq!(code(owner.step_up(&wrong).await), ProblemCode::CodeRefused);
        assert_eq!(code(owner.delete_client(id, 1).await), ProblemCode::StepUpNeeded);
        owner.step_up(&FactorProof::Password { password: PASSWORD.into() }).await.unwrap();
        owner.delete_client(id, 1).await.unwrap();
        // With one, the password will not do any more.
        let secret = with_totp(&app, &owner).await;
        app.clock.advance(TimeDelta::minutes(6));
        let password = FactorProof::Password { password: PASSWORD.into() };
        assert_eq!(code(owner.step_up(&password).await), ProblemCode::CodeRefused);
        assert_eq!(code(owner.send_step_up_code(SendStepUpCode { kind: FactorKind::Email }).await), ProblemCode::WrongState);
        owner.step_up(&by_code(FactorKind::Totp, &app_code(&app, &secret))).await.unwrap();
        owner.change_account(account, &change).await.unwrap();
    }

    async fn what_was_refused_for_want_of_a_proof_is_sent_again_once_it_is_shown(app: TestApp) {
        let owner = app.owner().await;
        let (kept, gone) = (app.client(&owner, "Ada").await, app.client(&owner, "Bea").await);
        app.clock.advance(TimeDelta::minutes(6));
        // Nobody shows one.
        assert_eq!(code(owner.clone().proven_by(drop).delete_client(kept, 1).await), ProblemCode::StepUpNeeded);
        let (ask, mut asked) = futures::channel::mpsc::unbounded();
        let asking = owner.clone().proven_by(move |waits| ask.unbounded_send(waits).unwrap());
        let proof = async {
            let waits = asked.next().await.unwrap();
            owner.step_up(&FactorProof::Password { password: PASSWORD.into() }).await.unwrap();
            waits.go_on();
        };
        let (deleted, ()) = join(asking.delete_client(gone, 1), proof).await;
        deleted.unwrap();
        asking.client(kept).await.unwrap();
        assert_eq!(code(asking.client(gone).await), ProblemCode::NotFound);
    }

    async fn whoever_lost_everything_is_helped_by_someone_above_and_told(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        with_totp(&app, &jan).await;
        let _ = app.letters().await;
        let id = jan.me().await.unwrap().account_id;
        let admin = app.member("Alina", RoleTemplate::Administrator.id()).await;
        let above = owner.me().await.unwrap().account_id;
        assert_eq!(problem(admin.reset_second_factors(above).await).code, ProblemCode::Invalid);
        assert_eq!(code(owner.reset_second_factors(above).await), ProblemCode::WrongState);
        admin.reset_second_factors(id).await.unwrap();
        assert_eq!(code(jan.me().await), ProblemCode::SignInNeeded);
        assert_eq!(app.letters().await.len(), 1);
        let body = SignIn { email: "jan@example.com".into(), password: PASSWORD.into() };
        assert!(matches!(jan.sign_in(&body).await.unwrap(), SignInOutcome::SignedIn(_)));
        let log = owner.audit_events(None).await.unwrap().items;
        assert!(log.iter().any(|entry| entry.action == Action::SecondFactorsReset));
    }

    /// The clocks of phone and server may differ by one step, not by two minutes.
    async fn a_clock_two_minutes_off_is_refused(app: TestApp) {
        let owner = app.owner().await;
        let secret = with_totp(&app, &owner).await;
        let now = app.clock.now().timestamp();
        for offset in [-120, -60, 30, 60, 120] {
            let needed = first_half(&app, &app.visitor(), OWNER).await;
            let code_ = code_at(&secret, now + offset);
            assert_eq!(code(app.visitor().complete_sign_in(&proof(&needed, FactorKind::Totp, &code_)).await), ProblemCode::CodeRefused, "{offset}");
            tokio::time::sleep(std::time::Duration::ZERO).await;
        }
    }

    async fn a_passkey_that_is_none_signs_nobody_in(app: TestApp) {
        app.owner().await;
        // At an IP address browsers know no passkeys.
        assert_eq!(code(app.visitor().ask_passkey().await), ProblemCode::WrongState);
        for credential in [serde_json::Value::Null, serde_json::json!({}), serde_json::json!({"id": "AAAA", "type": "public-key"})] {
            let body = PasskeySignIn { attempt: "A".repeat(43), credential };
            assert_eq!(code(app.visitor().sign_in_with_passkey(&body).await), ProblemCode::AttemptSpent);
        }
    }

    async fn an_invitation_opens_an_account_once(app: TestApp) {
        let owner = app.owner().await;
        let new = zgoda_api_types::staff::CreateAccount { email: "nowa@example.com".into(), name: "Nowa".into(), role_id: RoleTemplate::ReadOnly.id(), department_ids: vec![] };
        let made = owner.create_account(&new, None).await.unwrap();
        // Mail can be sent here, so the link is in the mail alone.
        assert_eq!(made.link, None);
        let letters = app.letters().await;
        let token = letters[0].text.split("/invite#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let accept = |token: &str, password: &str| zgoda_api_types::accounts::ResetPassword { token: token.into(), password: password.into() };
        assert_eq!(code(app.visitor().accept_invitation(&accept(&token, "krótkie")).await), ProblemCode::Invalid);
        assert_eq!(code(app.visitor().accept_invitation(&accept(&"A".repeat(43), PASSWORD)).await), ProblemCode::LinkSpent);
        owner.invite_account(made.id).await.unwrap();
        let letters = app.letters().await;
        let second = letters[0].text.split("/invite#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        assert_eq!(code(app.visitor().accept_invitation(&accept(&token, PASSWORD)).await), ProblemCode::LinkSpent);
        // A day and not a second more.
        app.clock.advance(TimeDelta::hours(24));
        assert_eq!(code(app.visitor().accept_invitation(&accept(&second, PASSWORD)).await), ProblemCode::LinkSpent);
        let owner = app.owner().await;
        owner.invite_account(made.id).await.unwrap();
        let letters = app.letters().await;
        let second = letters[0].text.split("/invite#").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
        let owner = app.owner().await;
        app.visitor().accept_invitation(&accept(&second, PASSWORD)).await.unwrap();
        assert_eq!(code(app.visitor().accept_invitation(&accept(&second, PASSWORD)).await), ProblemCode::LinkSpent);
        assert!(matches!(app.visitor().sign_in(&SignIn { email: "nowa@example.com".into(), password: PASSWORD.into() }).await.unwrap(), SignInOutcome::SignedIn(_)));
        assert_eq!(code(owner.invite_account(made.id).await), ProblemCode::WrongState);
    }
}
