//! Unlocking a session with a passkey.

use crate::code;
use chrono::TimeDelta;
use serde_json::{Value, json};
use zgoda_api_types::{
    accounts::{SignIn, Unlock, UnlockWays},
    problem::ProblemCode,
    second_factors::{AddFactor, FactorProof, PasskeyAnswer, PasskeySignIn},
};
use zgoda_client::Api;
use zgoda_domain::{access::role::RoleTemplate, audit::Action};
use zgoda_test_support::{Authenticator, PASSWORD, TestApp, on_both_databases};

const SONIA: &str = "sonia@example.com";

/// The owner, and Sonia with a passkey, at an address with a name.
async fn sonia(app: &TestApp) -> (Api, Authenticator) {
    app.owner().await;
    app.member("Sonia", RoleTemplate::Salesperson.id()).await;
    let base = app.with_a_name();
    let (api, key) = (Api::new(&base), Authenticator::new(&base, "localhost"));
    api.sign_in(&SignIn { email: SONIA.into(), password: PASSWORD.into() }).await.unwrap();
    assert_eq!(api.unlock_ways().await.unwrap(), UnlockWays { passkey: false });
    let new = api.add_second_factor(&AddFactor::Passkey { label: "Laptop".into() }).await.unwrap();
    let credential = key.register(&new.options.unwrap());
    api.confirm_second_factor(new.id, &FactorProof::Passkey { credential }).await.unwrap();
    (api, key)
}

/// Sonia in another browser.
async fn elsewhere(api: &Api, key: &Authenticator) -> Api {
    let other = api.anonymous();
    let question = other.ask_passkey().await.unwrap();
    let body = PasskeySignIn { attempt: question.attempt.unwrap(), credential: key.answer(&question.options) };
    other.sign_in_with_passkey(&body).await.unwrap();
    other
}

async fn ask(api: &Api) -> Value {
    api.ask_unlock_passkey().await.unwrap().options
}

fn answer(credential: Value) -> PasskeyAnswer {
    PasskeyAnswer { credential }
}

async fn log(app: &TestApp) -> Vec<Action> {
    app.owner().await.audit_events(None).await.unwrap().items.into_iter().map(|entry| entry.action).collect()
}

fn count(log: &[Action], action: Action) -> usize {
    log.iter().filter(|known| **known == action).count()
}

