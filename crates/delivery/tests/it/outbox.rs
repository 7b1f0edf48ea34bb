//! What the outbox promises, whatever the transport.

use crate::{email, put, state};
use chrono::TimeDelta;
use zgoda_app::{
    delivery::{Channels, Undelivered},
    outbox::{deliver_due, enqueue},
};
use zgoda_test_support::on_both_databases;

on_both_databases! {
    async fn a_message_of_an_undone_transaction_is_not_sent(app: TestApp) {
        let tx = app.ctx.db.begin().await.unwrap();
        enqueue(&app.ctx, &tx, &email("Ewa", "x", "y"), TimeDelta::days(1), app.ctx.now()).unwrap();
        drop(tx);
        assert_eq!(app.letters().await, []);
        assert_eq!(app.rows("outbox").await, 0);
    }

    async fn a_refused_message_is_tried_again_after_growing_delays_and_then_given_up(app: TestApp) {
        app.postbox.refuse(Some(Undelivered::Deferred(451)));
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        for (attempt, minutes) in [1, 5, 30, 120, 720].into_iter().enumerate() {
            assert_eq!(deliver_due(&app.ctx).await.unwrap(), 1);
            assert_eq!(state(&app).await, ("waiting".into(), i32::try_from(attempt).unwrap() + 1));
            app.clock.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
            assert_eq!(deliver_due(&app.ctx).await.unwrap(), 0);
            app.clock.advance(TimeDelta::seconds(1));
        }
        assert_eq!(deliver_due(&app.ctx).await.unwrap(), 1);
        assert_eq!(state(&app).await, ("given_up".into(), 6));
        app.postbox.refuse(None);
        app.clock.advance(TimeDelta::days(1));
        assert_eq!(app.letters().await, []);
    }

    async fn what_is_refused_for_good_is_not_tried_again(app: TestApp) {
        app.postbox.refuse(Some(Undelivered::Refused(550)));
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        deliver_due(&app.ctx).await.unwrap();
        assert_eq!(state(&app).await, ("given_up".into(), 1));
    }

    async fn a_message_that_waited_too_long_is_not_sent(app: TestApp) {
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        app.clock.advance(TimeDelta::days(3));
        assert_eq!(app.letters().await, []);
        assert_eq!(state(&app).await.0, "given_up");
    }

    async fn a_claimant_that_was_cut_off_keeps_nothing_from_being_sent(app: TestApp) {
        put(&app.ctx, &email("Ewa", "x", "y")).await;
        let now = app.ctx.now();
        let id = zgoda_persistence::outbox::due(app.ctx.db.read(), &app.ctx.channels.kinds(), now, 1).await.unwrap()[0];
        let tx = app.ctx.db.begin().await.unwrap();
        zgoda_persistence::outbox::claim(&tx, id, now, now + TimeDelta::minutes(2)).await.unwrap().unwrap();
        tx.commit_unaudited("test").await.unwrap();
        assert_eq!(app.letters().await, []);
        app.clock.advance(TimeDelta::minutes(2));
        assert_eq!(app.letters().await.len(), 1);
        assert_eq!(state(&app).await, ("sent".into(), 2));
    }

    async fn without_a_way_to_send_nothing_is_stored(app: TestApp) {
        put(&app.ctx.clone().with_channels(Channels::default()), &email("Ewa", "x", "y")).await;
        assert_eq!(app.rows("outbox").await, 0);
    }
}
