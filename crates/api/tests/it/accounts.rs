//! The first owner, sessions, tokens, throttling.

use crate::code;
use chrono::TimeDelta;
use zgoda_api_types::{
    accounts::{Preferences, SetUp, SignIn, Theme},
    problem::ProblemCode,
};
use zgoda_app::{accounts, jobs};
use zgoda_domain::audit::{Action, RecordKind};
use zgoda_test_support::{PASSWORD, on_both_databases};

const ACCESS: &str = "__Host-zgoda-access";
const REFRESH: &str = "__Host-zgoda-refresh";

fn sign_in(email: &str, password: &str) -> SignIn {
    SignIn { email: email.into(), password: password.into() }
}

on_both_databases! {
    async fn the_printed_link_makes_exactly_one_owner(app: TestApp) {
        assert!(app.visitor().installation().await.unwrap().needs_owner);
        let token = accounts::new_setup_token(&app.ctx).await.unwrap().unwrap();
        let attempts = (0..12).map(|n| {
            let api = app.visitor();
            let body = SetUp { token: token.reveal().into(), email: format!("w{n}@example.com"), name: "W".into(), password: PASSWORD.into() };
            async move { api.set_up(&body).await.is_ok() }
        });
        let made = futures::future::join_all(attempts).await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 1);
        assert_eq!(app.rows("accounts").await, 1);
        assert!(accounts::new_setup_token(&app.ctx).await.unwrap().is_none());
    }

    async fn a_wrong_or_old_link_makes_nobody(app: TestApp) {
        let token = accounts::new_setup_token(&app.ctx).await.unwrap().unwrap();
        let body = |token: &str| SetUp { token: token.into(), email: "w@example.com".into(), name: "W".into(), password: PASSWORD.into() };
        assert_eq!(code(app.visitor().set_up(&body("guess")).await), ProblemCode::SignInRefused);
        app.clock.advance(TimeDelta::hours(25));
        assert_eq!(code(app.visitor().set_up(&body(token.reveal())).await), ProblemCode::SignInRefused);
        assert_eq!(app.rows("accounts").await, 0);
    }

    async fn a_refused_sign_in_never_says_which_part_was_wrong(app: TestApp) {
        app.owner().await;
        let wrong = crate::problem(app.visitor().sign_in(&sign_in("wlasciciel@example.com", "nie to hasło")).await);
        let unknown = crate::problem(app.visitor().sign_in(&sign_in("nikt@example.com", "nie to hasło")).await);
        assert_eq!(wrong, unknown);
        assert_eq!(wrong.code, ProblemCode::SignInRefused);
    }

    async fn guessing_is_slowed_down_and_others_can_still_sign_in(app: TestApp) {
        app.owner().await;
        let mut codes = Vec::new();
        for _ in 0..7 {
            codes.push(code(app.visitor().sign_in(&sign_in("ofiara@example.com", "zgaduję")).await));
        }
        assert_eq!(codes[..5], [ProblemCode::SignInRefused; 5]);
        assert_eq!(codes[5..], [ProblemCode::TooManyRequests; 2]);
        app.visitor().sign_in(&sign_in("wlasciciel@example.com", PASSWORD)).await.unwrap();
    }

    async fn signing_out_ends_the_session_at_once(app: TestApp) {
        let api = app.owner().await;
        let (access, refresh) = (api.cookie(ACCESS).unwrap(), api.cookie(REFRESH).unwrap());
        api.sign_out().await.unwrap();
        let thief = app.visitor();
        thief.set_cookie(ACCESS, &access);
        thief.set_cookie(REFRESH, &refresh);
        assert_eq!(code(thief.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(thief.refresh().await), ProblemCode::SignInNeeded);
    }

    async fn whoever_signs_in_anew_leaves_the_session_they_were_in(app: TestApp) {
        let api = app.owner().await;
        app.reader().await;
        let (access, refresh) = (api.cookie(ACCESS).unwrap(), api.cookie(REFRESH).unwrap());
        api.sign_in(&sign_in("czytelnik@example.com", PASSWORD)).await.unwrap();
        let planted = app.visitor();
        planted.set_cookie(ACCESS, &access);
        planted.set_cookie(REFRESH, &refresh);
        assert_eq!(code(planted.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(planted.refresh().await), ProblemCode::SignInNeeded);
        assert_eq!(api.me().await.unwrap().email, "czytelnik@example.com");
        // A refused sign-in ends nothing.
        let before = api.cookie(ACCESS).unwrap();
        assert_eq!(code(api.sign_in(&sign_in("czytelnik@example.com", "nie to hasło")).await), ProblemCode::SignInRefused);
        assert_eq!(api.cookie(ACCESS).unwrap(), before);
        api.me().await.unwrap();
    }

    async fn sessions_are_forgotten_a_week_after_they_expired(app: TestApp) {
        let owner = app.owner().await;
        owner.refresh().await.unwrap();
        assert_eq!((app.rows("sessions").await, app.rows("refresh_tokens").await), (1, 2));
        app.clock.advance(TimeDelta::days(7) + TimeDelta::hours(12));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("sessions").await, app.rows("refresh_tokens").await), (1, 2));
        app.owner().await;
        app.clock.advance(TimeDelta::seconds(1));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("sessions").await, app.rows("refresh_tokens").await), (1, 1));
    }

    async fn a_session_can_be_ended_from_another_one(app: TestApp) {
        let here = app.owner().await;
        let there = app.owner().await;
        let sessions = here.sessions().await.unwrap();
        assert_eq!(sessions.len(), 2);
        let other = sessions.iter().find(|session| !session.current).unwrap();
        here.revoke_session(other.id).await.unwrap();
        assert_eq!(code(there.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(here.revoke_session(other.id).await), ProblemCode::NotFound);
        here.me().await.unwrap();
    }

    async fn an_expired_access_token_is_renewed_by_itself(app: TestApp) {
        let api = app.owner().await;
        let before = api.cookie(ACCESS).unwrap();
        app.clock.advance(TimeDelta::minutes(11));
        api.me().await.unwrap();
        assert_ne!(api.cookie(ACCESS).unwrap(), before);
        let stale = app.visitor();
        stale.set_cookie(ACCESS, &before);
        assert_eq!(code(stale.me().await), ProblemCode::SignInNeeded);
    }

    async fn a_session_ends_after_half_a_day_however_busy(app: TestApp) {
        let api = app.owner().await;
        for _ in 0..71 {
            app.clock.advance(TimeDelta::minutes(10));
            api.sessions().await.unwrap();
        }
        app.clock.advance(TimeDelta::minutes(11));
        assert_eq!(code(api.sessions().await), ProblemCode::SignInNeeded);
    }

    async fn a_lost_answer_to_a_refresh_is_given_again(app: TestApp) {
        let api = app.owner().await;
        let first = api.cookie(REFRESH).unwrap();
        api.refresh().await.unwrap();
        let second = api.cookie(REFRESH).unwrap();
        // Within half a minute the very same pair comes back: two tabs, or an answer that never arrived.
        let tab = app.visitor();
        tab.set_cookie(REFRESH, &first);
        tab.refresh().await.unwrap();
        assert_eq!(tab.cookie(REFRESH).unwrap(), second);
        // Much later, if nobody ever used the pair, it dies and another takes its place.
        app.clock.advance(TimeDelta::minutes(12));
        tab.set_cookie(REFRESH, &first);
        tab.refresh().await.unwrap();
        assert_ne!(tab.cookie(REFRESH).unwrap(), second);
        let late = app.visitor();
        late.set_cookie(REFRESH, &second);
        assert_eq!(code(late.refresh().await), ProblemCode::SignInNeeded);
        tab.me().await.unwrap();
    }

    async fn a_stolen_refresh_token_ends_the_session_for_both(app: TestApp) {
        let api = app.owner().await;
        let stolen = api.cookie(REFRESH).unwrap();
        api.refresh().await.unwrap();
        api.me().await.unwrap();
        app.clock.advance(TimeDelta::minutes(2));
        let thief = app.visitor();
        thief.set_cookie(REFRESH, &stolen);
        assert_eq!(code(thief.refresh().await), ProblemCode::SignInNeeded);
        assert_eq!(code(api.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(api.refresh().await), ProblemCode::SignInNeeded);
        // It is written down once, and the person is told once.
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].to.as_str(), letters[0].subject.as_str()), ("wlasciciel@example.com", "Sesja w systemie Zgoda została zakończona"));
        assert!(letters[0].text.contains("15 stycznia 2026, 11:02") && letters[0].text.contains("127.0.0.1"));
        let log = app.owner().await.audit_events(None).await.unwrap().items;
        let found: Vec<_> = log.iter().filter(|entry| entry.action == Action::TokenReuseDetected).collect();
        assert_eq!((found.len(), found[0].record, found[0].actor_kind.as_str()), (1, RecordKind::Session, "account"));
    }

    async fn parallel_requests_with_an_expired_token_never_sign_anyone_out(app: TestApp) {
        let api = app.owner().await;
        app.clock.advance(TimeDelta::minutes(11));
        let calls = (0..8).map(|_| { let api = api.clone(); async move { api.me().await } });
        for result in futures::future::join_all(calls).await {
            result.unwrap();
        }
    }

    async fn forged_tokens_are_refused(app: TestApp) {
        let api = app.owner().await;
        let good = api.cookie(ACCESS).unwrap();
        let (head, tail) = good.split_at(good.len() - 6);
        for forged in [format!("{head}AAAAAA"), "x.y.z".to_owned(), format!("{good}{tail}")] {
            let thief = app.visitor();
            thief.set_cookie(ACCESS, &forged);
            assert_eq!(code(thief.me().await), ProblemCode::SignInNeeded);
        }
        let refresh = api.cookie(REFRESH).unwrap();
        let thief = app.visitor();
        thief.set_cookie(REFRESH, &format!("{}AAAA", &refresh[..refresh.len() - 4]));
        assert_eq!(code(thief.refresh().await), ProblemCode::SignInNeeded);
    }

    async fn preferences_are_kept_for_the_account(app: TestApp) {
        let api = app.owner().await;
        let wanted = Preferences { theme: Some(Theme::Dark), ..Preferences::default() };
        api.save_preferences(&wanted).await.unwrap();
        assert_eq!(app.owner().await.me().await.unwrap().preferences, wanted);
    }

    async fn the_break_glass_resets_the_password_and_ends_sessions(app: TestApp) {
        let api = app.owner().await;
        let new = zgoda_domain::account::NewAccount::parse("wlasciciel@example.com", "Wanda", "zupełnie inne hasło").unwrap();
        accounts::create_owner(&app.ctx, new).await.unwrap();
        assert_eq!(code(api.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(app.visitor().sign_in(&sign_in("wlasciciel@example.com", PASSWORD)).await), ProblemCode::SignInRefused);
        app.visitor().sign_in(&sign_in("wlasciciel@example.com", "zupełnie inne hasło")).await.unwrap();
        assert_eq!(app.rows("accounts").await, 1);
    }
}
