//! When forms take answers, how they end, and which mails they cause.

use crate::{code, problem};
use chrono::{TimeDelta, Timelike};
use futures::future::join_all;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::ClientBody,
    forms::{CreateForm, SaveForm, Submit},
    problem::ProblemCode,
};
use zgoda_app::{Clock, form_mails};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    client::ClientInput,
    consent::Language,
    form::{Ending, FormDefinition, FormField, FormFieldKind, Mapping, Reply},
    form_templates::FormTemplate,
    id::FormId,
};
use zgoda_test_support::{Backend, TestApp, on_both_databases};

const SITE: &str = "https://www.example.com";

/// Publishes the contact template with a change, for pages of [`SITE`].
async fn published(app: &TestApp, owner: &Api, change: impl FnOnce(&mut FormDefinition)) -> (FormId, String) {
    let body = CreateForm { name: "Zapisy".into(), template: FormTemplate::Contact, language: Language::Pl };
    let id = FormId::from_uuid(owner.create_form(&body, None).await.unwrap().id);
    let mut definition = FormTemplate::Contact.definition("Zapisy", Language::Pl);
    definition.allowed_origins = vec![SITE.into()];
    change(&mut definition);
    let public_id = app.publish(owner, id, &definition).await;
    (id, public_id)
}

fn answers(email: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let base = [("name", "Jan Wzorowy"), ("email", email), ("message", "Proszę o kontakt w tajnej sprawie.")];
    base.iter().chain(more).map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

async fn version(visitor: &Api, public_id: &str) -> zgoda_domain::id::FormVersionId {
    visitor.public_form(public_id).await.unwrap().form_version
}

fn come() -> FormField {
    FormField {
        key: "come".into(),
        kind: FormFieldKind::Radio,
        label: "Czy przyjdziesz?".into(),
        hint: None,
        required: true,
        options: vec!["Tak".into(), "Nie".into()],
        target: None,
        consent: None,
        file: None,
    }
}

/// The hosted page, without following where it sends.
async fn hosted(app: &TestApp, public_id: &str, answers: Option<&BTreeMap<String, String>>) -> reqwest::Response {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("{}/f/{public_id}", app.base);
    match answers {
        None => http.get(url).send().await.unwrap(),
        Some(answers) => {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answers).finish();
            http.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(body).send().await.unwrap()
        }
    }
}

