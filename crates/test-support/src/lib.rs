//! For tests only: databases, a clock that obeys, a running server, persons who use it, and where its mail arrives.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod app;
mod authenticator;
mod clock;
mod database;
mod mail_server;
mod postbox;
mod sheets;

pub use app::{PASSWORD, TestApp, TestForm, TestServer};
pub use authenticator::Authenticator;
pub use clock::TestClock;
pub use database::{Backend, TestDatabase};
pub use mail_server::{MailServer, ReceivedMail};
pub use postbox::Postbox;
pub use sheets::SheetsHere;

/// Runs a test on both databases: as `sqlite::name` and `postgres::name`.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident: TestApp) $body:block)*) => {
        $($(#[$doc])* async fn $name($app: $crate::TestApp) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = $crate::TestApp::start($crate::Backend::Sqlite).await;
                let db = app.ctx.db.clone();
                super::$name(app).await;
                // SQLCipher's threads must end before the process takes its cryptography away.
                db.close().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let app = $crate::TestApp::start($crate::Backend::Postgres).await;
                let db = app.ctx.db.clone();
                super::$name(app).await;
                // SQLCipher's threads must end before the process takes its cryptography away.
                db.close().await;
            })*
        }
    };
}
