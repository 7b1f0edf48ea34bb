//! Passkeys, by a device that tells the truth and by devices that do not.

use crate::{
    code,
    second_factors::{OWNER, first_half},
};
use chrono::TimeDelta;
use serde_json::Value;
use zgoda_api_types::{
    accounts::SignIn,
    problem::ProblemCode,
    second_factors::{AddFactor, Attempt, CompleteSignIn, FactorProof, PasskeySignIn},
};
use zgoda_app::Ctx;
use zgoda_client::Api;
use zgoda_domain::access::role::RoleTemplate;
use zgoda_test_support::{Authenticator, PASSWORD, TestApp, TestServer, on_both_databases};

const ORIGIN: &str = "http://localhost:8080";

/// The same installation at an address with a name: browsers know no passkeys at an IP address.
fn named(app: &TestApp) -> TestServer {
    let ctx = Ctx::new(app.ctx.db.clone(), app.ctx.clock.clone(), app.ctx.vault.clone(), ORIGIN);
    app.serve(ctx.with_channels(app.ctx.channels.clone()), "127.0.0.1:0", &[])
}

fn device() -> Authenticator {
    Authenticator::new(ORIGIN, "localhost")
}

async fn signed_in(server: &TestServer, email: &str) -> Api {
    let api = server.visitor();
    api.sign_in(&SignIn { email: email.into(), password: PASSWORD.into() }).await.unwrap();
    api
}

async fn with_passkey(api: &Api) -> Authenticator {
    let device = device();
    let new = api.add_second_factor(&AddFactor::Passkey { label: "Klucz".into() }).await.unwrap();
    let credential = device.register(&new.options.unwrap());
    api.confirm_second_factor(new.id, &FactorProof::Passkey { credential }).await.unwrap();
    device
}

/// The same device, lying about one thing.
fn lies(device: &Authenticator) -> Vec<(&'static str, Authenticator)> {
    let lie = |change: fn(&mut Authenticator)| {
        let mut liar = device.clone();
        change(&mut liar);
        liar
    };
    vec![
        ("another origin", lie(|device| device.origin = "http://localhost.example.com".into())),
        ("another port", lie(|device| device.origin = "http://localhost:8081".into())),
        ("another party", lie(|device| device.rp_id = "example.com".into())),
        ("nobody verified", lie(|device| device.verifies = false)),
    ]
}

async fn complete(server: &TestServer, attempt: &str, credential: Value) -> Result<(), Option<ProblemCode>> {
    let body =
        CompleteSignIn { attempt: attempt.into(), proof: FactorProof::Passkey { credential }, remember_device: false };
    server.visitor().complete_sign_in(&body).await.map(|_| ()).map_err(|error| error.code())
}

