//! E-mail to a real SMTP server.

use crate::{email, put, state};
use chrono::TimeDelta;
use std::{collections::BTreeSet, sync::Arc};
use zgoda_app::{Ctx, delivery::Channels, outbox::deliver_due};
use zgoda_delivery::{Secret, SmtpMail};
use zgoda_test_support::{MailServer, TestApp, on_both_databases};

const HEADERS: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

fn sending_to(app: &TestApp, url: &str, password: Option<&str>) -> Ctx {
    let mail = SmtpMail::new(url, password.map(Secret::new), "Zgoda <crm@example.com>").unwrap();
    app.ctx.clone().with_channels(Channels { email: Some(Arc::new(mail)), sms: None })
}

fn plain(server: &MailServer) -> String {
    format!("smtp://127.0.0.1:{}?tls=none", server.port)
}

on_both_databases! {
    async fn a_message_arrives_as_it_was_written(app: TestApp) {
        let server = MailServer::start(&[]).await;
        let ctx = sending_to(&app, &plain(&server), None);
        let text = "Zażółć gęślą jaźń.\n\n.\n..\nhttps://crm.example.com/reset#abc\n".to_owned() + &"długi wiersz ".repeat(100);
        put(&ctx, &email("Ewa Lis", "Nowe hasło", &text)).await;
        assert_eq!(deliver_due(&ctx).await.unwrap(), 1);
        let mail = server.received(1).await.remove(0);
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("crm@example.com", &["ewa.lis@example.com".to_owned()][..]));
        assert_eq!(mail.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), HEADERS);
        assert_eq!(mail.header("From"), "Zgoda <crm@example.com>");
        assert_eq!(mail.header("To"), "\"Ewa Lis\" <ewa.lis@example.com>");
        assert_eq!(mail.header("Subject"), "Nowe =?utf-8?b?aGFzxYJv?=");
        assert_eq!(mail.header("Date"), "Thu, 15 Jan 2026 10:00:00 +0000");
        assert!(mail.header("Message-ID").starts_with('<') && mail.header("Message-ID").ends_with("@example.com>"));
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!(mail.header("Content-Type"), "text/plain; charset=utf-8");
        assert_eq!(mail.text.replace("\r\n", "\n").trim_end(), text.trim_end());
        assert!(!mail.raw.replace("\r\n", "").contains(['\r', '\n']));
        assert_eq!(state(&app).await, ("sent".into(), 1));
        server.stop().await;
    }

    async fn no_name_or_subject_can_write_headers_of_its_own(app: TestApp) {
        let server = MailServer::start(&[]).await;
        let ctx = sending_to(&app, &plain(&server), None);
        let hostile = [
            "Ewa\r\nBcc: mallory@example.com",
            "Ewa\nBcc: mallory@example.com",
            "Ewa\rBcc: mallory@example.com",
            "Ewa\r\n\r\n<h1>body</h1>",
            "Ewa\0Lis",
            "Ewa\u{2028}Bcc: mallory@example.com",
            "Ewa\u{202e}moc.elpmaxe",
            "\"Ewa\" <mallory@example.com>",
            "Ewa\\\",<mallory@example.com>",
            "=?utf-8?q?Ewa=0D=0ABcc:_mallory=40example.com?=",
            "\r\n.\r\nMAIL FROM:<mallory@example.com>\r\n",
            "\u{7f}\u{85}\u{1b}[31m\t\u{b}\u{c}",
        ];
        for text in hostile {
            put(&ctx, &email(text, text, text)).await;
        }
        put(&ctx, &email(&"Ż".repeat(5000), &"😀".repeat(5000), "x")).await;
        while deliver_due(&ctx).await.unwrap() > 0 {}
        let mails = server.received(hostile.len() + 1).await;
        assert_eq!(mails.len(), hostile.len() + 1);
        for mail in mails {
            assert_eq!(mail.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), HEADERS);
            assert_eq!(mail.to, ["ewa.lis@example.com"]);
            assert!(mail.header("To").ends_with("<ewa.lis@example.com>") || mail.header("To") == "ewa.lis@example.com");
            assert!(!mail.raw.replace("\r\n", "").contains(['\r', '\n', '\0']));
        }
        server.stop().await;
    }

    async fn a_server_that_says_later_is_asked_again(app: TestApp) {
        let server = MailServer::start(&["--refuse", "2"]).await;
        let ctx = sending_to(&app, &plain(&server), None);
        put(&ctx, &email("Ewa", "x", "y")).await;
        for (minutes, expected) in [(1, "waiting"), (5, "waiting"), (30, "sent")] {
            assert_eq!(deliver_due(&ctx).await.unwrap(), 1);
            assert_eq!(state(&app).await.0, expected);
            app.clock.advance(TimeDelta::minutes(minutes));
        }
        assert_eq!(deliver_due(&ctx).await.unwrap(), 0);
        assert_eq!(server.received(1).await.len(), 1);
        server.stop().await;
    }

    async fn of_several_jobs_one_sends_a_message(app: TestApp) {
        let server = MailServer::start(&[]).await;
        let ctx = sending_to(&app, &plain(&server), None);
        for n in 0..12 {
            put(&ctx, &email("Ewa", &format!("Wiadomość {n}"), "y")).await;
        }
        let jobs = (0..4).map(|_| async {
            while deliver_due(&ctx).await.unwrap() > 0 {}
        });
        futures::future::join_all(jobs).await;
        let mails = server.received(12).await;
        let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!((mails.len(), ids.len()), (12, 12));
        server.stop().await;
    }

    async fn nothing_is_said_to_a_server_that_cannot_be_trusted(app: TestApp) {
        let unencrypted = MailServer::start(&[]).await;
        let [tls, starttls] = [MailServer::start(&["--tls", "self-signed"]).await, MailServer::start(&["--tls", "self-signed", "--starttls"]).await];
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        for url in [
            format!("smtp://localhost:{}", unencrypted.port),
            format!("smtps://localhost:{}", unencrypted.port),
            format!("smtps://localhost:{}", tls.port),
            format!("smtp://localhost:{}", starttls.port),
        ] {
            let ctx = sending_to(&app, &url, None);
            assert_eq!(deliver_due(&ctx).await.unwrap(), 1, "{url}");
            assert_eq!(state(&app).await.0, "waiting", "{url}");
            app.clock.advance(TimeDelta::hours(12));
        }
        for server in [unencrypted, tls, starttls] {
            assert_eq!(server.received(0).await.len(), 0);
            server.stop().await;
        }
    }

    async fn a_server_that_wants_a_password_gets_it(app: TestApp) {
        let server = MailServer::start(&["--user", "crm@example.com", "--password", "zielony rower"]).await;
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        let url = format!("smtp://crm%40example.com@127.0.0.1:{}?tls=none", server.port);
        // A wrong password is for the operator to mend: the message waits.
        for (password, expected) in [("czerwony rower", "waiting"), ("zielony rower", "sent")] {
            deliver_due(&sending_to(&app, &url, Some(password))).await.unwrap();
            assert_eq!(state(&app).await.0, expected);
            app.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(server.received(1).await.len(), 1);
        server.stop().await;
    }
}
