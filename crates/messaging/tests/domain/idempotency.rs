//! Requests that are sent again.

use hongyan_messaging::idempotency::{
    REMEMBERED_MS, Turn, answered, begin, given_back, lost, sweep,
};
use hongyan_model::{IdempotencyRefusal, Refusal};

use crate::fixture::{Fixture, refusal};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_request_whose_end_nobody_saw_is_not_carried_out_again() {
    let f = Fixture::new().await;
    let server = f.server();
    let again = async |key: &str| {
        let refused = refusal(begin(&f.m, &server, key, &[b"a"]).await);
        let Refusal::Idempotency(refused) = refused else { panic!("{refused:?}") };
        refused
    };
    let Turn::First(request) = begin(&f.m, &server, "k", &[b"a"]).await.unwrap() else {
        panic!("somebody had the key")
    };
    assert_eq!(again("k").await, IdempotencyRefusal::InProgress);
    // Its server has died, or is still at it: either way it is not known.
    f.clock.advance(2 * MINUTE);
    assert_eq!(again("k").await, IdempotencyRefusal::OutcomeUnknown);
    let other = refusal(begin(&f.m, &server, "k", &[b"b"]).await);
    assert_eq!(other, IdempotencyRefusal::KeyReused.into());
    // It was at it.
    answered(&f.m, &request, "done").await.unwrap();
    let turn = begin(&f.m, &server, "k", &[b"a"]).await.unwrap();
    assert_eq!(turn, Turn::Again("done".to_owned()));

    let Turn::First(failed) = begin(&f.m, &server, "failed", &[b"a"]).await.unwrap() else {
        panic!("somebody had the key")
    };
    lost(&f.m, &failed).await.unwrap();
    assert_eq!(again("failed").await, IdempotencyRefusal::OutcomeUnknown);

    let Turn::First(refused) = begin(&f.m, &server, "refused", &[b"a"]).await.unwrap() else {
        panic!("somebody had the key")
    };
    given_back(&f.m, &refused).await.unwrap();
    assert!(matches!(begin(&f.m, &server, "refused", &[b"b"]).await.unwrap(), Turn::First(_)));

    assert_eq!(sweep(&f.m).await.unwrap(), 0);
    f.clock.advance(REMEMBERED_MS);
    assert_eq!(sweep(&f.m).await.unwrap(), 3);
    assert!(matches!(begin(&f.m, &server, "k", &[b"a"]).await.unwrap(), Turn::First(_)));
}

#[tokio::test]
async fn what_a_request_is_made_of_does_not_run_together() {
    let f = Fixture::new().await;
    let server = f.server();
    begin(&f.m, &server, "k", &[b"ab", b"c"]).await.unwrap();
    let other = refusal(begin(&f.m, &server, "k", &[b"a", b"bc"]).await);
    assert_eq!(other, IdempotencyRefusal::KeyReused.into());
}