on_both_databases! {
    async fn a_passkey_signs_in_alone_and_each_question_is_answered_once(app: TestApp) {
        app.owner().await;
        let server = named(&app);
        let owner = signed_in(&server, OWNER).await;
        let device = with_passkey(&owner).await;
        let asked = server.visitor().ask_passkey().await.unwrap();
        let body = PasskeySignIn { attempt: asked.attempt.unwrap(), credential: device.answer(&asked.options) };
        let api = server.visitor();
        assert_eq!(api.sign_in_with_passkey(&body).await.unwrap().email, OWNER);
        // It is a proof with a second factor.
        api.make_recovery_codes().await.unwrap();
        let sessions = app.rows("sessions").await;
        assert_eq!(code(server.visitor().sign_in_with_passkey(&body).await), ProblemCode::AttemptSpent);
        // The same answer fits no other question.
        let other = server.visitor().ask_passkey().await.unwrap();
        let replayed = PasskeySignIn { attempt: other.attempt.clone().unwrap(), credential: body.credential.clone() };
        assert_eq!(code(server.visitor().sign_in_with_passkey(&replayed).await), ProblemCode::SignInRefused);
        // A wrong answer uses the question up.
        let right = PasskeySignIn { attempt: other.attempt.unwrap(), credential: device.answer(&other.options) };
        assert_eq!(code(server.visitor().sign_in_with_passkey(&right).await), ProblemCode::AttemptSpent);
        // Five minutes.
        let late = server.visitor().ask_passkey().await.unwrap();
        app.clock.advance(TimeDelta::minutes(5));
        let late = PasskeySignIn { attempt: late.attempt.unwrap(), credential: device.answer(&late.options) };
        assert_eq!(code(server.visitor().sign_in_with_passkey(&late).await), ProblemCode::AttemptSpent);
        assert_eq!((app.rows("sessions").await, app.rows("challenges").await), (sessions, 1));
    }

    async fn a_device_that_lies_signs_nobody_in(app: TestApp) {
        app.owner().await;
        let server = named(&app);
        let owner = signed_in(&server, OWNER).await;
        // Not even set up.
        for (what, liar) in lies(&device()) {
            let new = owner.add_second_factor(&AddFactor::Passkey { label: what.into() }).await.unwrap();
            let proof = FactorProof::Passkey { credential: liar.register(new.options.as_ref().unwrap()) };
            assert_eq!(code(owner.confirm_second_factor(new.id, &proof).await), ProblemCode::CodeRefused, "{what}");
            let honest = device().register(&new.options.unwrap());
            let again = owner.confirm_second_factor(new.id, &FactorProof::Passkey { credential: honest }).await;
            assert_eq!(code(again), ProblemCode::CodeRefused, "{what}: the question was used up");
        }
        assert_eq!(owner.second_factors().await.unwrap().factors, []);
        app.clock.advance(TimeDelta::minutes(4));
        let device = with_passkey(&owner).await;
        let sessions = app.rows("sessions").await;
        for (what, liar) in lies(&device) {
            let asked = server.visitor().ask_passkey().await.unwrap();
            let body = PasskeySignIn { attempt: asked.attempt.unwrap(), credential: liar.answer(&asked.options) };
            assert_eq!(code(server.visitor().sign_in_with_passkey(&body).await), ProblemCode::SignInRefused, "{what}");
        }
        assert_eq!(app.rows("sessions").await, sessions);
    }

    async fn a_second_half_takes_the_right_passkey_once_and_in_time(app: TestApp) {
        app.owner().await;
        let server = named(&app);
        let device = with_passkey(&signed_in(&server, OWNER).await).await;
        app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let foreign = with_passkey(&signed_in(&server, "jan@example.com").await).await;
        let sessions = app.rows("sessions").await;
        let mut wrong = lies(&device);
        wrong.push(("another's", foreign));
        wrong.push(("unknown", Authenticator::new(ORIGIN, "localhost")));
        for pair in wrong.chunks(3) {
            let needed = first_half(&app, &server.visitor(), OWNER).await;
            let ask = Attempt { attempt: needed.attempt.clone() };
            for (what, liar) in pair {
                let asked = server.visitor().ask_sign_in_passkey(&ask).await.unwrap();
                let answer = complete(&server, &needed.attempt, liar.answer(&asked.options)).await;
                assert_eq!(answer, Err(Some(ProblemCode::CodeRefused)), "{what}");
            }
            // The question that was answered wrongly is gone (ASVS 6.7.2), the attempt is not.
            let asked = server.visitor().ask_sign_in_passkey(&ask).await.unwrap();
            assert_eq!(complete(&server, &needed.attempt, Value::Null).await, Err(Some(ProblemCode::CodeRefused)));
            let late = complete(&server, &needed.attempt, device.answer(&asked.options)).await;
            assert_eq!(late, Err(Some(ProblemCode::CodeRefused)));
        }
        assert_eq!(app.rows("sessions").await, sessions);
        // In time for the attempt, too late for the question.
        let needed = first_half(&app, &server.visitor(), OWNER).await;
        let ask = Attempt { attempt: needed.attempt.clone() };
        let asked = server.visitor().ask_sign_in_passkey(&ask).await.unwrap();
        app.clock.advance(TimeDelta::minutes(5));
        assert_eq!(complete(&server, &needed.attempt, device.answer(&asked.options)).await, Err(Some(ProblemCode::CodeRefused)));
        assert_eq!(app.rows("sessions").await, sessions);
        // However often others guessed: a passkey cannot be guessed.
        let asked = server.visitor().ask_sign_in_passkey(&ask).await.unwrap();
        let right = device.answer(&asked.options);
        complete(&server, &needed.attempt, right.clone()).await.unwrap();
        assert_eq!(complete(&server, &needed.attempt, right).await, Err(Some(ProblemCode::AttemptSpent)));
        assert_eq!(app.rows("sessions").await, sessions + 1);
    }

    async fn a_passkey_proves_again_in_its_own_account_alone(app: TestApp) {
        app.owner().await;
        let server = named(&app);
        let owner = signed_in(&server, OWNER).await;
        let device = with_passkey(&owner).await;
        app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let jan = signed_in(&server, "jan@example.com").await;
        let foreign = with_passkey(&jan).await;
        app.clock.advance(TimeDelta::minutes(6));
        let asked = owner.ask_step_up_passkey().await.unwrap();
        let proof = FactorProof::Passkey { credential: foreign.answer(&asked.options) };
        assert_eq!(code(owner.step_up(&proof).await), ProblemCode::CodeRefused);
        // An answer to the owner's question is none to Jan's.
        let (asked, _) = (owner.ask_step_up_passkey().await.unwrap(), jan.ask_step_up_passkey().await.unwrap());
        let proof = FactorProof::Passkey { credential: foreign.answer(&asked.options) };
        assert_eq!(code(jan.step_up(&proof).await), ProblemCode::CodeRefused);
        for api in [&owner, &jan] {
            assert_eq!(code(api.make_recovery_codes().await), ProblemCode::StepUpNeeded);
        }
        assert_eq!(app.rows("recovery_codes").await, 0);
        let asked = owner.ask_step_up_passkey().await.unwrap();
        owner.step_up(&FactorProof::Passkey { credential: device.answer(&asked.options) }).await.unwrap();
        owner.make_recovery_codes().await.unwrap();
    }
}
