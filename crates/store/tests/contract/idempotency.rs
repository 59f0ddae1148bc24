//! Requests with an idempotency key.

use hongyan_model::AppId;
use hongyan_store::idempotency::{Claim, KeyedRequest, answer, claim, forget, release};

use crate::{NOW, on_every_engine};

fn request(app: AppId, key: &str, fingerprint: &str, came: i64) -> KeyedRequest {
    let (key, fingerprint) = (key.to_owned(), fingerprint.to_owned());
    KeyedRequest { app, key, fingerprint, came }
}

#[tokio::test]
async fn of_several_one_is_the_first_and_the_others_get_its_answer() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let first = request(app, "k", "a", NOW);
        let at_once = futures_util::future::join_all((0..8).map(|_| claim(&f.store, &first, 0)));
        let claims: Vec<_> = at_once.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::New).count(), 1);
        assert_eq!(claims.iter().filter(|c| **c == Claim::InProgress(NOW)).count(), 7);
        answer(&f.store, &first, Some("{}")).await.unwrap();
        let later = request(app, "k", "a", NOW + 5);
        assert_eq!(claim(&f.store, &later, 0).await.unwrap(), Claim::Answered("{}".to_owned()));
        let another = request(app, "k", "b", NOW + 5);
        assert_eq!(claim(&f.store, &another, 0).await.unwrap(), Claim::Other);
        let elsewhere = request(other, "k", "b", NOW + 5);
        assert_eq!(claim(&f.store, &elsewhere, 0).await.unwrap(), Claim::New);
        answer(&f.store, &elsewhere, None).await.unwrap();
        assert_eq!(claim(&f.store, &elsewhere, 0).await.unwrap(), Claim::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_given_back_and_forgotten() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (first, second) = (request(app, "k", "a", NOW), request(app, "k", "b", NOW + 1));
        assert_eq!(claim(&f.store, &first, 0).await.unwrap(), Claim::New);
        // Not by somebody else.
        release(&f.store, &second).await.unwrap();
        assert_eq!(claim(&f.store, &second, 0).await.unwrap(), Claim::Other);
        release(&f.store, &first).await.unwrap();
        assert_eq!(claim(&f.store, &second, 0).await.unwrap(), Claim::New);
        answer(&f.store, &second, Some("x")).await.unwrap();
        release(&f.store, &second).await.unwrap();
        let again = request(app, "k", "b", NOW + 9);
        assert_eq!(claim(&f.store, &again, NOW).await.unwrap(), Claim::Answered("x".to_owned()));
        // Old enough to be taken over, swept or not.
        assert_eq!(claim(&f.store, &again, NOW + 1).await.unwrap(), Claim::New);
        for n in 0..3 {
            let more = request(app, &n.to_string(), "a", NOW);
            assert_eq!(claim(&f.store, &more, 0).await.unwrap(), Claim::New);
        }
        assert_eq!(forget(&f.store, NOW, 2).await.unwrap(), 2);
        assert_eq!(forget(&f.store, NOW, 2).await.unwrap(), 1);
        assert_eq!(forget(&f.store, NOW + 9, 2).await.unwrap(), 1);
        assert_eq!(claim(&f.store, &first, 0).await.unwrap(), Claim::New);
    })
    .await;
}