on_both_databases! {
    async fn a_passkey_unlocks_the_session_that_asked_and_no_question_is_answered_twice(app: TestApp) {
        let (sonia, key) = sonia(&app).await;
        let other = elsewhere(&sonia, &key).await;
        // Nothing to unlock yet.
        assert_eq!(code(sonia.ask_unlock_passkey().await), ProblemCode::WrongState);
        app.clock.advance(TimeDelta::minutes(15));
        assert_eq!(code(sonia.sessions().await), ProblemCode::SessionLocked);
        assert_eq!(code(other.sessions().await), ProblemCode::SessionLocked);
        assert_eq!(sonia.unlock_ways().await.unwrap(), UnlockWays { passkey: true });
        // What was asked in one session opens no other, and not even the asking one once it was shown there.
        let question = ask(&sonia).await;
        assert_eq!(code(other.unlock_with_passkey(&answer(key.answer(&question))).await), ProblemCode::AttemptSpent);
        ask(&other).await;
        assert_eq!(code(other.unlock_with_passkey(&answer(key.answer(&question))).await), ProblemCode::CodeRefused);
        assert_eq!(code(other.sessions().await), ProblemCode::SessionLocked);
        // A newer question takes the place of the former.
        let newer = ask(&sonia).await;
        assert_eq!(code(sonia.unlock_with_passkey(&answer(key.answer(&question))).await), ProblemCode::CodeRefused);
        // A wrong answer has used the question up, also for the right one.
        assert_eq!(code(sonia.unlock_with_passkey(&answer(key.answer(&newer))).await), ProblemCode::AttemptSpent);
        assert_eq!(code(sonia.sessions().await), ProblemCode::SessionLocked);
        let right = answer(key.answer(&ask(&sonia).await));
        sonia.unlock_with_passkey(&right).await.unwrap();
        sonia.sessions().await.unwrap();
        // The other session has its own lock.
        assert_eq!(code(other.sessions().await), ProblemCode::SessionLocked);
        // Locked again: the same answer is worth nothing.
        sonia.lock().await.unwrap();
        assert_eq!(code(sonia.unlock_with_passkey(&right).await), ProblemCode::AttemptSpent);
        ask(&sonia).await;
        assert_eq!(code(sonia.unlock_with_passkey(&right).await), ProblemCode::CodeRefused);
        assert_eq!(code(sonia.sessions().await), ProblemCode::SessionLocked);
        let log = log(&app).await;
        assert_eq!((count(&log, Action::SessionUnlocked), count(&log, Action::UnlockRefused)), (1, 3));
    }

    async fn wrong_answers_are_counted_until_only_the_password_is_left(app: TestApp) {
        let (sonia, key) = sonia(&app).await;
        let stranger = Authenticator::new(sonia.base(), "localhost");
        sonia.lock().await.unwrap();
        for credential in [Value::Null, json!({}), json!("x")] {
            ask(&sonia).await;
            assert_eq!(code(sonia.unlock_with_passkey(&answer(credential)).await), ProblemCode::CodeRefused);
        }
        for _ in 0..2 {
            let question = ask(&sonia).await;
            let refused = sonia.unlock_with_passkey(&answer(stranger.answer(&question))).await;
            assert_eq!(code(refused), ProblemCode::CodeRefused);
        }
        assert_eq!(code(sonia.ask_unlock_passkey().await), ProblemCode::AttemptSpent);
        assert_eq!(code(sonia.sessions().await), ProblemCode::SessionLocked);
        assert_eq!(count(&log(&app).await, Action::UnlockRefused), 5);
        // The password still unlocks; and in ten minutes the passkey does, too.
        sonia.unlock(&Unlock { password: PASSWORD.into() }).await.unwrap();
        sonia.lock().await.unwrap();
        assert_eq!(code(sonia.ask_unlock_passkey().await), ProblemCode::AttemptSpent);
        app.clock.advance(TimeDelta::minutes(10));
        let question = ask(&sonia).await;
        sonia.unlock_with_passkey(&answer(key.answer(&question))).await.unwrap();
        sonia.sessions().await.unwrap();
    }

    async fn a_question_grows_old_and_another_persons_passkey_does_not_fit(app: TestApp) {
        let (sonia, key) = sonia(&app).await;
        let (owner, hers) = (Api::new(sonia.base()), Authenticator::new(sonia.base(), "localhost"));
        owner.sign_in(&SignIn { email: "wlasciciel@example.com".into(), password: PASSWORD.into() }).await.unwrap();
        let new = owner.add_second_factor(&AddFactor::Passkey { label: "Telefon".into() }).await.unwrap();
        let credential = hers.register(&new.options.unwrap());
        owner.confirm_second_factor(new.id, &FactorProof::Passkey { credential }).await.unwrap();
        sonia.lock().await.unwrap();
        let question = ask(&sonia).await;
        let refused = sonia.unlock_with_passkey(&answer(hers.answer(&question))).await;
        assert_eq!(code(refused), ProblemCode::CodeRefused);
        let question = ask(&sonia).await;
        app.clock.advance(TimeDelta::minutes(10));
        let late = sonia.unlock_with_passkey(&answer(key.answer(&question))).await;
        assert_eq!(code(late), ProblemCode::AttemptSpent);
        assert_eq!(code(sonia.sessions().await), ProblemCode::SessionLocked);
        // Whoever is not signed in is not even asked; and where hosts have no name there are no passkeys.
        assert_eq!(code(sonia.anonymous().ask_unlock_passkey().await), ProblemCode::SignInNeeded);
        let nameless = app.visitor();
        nameless.set_cookie("__Host-zgoda-access", &sonia.cookie("__Host-zgoda-access").unwrap());
        assert_eq!(nameless.unlock_ways().await.unwrap(), UnlockWays { passkey: false });
        assert_eq!(code(nameless.ask_unlock_passkey().await), ProblemCode::WrongState);
        nameless.unlock(&Unlock { password: PASSWORD.into() }).await.unwrap();
    }
}
