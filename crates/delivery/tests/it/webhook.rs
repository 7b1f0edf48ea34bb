//! Checkpoints sent to an address on this machine.

use crate::sms::Gateway;
use zgoda_app::audit::CheckpointSink;
use zgoda_delivery::Webhook;

const LINE: &str = r#"{"seq":7,"hash":"00"}"#;

#[tokio::test]
async fn a_checkpoint_is_posted_as_it_is() {
    let place = Gateway::start(204, "");
    Webhook::new(&format!("{}/log", place.url)).unwrap().keep(LINE.to_owned()).await.unwrap();
    let seen = place.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].path.as_str(), seen[0].content_type.as_str(), seen[0].body.as_str()),
        ("/log", "application/json", LINE)
    );
    place.stop().await;
}

#[tokio::test]
async fn a_checkpoint_that_was_not_taken_is_an_error() {
    for status in [302, 404, 500] {
        let place = Gateway::start(status, "");
        let refused = Webhook::new(&place.url).unwrap().keep(LINE.to_owned()).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("answered with {status}"));
        assert_eq!(place.seen().len(), 1, "a redirect is not followed");
        place.stop().await;
    }
    // Nobody listens there any more.
    let place = Gateway::start(204, "");
    let webhook = Webhook::new(&place.url).unwrap();
    place.stop().await;
    assert_eq!(webhook.keep(LINE.to_owned()).await.unwrap_err().to_string(), "not reached");
}