on_both_databases! {
    async fn a_window_is_kept_on_every_way_in(app: TestApp) {
        let owner = app.owner().await;
        let opens_at = app.clock.now().with_nanosecond(0).unwrap() + TimeDelta::hours(1);
        let (_, id) = published(&app, &owner, |it| {
            it.opens_at = Some(opens_at);
            it.closes_at = Some(opens_at + TimeDelta::hours(1));
        }).await;
        let visitor = app.visitor();
        let form_version = owner_version(&app, &id).await;
        let submit = Submit { form_version, answers: answers("jan@example.com", &[]), proof: None };
        let mut plain = submit.answers.clone();
        plain.insert("_version".into(), form_version.to_string());

        let early = problem(visitor.public_form(&id).await);
        assert_eq!((early.code, early.opens_at), (ProblemCode::FormNotOpen, Some(opens_at)));
        let early = problem(visitor.submit(&id, &submit, None, Some(SITE)).await);
        assert_eq!((early.code, early.opens_at), (ProblemCode::FormNotOpen, Some(opens_at)));
        for page in [hosted(&app, &id, None).await, hosted(&app, &id, Some(&plain)).await] {
            assert_eq!(page.status(), 409);
            assert!(page.text().await.unwrap().contains("<time datetime=\"2026-01-15T11:00:00Z\">15 stycznia 2026, 12:00</time>"));
        }
        assert_eq!(app.rows("submissions").await, 0);

        app.clock.advance(TimeDelta::hours(1));
        visitor.public_form(&id).await.unwrap();
        visitor.submit(&id, &submit, Some("once"), Some(SITE)).await.unwrap();
        assert_eq!(hosted(&app, &id, Some(&plain)).await.status(), 200);
        assert_eq!(app.rows("submissions").await, 2);

        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(code(visitor.public_form(&id).await), ProblemCode::FormClosed);
        assert_eq!(code(visitor.submit(&id, &submit, None, Some(SITE)).await), ProblemCode::FormClosed);
        assert_eq!(hosted(&app, &id, None).await.status(), 410);
        assert_eq!(hosted(&app, &id, Some(&plain)).await.status(), 410);
        // What was received in time is answered again, should its answer have been lost.
        visitor.submit(&id, &submit, Some("once"), Some(SITE)).await.unwrap();
        assert_eq!(app.rows("submissions").await, 2);
    }

    async fn a_quota_is_exact_and_its_last_answer_can_be_repeated(app: TestApp) {
        let owner = app.owner().await;
        let (_, id) = published(&app, &owner, |it| it.quota = Some(2)).await;
        let visitor = app.visitor();
        let form_version = version(&visitor, &id).await;
        let calls = (0..8).map(|n| {
            let (visitor, id) = (app.visitor(), id.clone());
            let submit = Submit { form_version, answers: answers(&format!("gosc{n}@example.com"), &[]), proof: None };
            async move { (submit.clone(), visitor.submit(&id, &submit, Some(&format!("key{n}")), Some(SITE)).await, n) }
        });
        let (taken, refused): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(|(_, it, _)| it.is_ok());
        assert_eq!((taken.len(), refused.len()), (2, 6));
        for (_, answer, _) in refused {
            assert_eq!(code(answer), ProblemCode::FormClosed);
        }
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (2, 2));
        assert_eq!(code(visitor.public_form(&id).await), ProblemCode::FormClosed);
        assert_eq!(hosted(&app, &id, None).await.status(), 410);
        let (submit, answer, n) = &taken[0];
        let again = visitor.submit(&id, submit, Some(&format!("key{n}")), Some(SITE)).await.unwrap();
        assert_eq!(again.id, answer.as_ref().unwrap().id);
    }

    async fn an_answer_chooses_the_ending(app: TestApp) {
        let owner = app.owner().await;
        let (_, id) = published(&app, &owner, |it| {
            it.fields.push(come());
            it.endings = vec![
                Ending { field: "come".into(), answer: "Nie".into(), thank_you: "Szkoda.".into(), redirect_url: None },
                Ending {
                    field: "come".into(),
                    answer: "Tak".into(),
                    thank_you: String::new(),
                    redirect_url: Some("https://www.example.com/mapa".into()),
                },
            ];
        }).await;
        let form_version = version(&app.visitor(), &id).await;
        for (answer, thank_you, redirect) in [("Nie", "Szkoda.", None), ("Tak", "", Some("https://www.example.com/mapa"))] {
            let submit = Submit { form_version, answers: answers("jan@example.com", &[("come", answer)]), proof: None };
            let first = app.visitor().submit(&id, &submit, Some(answer), Some(SITE)).await.unwrap();
            assert_eq!((first.thank_you.as_str(), first.redirect_url.as_deref()), (thank_you, redirect));
            assert_eq!(app.visitor().submit(&id, &submit, Some(answer), Some(SITE)).await.unwrap(), first);
            let mut plain = submit.answers.clone();
            plain.insert("_version".into(), form_version.to_string());
            let page = hosted(&app, &id, Some(&plain)).await;
            match redirect {
                Some(url) => assert_eq!((page.status().as_u16(), &page.headers()["location"]), (303, &url.parse().unwrap())),
                None => assert!(page.text().await.unwrap().contains(thank_you)),
            }
        }
        // The hosted page may send visitors on to there.
        let policy = hosted(&app, &id, None).await.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("form-action 'self' https://www.example.com;"), "{policy}");
    }

    async fn the_page_that_thanks_looks_like_the_form(app: TestApp) {
        let owner = app.owner().await;
        for accent in [None, Some("#aa0000")] {
            let (_, id) = published(&app, &owner, |it| it.appearance.accent = accent.map(Into::into)).await;
            let form_version = version(&app.visitor(), &id).await;
            let sheet = format!("href=\"/f/{id}/look.css?v={form_version}\"");
            let mut plain = answers("jan@example.com", &[]);
            plain.insert("_version".into(), form_version.to_string());
            for page in [hosted(&app, &id, None).await, hosted(&app, &id, Some(&plain)).await] {
                let page = page.text().await.unwrap();
                assert_eq!(page.contains(&sheet), accent.is_some(), "{page}");
                assert!(page.starts_with("<!doctype html>\n<html lang=\"pl\">\n<head>\n") && page.contains("/f/form.css"), "{page}");
                assert_eq!(page.matches("<title>").count(), 1);
            }
        }
    }

    async fn a_reply_says_the_same_to_everyone_and_stops_at_the_cap(app: TestApp) {
        let owner = app.owner().await;
        let details = ClientInput { email: Some("znany@example.com".into()), ..ClientInput::default() };
        owner.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap();
        let (_, id) = published(&app, &owner, |it| {
            it.reply = Some(Reply { subject: "Mamy to".into(), text: "Odpiszemy w dwa dni.".into() });
        }).await;
        let form_version = version(&app.visitor(), &id).await;
        let send = async |email: &str| {
            let submit = Submit { form_version, answers: answers(email, &[]), proof: None };
            app.visitor().submit(&id, &submit, None, Some(SITE)).await.unwrap()
        };
        let (known, unknown) = (send("znany@example.com").await, send("nowy@example.com").await);
        assert_eq!(known.thank_you, unknown.thank_you);
        let letters = app.letters().await;
        let mut to: Vec<_> = letters.iter().map(|it| it.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["nowy@example.com", "znany@example.com"]);
        assert_eq!((&letters[0].subject, &letters[0].text), (&letters[1].subject, &letters[1].text));
        assert_eq!(letters[0].subject, "Mamy to");
        assert!(letters[0].text.starts_with("Odpiszemy w dwa dni.\n") && letters[0].to_name.is_none());
        for letter in &letters {
            assert!(!letter.text.contains("tajnej") && !letter.text.contains("Wzorowy"));
        }
        for _ in 0..5 {
            send("znany@example.com").await;
        }
        // Three a day for an address.
        assert_eq!(app.letters().await.len(), 2);
        assert_eq!(app.rows("submissions").await, 7);
    }

    async fn a_reply_that_waits_goes_with_the_client_of_its_mailbox(app: TestApp) {
        let owner = app.owner().await;
        let details = ClientInput { email: Some("ewa.lis@example.com".into()), ..ClientInput::default() };
        let client = owner.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap();
        let (_, id) = published(&app, &owner, |it| {
            it.reply = Some(Reply { subject: "Mamy to".into(), text: "Odpiszemy w dwa dni.".into() });
        }).await;
        let form_version = version(&app.visitor(), &id).await;
        // Another spelling of the same mailbox, and somebody else.
        for email in ["ewa.lis+form@example.com", "jan@example.com"] {
            let submit = Submit { form_version, answers: answers(email, &[]), proof: None };
            app.visitor().submit(&id, &submit, None, Some(SITE)).await.unwrap();
        }
        let client = zgoda_domain::id::ClientId::from_uuid(client.id);
        let version = owner.client(client).await.unwrap().version;
        owner.delete_client(client, version).await.unwrap();
        let to: Vec<String> = app.letters().await.iter().map(|letter| letter.to.as_str().to_owned()).collect();
        assert_eq!(to, ["jan@example.com"]);
    }

    async fn staff_are_told_how_many_came_once_a_minute_and_nothing_of_what_they_say(app: TestApp) {
        let owner = app.owner().await;
        let (form, id) = published(&app, &owner, |it| {
            it.mapping = Mapping::Email;
            it.notify = vec!["biuro@example.com".into(), "iod@example.com".into()];
        }).await;
        let form_version = version(&app.visitor(), &id).await;
        let send = async |n: usize| {
            let submit = Submit { form_version, answers: answers(&format!("gosc{n}@example.com"), &[]), proof: None };
            app.visitor().submit(&id, &submit, None, Some(SITE)).await.unwrap();
        };
        for n in 0..3 {
            send(n).await;
        }
        form_mails::tell_staff(&app.ctx).await.unwrap();
        assert!(app.letters().await.is_empty());
        app.clock.advance(TimeDelta::minutes(1));
        form_mails::tell_staff(&app.ctx).await.unwrap();
        form_mails::tell_staff(&app.ctx).await.unwrap();
        let letters = app.letters().await;
        let mut to: Vec<_> = letters.iter().map(|it| it.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["biuro@example.com", "iod@example.com"]);
        for letter in &letters {
            assert_eq!(letter.subject, "3 nowe zgłoszenia: Zapisy");
            assert!(letter.text.contains("/submissions") && !letter.text.contains("gosc") && !letter.text.contains("tajnej"));
        }
        // It made no card, and a mailbox that was taken off is told nothing more.
        assert_eq!((app.rows("clients").await, app.rows("submissions").await), (0, 3));
        send(3).await;
        let current = owner.form(form).await.unwrap();
        let definition = FormDefinition { notify: vec!["iod@example.com".into()], ..current.value.definition };
        app.publish(&owner, form, &definition).await;
        app.clock.advance(TimeDelta::minutes(1));
        form_mails::tell_staff(&app.ctx).await.unwrap();
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].to.as_str(), letters[0].subject.as_str()), ("iod@example.com", "1 nowe zgłoszenie: Zapisy"));
        assert_eq!(app.rows("submission_notices").await, 0);
    }

    async fn unsound_promises_are_refused_with_their_place_and_nothing_is_saved(app: TestApp) {
        let owner = app.owner().await;
        let (id, _) = published(&app, &owner, |_| {}).await;
        let before = owner.form(id).await.unwrap();
        let refused = async |change: &dyn Fn(&mut FormDefinition)| {
            let mut definition = before.value.definition.clone();
            change(&mut definition);
            let body = SaveForm { name: "Zapisy".into(), definition };
            crate::complaint(owner.save_form(id, before.version, &body).await)
        };
        assert_eq!(refused(&|it| it.quota = Some(0)).await, ("/definition/quota".into(), Rule::OutOfRange));
        assert_eq!(refused(&|it| it.appearance.accent = Some("#FFF".into())).await, ("/definition/appearance/accent".into(), Rule::Malformed));
        assert_eq!(refused(&|it| it.notify = vec!["x".into()]).await, ("/definition/notify/0".into(), Rule::Malformed));
        assert_eq!(
            refused(&|it| it.reply = Some(Reply { subject: "{{name}}".into(), text: "x".into() })).await,
            ("/definition/reply/subject".into(), Rule::Placeholder)
        );
        assert_eq!(owner.form(id).await.unwrap().value, before.value);
    }
}

/// The version of a form that cannot be shown yet, from behind the scenes.
async fn owner_version(app: &TestApp, public_id: &str) -> zgoda_domain::id::FormVersionId {
    zgoda_app::published_forms::open(&app.ctx, public_id).await.unwrap().version.id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_is_exact_across_two_servers() {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    let owner = app.owner().await;
    let (_, id) = published(&app, &owner, |it| it.quota = Some(5)).await;
    let form_version = version(&app.visitor(), &id).await;
    let calls = (0..20).map(|n| {
        let visitor = if n % 2 == 0 { app.visitor() } else { replica.visitor() };
        let submit = Submit { form_version, answers: answers(&format!("gosc{n}@example.com"), &[]), proof: None };
        let id = id.clone();
        async move { visitor.submit(&id, &submit, None, Some(SITE)).await }
    });
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    for answer in answers.into_iter().filter(Result::is_err) {
        assert_eq!(code(answer), ProblemCode::FormClosed);
    }
    assert_eq!((app.rows("submissions").await, app.rows("clients").await), (5, 5));
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}
