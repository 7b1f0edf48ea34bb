//! What keeps programs out of public forms: proofs, the decoy, time, limits, keys, and what becomes of spam.

use crate::{code, complaint};
use chrono::TimeDelta;
use reqwest::Client;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::SearchClients,
    forms::{CreateForm, Submit},
    problem::ProblemCode,
};
use zgoda_app::{
    Clock,
    gate::{
        BUSY_PER_MINUTE, CROWDED_PER_MINUTE, GateSettings, PER_ADDRESS_HOUR, QUIET_DIFFICULTY,
        UNPROVEN_PER_NETWORK_HOUR, UNPROVEN_PER_NETWORK_MINUTE,
    },
    jobs,
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{Right, Scope, role::RoleDefinition},
    audit::Action,
    consent::{ConsentStatus, Language},
    form::{Mapping, Reply},
    form_templates::FormTemplate,
    id::{FormId, SubmissionId},
    submission::{SubmissionStatus, Suspicion},
};
use zgoda_test_support::{Backend, TestApp, TestForm, TestServer, on_both_databases};
use zgoda_vault::{Challenge, ChallengePlace};

const SITE: &str = "https://www.example.com";

/// A server on the same database with these settings; an operator's own if none are given.
fn guarded(app: &TestApp, settings: GateSettings) -> TestServer {
    app.serve(app.ctx.clone().with_gate(settings), "127.0.0.1:0", &[])
}

/// Easy questions, so that the tests are quick; signed as the server signs.
fn question(app: &TestApp, difficulty: u32) -> Challenge {
    let nonce = app.ctx.vault.entropy.bytes();
    Challenge { nonce, issued_at: app.clock.now().timestamp_millis(), difficulty }
}

fn place<'a>(form: &TestForm, page: &'a str) -> ChallengePlace<'a> {
    ChallengePlace { form: form.id.as_uuid(), version: form.public.form_version.as_uuid(), page }
}

/// The proof of having answered a question on a page.
fn proof(app: &TestApp, challenge: &Challenge, place: ChallengePlace<'_>) -> String {
    let token = app.ctx.vault.master.challenge_key().sign(challenge, place);
    let numbers = challenge.solve();
    std::iter::once(token).chain(numbers.iter().map(u32::to_string)).collect::<Vec<_>>().join(".")
}

fn proven(app: &TestApp, form: &TestForm, pairs: &[(&str, &str)]) -> Submit {
    Submit { proof: Some(proof(app, &question(app, 16), place(form, SITE))), ..form.answers(pairs) }
}

async fn strict_form(app: &TestApp, owner: &Api) -> TestForm {
    let mut form = app.published_form(owner, SITE).await;
    form.definition.strict = true;
    app.publish(owner, form.id, &form.definition).await;
    form.public = app.visitor().public_form(&form.public_id).await.unwrap();
    form
}

/// The same form once more.
async fn another(app: &TestApp, owner: &Api, form: &TestForm) -> TestForm {
    let create = CreateForm { name: "Drugi".into(), template: FormTemplate::Empty, language: Language::Pl };
    let id = FormId::from_uuid(owner.create_form(&create, None).await.unwrap().id);
    let definition = form.definition.clone();
    let public_id = app.publish(owner, id, &definition).await;
    let public = app.visitor().public_form(&public_id).await.unwrap();
    TestForm { id, public_id, public, definition, purpose_id: form.purpose_id, origin: SITE.into() }
}

async fn counts(app: &TestApp) -> (i64, i64, i64, i64) {
    (
        app.rows("submissions").await,
        app.rows("clients").await,
        app.rows("consent_events").await,
        app.rows("spent_proofs").await,
    )
}

