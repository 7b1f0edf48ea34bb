//! Messages sent over real connections: SMTP to a real server, HTTP to gateways that note what they are asked.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod mail;
mod outbox;
mod sms;
mod webhook;

use sea_orm::{ConnectionTrait, Statement};
use zgoda_app::{Ctx, outbox::enqueue};
use zgoda_domain::{
    email::EmailAddress,
    message::{Attachments, Email, Message},
};
use zgoda_test_support::TestApp;

fn email(to_name: &str, subject: &str, text: &str) -> Message {
    let to = EmailAddress::parse("ewa.lis@example.com").unwrap();
    let (to_name, subject, text) = (Some(to_name.into()), subject.into(), text.into());
    Message::Email(Email { to, to_name, subject, text, attachments: Attachments::default() })
}

/// Stores a message, as a use case would.
async fn put(ctx: &Ctx, message: &Message) {
    let tx = ctx.db.begin().await.unwrap();
    enqueue(ctx, &tx, message, chrono::TimeDelta::days(3), ctx.now()).unwrap();
    tx.commit_unaudited("test").await.unwrap();
}

/// State and attempts of the one message there is; checks that only a waiting one has content.
async fn state(app: &TestApp) -> (String, i32) {
    let connection = app.connection();
    let sql = "select state, attempts, content is not null as kept from outbox";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    assert_eq!(rows.len(), 1);
    let state: String = rows[0].try_get("", "state").unwrap();
    let kept: bool = rows[0].try_get("", "kept").unwrap();
    assert_eq!(kept, state == "waiting");
    (state, rows[0].try_get("", "attempts").unwrap())
}