on_both_databases! {
    async fn a_challenge_says_what_is_to_be_done_and_its_answer_counts_once(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        assert!(form.public.proof_required);
        let visitor = app.visitor();
        let challenge = visitor.form_challenge(&form.public_id, Some(SITE)).await.unwrap();
        assert_eq!((challenge.parts, challenge.difficulty, challenge.min_seconds), (8, QUIET_DIFFICULTY, 0));
        assert_eq!(challenge.expires_at, app.clock.now() + TimeDelta::minutes(10));
        assert_ne!(challenge, visitor.form_challenge(&form.public_id, Some(SITE)).await.unwrap());
        assert_eq!(code(visitor.form_challenge(&form.public_id, Some("https://evil.example")).await), ProblemCode::ForeignOrigin);

        let sent = proven(&app, &form, &[("email", "ewa@example.com")]);
        // What is refused for its answers has not used the proof up.
        let wrong = Submit { answers: BTreeMap::new(), ..sent.clone() };
        assert_eq!(complaint(visitor.submit(&form.public_id, &wrong, None, Some(SITE)).await).1, Rule::Required);
        visitor.submit(&form.public_id, &sent, None, Some(SITE)).await.unwrap();
        let after = counts(&app).await;
        assert_eq!(after, (1, 1, 0, 1));
        assert_eq!(code(visitor.submit(&form.public_id, &sent, None, Some(SITE)).await), ProblemCode::ProofRefused);
        let other = Submit { answers: form.answers(&[("email", "jan@example.com")]).answers, ..sent.clone() };
        assert_eq!(code(visitor.submit(&form.public_id, &other, Some("k"), Some(SITE)).await), ProblemCode::ProofRefused);
        assert_eq!(counts(&app).await, after);

        // Its trace goes once the proof would be too old anyway.
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("spent_proofs").await, 1);
        app.clock.advance(TimeDelta::minutes(11));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("spent_proofs").await, 0);
        assert_eq!(code(visitor.submit(&form.public_id, &sent, None, Some(SITE)).await), ProblemCode::ProofRefused);
    }

    async fn a_lost_answer_is_given_again_although_the_proof_is_used(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        let sent = proven(&app, &form, &[("email", "ewa@example.com")]);
        let first = app.visitor().submit(&form.public_id, &sent, Some("k"), Some(SITE)).await.unwrap();
        app.clock.advance(TimeDelta::minutes(20));
        assert_eq!(app.visitor().submit(&form.public_id, &sent, Some("k"), Some(SITE)).await.unwrap(), first);
        assert_eq!(app.rows("submissions").await, 1);
    }

    async fn of_many_with_one_proof_one_is_received(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        let proof = proven(&app, &form, &[]).proof;
        let calls = (0..6).map(|n| {
            let (visitor, id) = (app.visitor(), form.public_id.clone());
            let sent = Submit { proof: proof.clone(), ..form.answers(&[("email", &format!("gosc{n}@example.com"))]) };
            async move { visitor.submit(&id, &sent, None, Some(SITE)).await }
        });
        let answers = futures::future::join_all(calls).await;
        let (kept, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(kept.len(), 1);
        for answer in refused {
            assert_eq!(code(answer), ProblemCode::ProofRefused);
        }
        assert_eq!(counts(&app).await, (1, 1, 0, 1));
    }

    async fn a_proof_that_is_not_of_this_place_and_time_is_worth_nothing(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        let other = another(&app, &owner, &form).await;
        let answers = form.answers(&[("email", "ewa@example.com")]);
        let challenge = question(&app, 16);
        let good = proof(&app, &challenge, place(&form, SITE));
        let (token, numbers) = good.split_once('.').unwrap();
        let stale = Challenge { issued_at: challenge.issued_at - 10 * 60_000, ..challenge.clone() };
        let hard = Challenge { difficulty: u32::MAX, ..challenge.clone() };
        let foreign_key = zgoda_vault::MasterKey::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        let forged = foreign_key.challenge_key().sign(&challenge, place(&form, SITE));
        let bad = [
            ("forged", format!("{forged}.{numbers}")),
            ("another form's", proof(&app, &challenge, place(&other, SITE))),
            ("another page's", proof(&app, &challenge, place(&form, "https://www.example.org"))),
            ("the hosted page's", proof(&app, &challenge, place(&form, &app.base))),
            ("too old", proof(&app, &stale, place(&form, SITE))),
            ("not solved", format!("{}.{numbers}", app.ctx.vault.master.challenge_key().sign(&hard, place(&form, SITE)))),
            ("cut", format!("{token}.{}", numbers.split_once('.').unwrap().1)),
            ("longer", format!("{good}.1")),
            ("no numbers", format!("{token}.x.y")),
            ("nonsense", "abc".to_owned()),
            ("nothing", String::new()),
            ("endless", ".1".repeat(50_000)),
        ];
        for (what, proof) in bad {
            let sent = Submit { proof: Some(proof), ..answers.clone() };
            let refused = code(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await);
            assert_eq!(refused, ProblemCode::ProofRefused, "{what}");
        }
        // The token alone says when it was issued, and proves no work.
        for proof in [None, Some(token.to_owned())] {
            let sent = Submit { proof, ..answers.clone() };
            assert_eq!(code(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await), ProblemCode::ProofRequired);
        }
        assert_eq!(counts(&app).await, (0, 0, 0, 0));
        app.visitor().submit(&form.public_id, &Submit { proof: Some(good), ..answers }, None, Some(SITE)).await.unwrap();
        assert_eq!(counts(&app).await, (1, 1, 0, 1));
    }

    async fn the_decoy_and_haste_make_spam_and_the_answer_is_the_same(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let decoy = form.public.decoy.as_str();
        let server = guarded(&app, GateSettings { counts_senders: false, ..GateSettings::default() });
        let visitor = server.visitor();
        let send = async |body: Submit| visitor.submit(&form.public_id, &body, None, Some(SITE)).await.unwrap();

        let quick = send(proven(&app, &form, &[("email", "szybki@example.com"), ("newsletter", "true")])).await;
        let mut slow = proven(&app, &form, &[("email", "pulapka@example.com"), ("newsletter", "true"), (decoy, "https://spam.example")]);
        app.clock.advance(TimeDelta::seconds(2));
        let caught = send(slow.clone()).await;
        // Without work it is no better, and an empty decoy is what people send.
        let token = proof(&app, &question(&app, 16), place(&form, SITE)).split('.').next().unwrap().to_owned();
        let hasty = send(Submit { proof: Some(token), ..form.answers(&[("email", "hasty@example.com")]) }).await;
        assert_eq!(counts(&app).await, (3, 0, 0, 2));
        slow = proven(&app, &form, &[("email", "ewa@example.com"), ("newsletter", "true"), (decoy, " ")]);
        app.clock.advance(TimeDelta::seconds(2));
        let kept = send(slow).await;
        assert_eq!(counts(&app).await, (4, 1, 1, 3));
        let said = |receipt: &zgoda_api_types::forms::Submitted| (receipt.thank_you.clone(), receipt.redirect_url.clone());
        assert!([&quick, &caught, &hasty].iter().all(|receipt| said(receipt) == said(&kept)));

        // Kept apart, with the reason.
        let listed = owner.submissions(None, None).await.unwrap().items;
        assert_eq!(listed.iter().map(|row| row.id.as_uuid()).collect::<Vec<_>>(), [kept.id]);
        let spam = owner.spam(None, None).await.unwrap().items;
        let mut reasons: Vec<_> = spam.iter().map(|row| (row.id.as_uuid(), row.status, row.suspicion)).collect();
        let mut expected = [
            (hasty.id, SubmissionStatus::Spam, Some(Suspicion::TooQuick)),
            (caught.id, SubmissionStatus::Spam, Some(Suspicion::Decoy)),
            (quick.id, SubmissionStatus::Spam, Some(Suspicion::TooQuick)),
        ];
        reasons.sort_unstable();
        expected.sort_unstable();
        assert_eq!(reasons, expected);
        assert_eq!(owner.forms().await.unwrap()[0].submissions, 1, "spam is not counted");
        assert_eq!(app.letters().await.len(), 0);
        // The decoy is no answer.
        let opened = owner.submission(SubmissionId::from_uuid(caught.id)).await.unwrap();
        assert!(opened.answers.iter().all(|answer| answer.key != decoy));
        server.stop().await;
    }

    async fn staff_release_spam_or_delete_it_and_time_deletes_the_rest(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let decoy = form.public.decoy.as_str();
        let send = async |email: &str| {
            let sent = form.answers(&[("email", email), ("city", "Łódź"), ("newsletter", "true"), (decoy, "x")]);
            SubmissionId::from_uuid(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await.unwrap().id)
        };
        let (new, again, gone, left) = (
            send("ewa@example.com").await, send("ewa@example.com").await, send("zbedny@example.com").await, send("dawny@example.com").await,
        );
        assert_eq!(code(owner.accept_submission(new).await), ProblemCode::WrongState);
        assert_eq!(code(owner.dismiss_submission(new).await), ProblemCode::WrongState);

        // A new address makes a card with what was ticked, as of then; the same one again waits for review.
        let received = app.clock.now();
        app.clock.advance(TimeDelta::days(1));
        let owner = app.owner().await;
        owner.release_submission(new).await.unwrap();
        let card = owner.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        let card = owner.client(card).await.unwrap().value;
        assert_eq!((card.details.email.as_deref(), card.consents[0].status), (Some("ewa@example.com"), ConsentStatus::Given));
        assert_eq!(card.consents[0].events[0].occurred_at, received);
        let released = owner.submission(new).await.unwrap().summary;
        assert_eq!((released.status, released.client_id, released.suspicion), (SubmissionStatus::Accepted, Some(card.id), None));
        owner.release_submission(again).await.unwrap();
        assert_eq!(owner.submission(again).await.unwrap().summary.status, SubmissionStatus::Review);
        owner.accept_submission(again).await.unwrap();
        assert_eq!(app.rows("clients").await, 1);

        // Nothing but spam is deleted.
        for id in [new, again] {
            assert_eq!(code(owner.release_submission(id).await), ProblemCode::WrongState);
            assert_eq!(code(owner.delete_submission(id).await), ProblemCode::WrongState);
        }
        owner.delete_submission(gone).await.unwrap();
        assert_eq!(code(owner.submission(gone).await), ProblemCode::NotFound);
        assert_eq!(code(owner.delete_submission(gone).await), ProblemCode::NotFound);
        let log = owner.audit_events(None).await.unwrap().items;
        assert!(log.iter().any(|entry| entry.action == Action::SubmissionDeleted && entry.record_id == Some(gone.as_uuid())));
        app.clock.advance(TimeDelta::days(28));
        jobs::tidy(&app.ctx).await.unwrap();
        app.owner().await.submission(left).await.unwrap();
        app.clock.advance(TimeDelta::days(2));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("submissions").await, 2);
    }

    async fn released_spam_of_a_form_that_confirms_waits_for_the_click(app: TestApp) {
        let owner = app.owner().await;
        let mut form = app.published_form(&owner, SITE).await;
        form.definition.confirm_first = true;
        app.publish(&owner, form.id, &form.definition).await;
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let sent = form.answers(&[("email", "ewa@example.com"), ("newsletter", "true"), (form.public.decoy.as_str(), "x")]);
        let id = SubmissionId::from_uuid(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await.unwrap().id);
        assert!(app.letters().await.is_empty());
        owner.release_submission(id).await.unwrap();
        assert_eq!((app.rows("clients").await, app.rows("submissions").await, app.rows("consent_events").await), (0, 0, 0));
        assert_eq!((app.rows("pending_signups").await, app.letters().await.len()), (1, 1));
    }

    async fn spam_is_for_those_who_reach_everybody(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let sent = form.answers(&[("email", "ewa@example.com"), (form.public.decoy.as_str(), "x")]);
        let id = SubmissionId::from_uuid(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await.unwrap().id);
        let own = [(Right::ViewClients, Scope::Own), (Right::ViewSubmissions, Scope::All), (Right::DecideSubmissions, Scope::All)];
        let role = RoleDefinition { rights: own.into(), ..RoleDefinition::default() };
        let sonia = app.member("Sonia", app.role(&owner, "własni", role).await).await;
        assert_eq!(sonia.spam(None, None).await.unwrap().items, []);
        assert_eq!(code(sonia.release_submission(id).await), ProblemCode::NotAllowed);
        let decides = [(Right::ViewClients, Scope::All), (Right::ViewSubmissions, Scope::All), (Right::DecideSubmissions, Scope::All)];
        let role = RoleDefinition { rights: decides.into(), ..RoleDefinition::default() };
        let adam = app.member("Adam", app.role(&owner, "bez zmian", role).await).await;
        assert_eq!(code(adam.release_submission(id).await), ProblemCode::NotAllowed);
        let own = own.into_iter().chain([(Right::EditClients, Scope::Own)]);
        let role = RoleDefinition { rights: own.collect(), ..RoleDefinition::default() };
        let sonia = app.member("Olga", app.role(&owner, "własni ze zmianą", role).await).await;
        assert_eq!(code(sonia.release_submission(id).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.delete_submission(id).await), ProblemCode::NotFound);
        assert_eq!(owner.submission(id).await.unwrap().summary.status, SubmissionStatus::Spam);
    }

    async fn without_a_proof_the_limits_are_tight(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let server = guarded(&app, GateSettings::default());
        let mut sent = 0;
        let mut send = async |proof: Option<String>| {
            sent += 1;
            let body = Submit { proof, ..form.answers(&[("email", &format!("gosc{sent}@example.com"))]) };
            server.visitor().submit(&form.public_id, &body, None, Some(SITE)).await.map(|_| ())
        };
        for _ in 0..UNPROVEN_PER_NETWORK_MINUTE {
            send(None).await.unwrap();
        }
        assert_eq!(code(send(None).await), ProblemCode::TooManyRequests);
        // Who proves the work waits for nobody.
        let work = proof(&app, &question(&app, 16), place(&form, SITE));
        app.clock.advance(TimeDelta::seconds(3));
        send(Some(work)).await.unwrap();
        // One more in its time, and no more than so many in an hour.
        let mut kept = UNPROVEN_PER_NETWORK_MINUTE;
        for _ in 0..100 {
            app.clock.advance(TimeDelta::seconds(20));
            kept += u32::from(send(None).await.is_ok());
        }
        let hour = UNPROVEN_PER_NETWORK_HOUR;
        // 34 minutes have passed: so much of the hour's share was worked off.
        assert!((hour..=hour + hour * 34 / 60 + 1).contains(&kept), "{kept}");
        assert_eq!(app.rows("submissions").await, i64::from(kept) + 1);
        server.stop().await;
    }

    async fn an_address_is_named_ten_times_an_hour(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let other = another(&app, &owner, &form).await;
        let server = guarded(&app, GateSettings { min_seconds: 0, ..GateSettings::default() });
        let send = async |form: &TestForm, email: &str| {
            server.visitor().submit(&form.public_id, &proven(&app, form, &[("email", email)]), None, Some(SITE)).await
        };
        for n in 0..PER_ADDRESS_HOUR {
            // Whatever the form, and however the mailbox is spelled.
            let form = if n % 2 == 0 { &form } else { &other };
            let email = ["ofiara@example.com".to_owned(), "Ofiara@EXAMPLE.com".to_owned(), format!("ofiara+{n}@example.com"), "\"ofiara\"@example.com".to_owned()];
            send(form, &email[n as usize % email.len()]).await.unwrap();
        }
        assert_eq!(code(send(&form, "ofiara@example.com").await), ProblemCode::TooManyRequests);
        assert_eq!(code(send(&form, "ofiara+znowu@example.com").await), ProblemCode::TooManyRequests);
        assert_eq!(app.rows("submissions").await, i64::from(PER_ADDRESS_HOUR));
        send(&form, "inna@example.com").await.unwrap();
        app.clock.advance(TimeDelta::minutes(6));
        send(&form, "ofiara@example.com").await.unwrap();
        server.stop().await;
    }

    async fn a_form_has_its_limit_and_a_crowd_makes_its_challenges_harder(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let key = owner.create_api_key(&crate::api_keys::key(&app, &[(Right::ViewClients, Scope::All), (Right::CreateClients, Scope::All)], &[])).await.unwrap();
        let server = guarded(&app, GateSettings { min_seconds: 0, per_form_minute: 5, counts_senders: false });
        for n in 0..5 {
            server.visitor().submit(&form.public_id, &form.answers(&[("email", &format!("gosc{n}@example.com"))]), None, Some(SITE)).await.unwrap();
        }
        let more = form.answers(&[("email", "gosc6@example.com")]);
        assert_eq!(code(server.visitor().submit(&form.public_id, &more, None, Some(SITE)).await), ProblemCode::TooManyRequests);
        // The company's own program too.
        assert_eq!(code(Api::with_key(&server.base, &key.key).submit(&form.public_id, &more, None, Some(&app.base)).await), ProblemCode::TooManyRequests);
        assert_eq!(app.rows("submissions").await, 5);
        server.stop().await;

        let crowd = guarded(&app, GateSettings { min_seconds: 0, per_form_minute: 0, counts_senders: false });
        let difficulty = async || crowd.visitor().form_challenge(&form.public_id, Some(SITE)).await.unwrap().difficulty;
        let come = async |count: u32| {
            let calls = (0..count).map(|n| {
                let (visitor, body) = (crowd.visitor(), form.answers(&[("email", &format!("tlum{n}@example.com"))]));
                let id = form.public_id.clone();
                async move { visitor.submit(&id, &body, None, Some(SITE)).await.unwrap() }
            });
            futures::future::join_all(calls).await;
        };
        assert_eq!(difficulty().await, QUIET_DIFFICULTY);
        come(BUSY_PER_MINUTE).await;
        assert_eq!(difficulty().await, QUIET_DIFFICULTY * 4);
        come(CROWDED_PER_MINUTE - BUSY_PER_MINUTE).await;
        assert_eq!(difficulty().await, QUIET_DIFFICULTY * 16);
        app.clock.advance(TimeDelta::minutes(4));
        assert_eq!(difficulty().await, QUIET_DIFFICULTY);
        crowd.stop().await;
    }

    async fn a_program_with_a_key_that_may_make_clients_proves_nothing(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        let url = format!("{}/api/v1/public/forms/{}/submissions", app.base, form.public_id);
        let send = async |authorization: &str, page: Option<&str>, email: &str| {
            let mut request = Client::new().post(&url).header("Authorization", authorization).json(&form.answers(&[("email", email)]));
            if let Some(page) = page {
                request = request.header("Origin", page);
            }
            request.send().await.unwrap().status().as_u16()
        };
        let cut = async |rights: &[(Right, Scope)]| {
            let made = owner.create_api_key(&crate::api_keys::key(&app, rights, &[])).await.unwrap();
            (made.id, format!("Bearer {}", made.key))
        };
        let (id, good) = cut(&[(Right::ViewClients, Scope::All), (Right::CreateClients, Scope::All)]).await;
        let (_, reader) = cut(&[(Right::ViewClients, Scope::All)]).await;
        assert_eq!(send(&reader, None, "a@example.com").await, 403);
        assert_eq!(send("Bearer zgoda_nonsense", None, "a@example.com").await, 401);
        assert_eq!(send("Basic YTpi", None, "a@example.com").await, 401);
        // A page cannot keep a key to itself, so it may not have one.
        assert_eq!(send(&good, Some(SITE), "a@example.com").await, 403);
        assert_eq!(app.rows("submissions").await, 0);
        for n in 0..30 {
            assert_eq!(send(&good, None, &format!("sklep{n}@example.com")).await, 201);
        }
        assert_eq!(counts(&app).await, (30, 30, 0, 0));
        // The log says which key it was.
        let log = owner.audit_events(None).await.unwrap().items;
        let received: Vec<_> = log.iter().filter(|entry| entry.action == Action::SubmissionReceived).collect();
        assert!(!received.is_empty() && received.iter().all(|entry| entry.actor_kind == "api_key"), "{received:?}");
        owner.revoke_api_key(id).await.unwrap();
        assert_eq!(send(&good, None, "a@example.com").await, 401);
    }

    async fn a_hosted_page_is_sent_once_however_often_and_may_be_corrected_quickly(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let server = guarded(&app, GateSettings { counts_senders: false, ..GateSettings::default() });
        let (http, url, version) = (Client::new(), format!("{}/f/{}", server.base, form.public_id), form.public.form_version.to_string());
        let token = |page: &str| page.split("name=\"_proof\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let post = async |proof: &str, email: &str| {
            let pairs = [("_version", version.as_str()), ("_proof", proof), ("email", email)];
            let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let request = http.post(&url).header("Origin", &app.base).header("Content-Type", "application/x-www-form-urlencoded").body(body);
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let first = token(&http.get(&url).send().await.unwrap().text().await.unwrap());
        app.clock.advance(TimeDelta::seconds(3));
        // Two clicks at once, and a reload of the thanks.
        let clicks = futures::future::join(post(&first, "ewa@example.com"), post(&first, "ewa@example.com")).await;
        assert_eq!((clicks.0.0, clicks.1.0, post(&first, "ewa@example.com").await.0), (200, 200, 200));
        assert_eq!(app.rows("submissions").await, 1);
        // With a proof, which counts once, as well; for other answers it does not count again.
        let work = proof(&app, &question(&app, 16), place(&form, &app.base));
        app.clock.advance(TimeDelta::seconds(3));
        assert_eq!((post(&work, "iga@example.com").await.0, post(&work, "iga@example.com").await.0), (200, 200));
        assert_eq!(post(&work, "inna@example.com").await.0, 403);
        assert_eq!(app.rows("submissions").await, 2);
        // Whoever corrects what was complained about is no program for being quick.
        let (status, page) = post(&token(&http.get(&url).send().await.unwrap().text().await.unwrap()), "jan").await;
        assert_eq!(status, 422);
        assert_eq!(post(&token(&page), "jan@example.com").await.0, 200);
        assert_eq!(app.rows("submissions").await, 3);
        assert_eq!(app.owner().await.spam(None, None).await.unwrap().items, []);
        server.stop().await;
    }

    async fn spellings_of_a_mailbox_share_its_mails(app: TestApp) {
        let owner = app.owner().await;
        let mut form = app.published_form(&owner, SITE).await;
        form.definition.reply = Some(Reply { subject: "Dotarło".into(), text: "Dziękujemy.".into() });
        app.publish(&owner, form.id, &form.definition).await;
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let spellings = ["ofiara@example.com", "ofiara+1@example.com", "\"ofiara\"@example.com", "Ofiara+2@example.com", "\"ofiara+3\"@example.com"];
        for email in spellings {
            app.visitor().submit(&form.public_id, &form.answers(&[("email", email)]), None, Some(SITE)).await.unwrap();
        }
        // Three a day, to the spelling that was typed; all five are stored.
        let to: Vec<_> = app.letters().await.iter().map(|letter| letter.to.as_str().to_owned()).collect();
        assert_eq!(to.len(), 3, "{to:?}");
        assert!(to.contains(&"ofiara+1@example.com".to_owned()), "{to:?}");
        assert_eq!(app.rows("submissions").await, 5);
    }

    async fn a_programs_keys_and_evidence_are_not_the_visitors(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let made = owner.create_api_key(&crate::api_keys::key(&app, &[(Right::ViewClients, Scope::All), (Right::CreateClients, Scope::All)], &[])).await.unwrap();
        let program = Api::with_key(&app.base, &made.key);
        let (hers, his) = (form.answers(&[("email", "ewa@example.com")]), form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]));
        let visitor = app.visitor().submit(&form.public_id, &hers, Some("k1"), Some(SITE)).await.unwrap();
        let sent = program.submit(&form.public_id, &his, Some("k1"), Some(&app.base)).await.unwrap();
        assert_ne!(sent.id, visitor.id);
        assert_eq!(program.submit(&form.public_id, &his, Some("k1"), Some(&app.base)).await.unwrap().id, sent.id);
        assert_eq!(app.rows("submissions").await, 2);
        // The integrator's server is no place where somebody ticked.
        let jan = owner.submission(SubmissionId::from_uuid(sent.id)).await.unwrap().summary.client_id.unwrap();
        let consent = owner.client(jan).await.unwrap().value.consents.remove(0);
        let evidence = &consent.events[0].evidence;
        assert_eq!((&evidence.ip, &evidence.user_agent), (&None, &None));
        assert!(evidence.field_label.is_some());
    }

    async fn a_form_that_only_stores_keeps_spam_apart_too(app: TestApp) {
        let owner = app.owner().await;
        let mut form = app.published_form(&owner, SITE).await;
        form.definition.mapping = Mapping::Nothing;
        app.publish(&owner, form.id, &form.definition).await;
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let sent = form.answers(&[("email", "ewa@example.com"), (form.public.decoy.as_str(), "x")]);
        let id = SubmissionId::from_uuid(app.visitor().submit(&form.public_id, &sent, None, Some(SITE)).await.unwrap().id);
        assert_eq!(owner.submission(id).await.unwrap().summary.status, SubmissionStatus::Spam);
        owner.release_submission(id).await.unwrap();
        assert_eq!(owner.submission(id).await.unwrap().summary.status, SubmissionStatus::Accepted);
        assert_eq!(counts(&app).await, (1, 0, 0, 0));
    }

    async fn the_hosted_page_says_when_it_was_opened_and_that_a_strict_form_needs_a_script(app: TestApp) {
        let owner = app.owner().await;
        let form = strict_form(&app, &owner).await;
        let server = guarded(&app, GateSettings::default());
        let http = Client::new();
        let url = format!("{}/f/{}", server.base, form.public_id);
        let page = http.get(&url).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        let page = page.text().await.unwrap();
        assert!(page.contains("<noscript>") && page.contains(&format!("name=\"{}\" tabindex=\"-1\" autocomplete=\"off\"", form.public.decoy)), "{page}");
        let token = page.split("name=\"_proof\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(token.len(), 80);
        let version = form.public.form_version.to_string();
        let post = async |proof: &str, email: &str| {
            let pairs = [("_version", version.as_str()), ("_proof", proof), ("email", email)];
            let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let request = http.post(&url).header("Origin", &app.base).header("Content-Type", "application/x-www-form-urlencoded").body(body);
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let (status, page) = post(&token, "ewa@example.com").await;
        assert!(status == 403 && page.contains("wymaga włączonego JavaScriptu") && page.contains("ewa@example.com"), "{page}");
        let (status, page) = post(&format!("{token}.1.2.3.4.5.6.7.8"), "ewa@example.com").await;
        assert!(status == 403 && page.contains("Wyślij go ponownie") && page.contains("ewa@example.com"), "{page}");
        let work = proof(&app, &question(&app, 16), place(&form, &app.base));
        app.clock.advance(TimeDelta::seconds(2));
        assert_eq!(post(&work, "ewa@example.com").await.0, 200);

        // Where the form is not strict, the page alone is enough: it says when it was opened.
        let mut open = another(&app, &owner, &form).await;
        open.definition.strict = false;
        app.publish(&owner, open.id, &open.definition).await;
        open.public = app.visitor().public_form(&open.public_id).await.unwrap();
        opened_and_sent(&app, &server, &open).await;
        server.stop().await;
    }
}

/// A page without JavaScript: too quick is spam, later it is a submission.
async fn opened_and_sent(app: &TestApp, server: &TestServer, form: &TestForm) {
    let token = app.ctx.vault.master.challenge_key().sign(&question(app, 16), place(form, SITE));
    let send = async |email: &str| {
        let body = Submit { proof: Some(token.clone()), ..form.answers(&[("email", email)]) };
        let sent = server.visitor().submit(&form.public_id, &body, None, Some(SITE)).await.unwrap();
        // The session may have been locked meanwhile.
        app.owner().await.submission(SubmissionId::from_uuid(sent.id)).await.unwrap().summary.status
    };
    assert_eq!(send("nagly@example.com").await, SubmissionStatus::Spam);
    app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(send("spokojny@example.com").await, SubmissionStatus::Accepted);
    // Left open for a morning, it says nothing any more, and nothing is held against it.
    app.clock.advance(TimeDelta::hours(3));
    assert_eq!(send("pozny@example.com").await, SubmissionStatus::Accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_counts_once_on_two_servers() {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    let owner = app.owner().await;
    let form = strict_form(&app, &owner).await;
    let proof = proven(&app, &form, &[]).proof;
    let calls = (0..8).map(|n| {
        let visitor = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
        let sent = Submit { proof: proof.clone(), ..form.answers(&[("email", &format!("gosc{n}@example.com"))]) };
        let id = form.public_id.clone();
        async move { visitor.submit(&id, &sent, None, Some(SITE)).await }
    });
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.into_iter().filter(Result::is_err).all(|answer| code(answer) == ProblemCode::ProofRefused));
    assert_eq!(counts(&app).await, (1, 1, 0, 1));
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_has_an_address_that_never_changes_and_its_hash() {
    let app = TestApp::start(Backend::Sqlite).await;
    let owner = app.owner().await;
    let form = app.published_form(&owner, SITE).await;
    let shown = owner.form(form.id).await.unwrap().value;
    let http = Client::new();
    let get = async |path: &str| http.get(format!("{}{path}", app.base)).header("Origin", SITE).send().await.unwrap();
    let pinned = get(&shown.embed_path).await;
    assert_eq!(pinned.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(pinned.headers()["access-control-allow-origin"], "*");
    let (text, usual) = (pinned.text().await.unwrap(), get("/embed/v1.js").await.text().await.unwrap());
    assert!(text == usual && text.contains("zgodaProof"));
    assert!(shown.embed_integrity.starts_with("sha384-") && shown.embed_integrity.len() == 71);
    assert_eq!(get("/embed/v1.0123456789abcdef.js").await.status(), 404);
    let db = app.ctx.db.clone();
    app.stop().await;
    db.close().await;
}
