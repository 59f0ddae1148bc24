//! Client secrets: shown, replaced, and what holds meanwhile.

use std::time::Duration;

use hongyan_model::Refusal;
use hongyan_platform::apps::{self, NewApp, SecretReset};

use crate::world::{MINUTE, World, invalid, refusal};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_secret_is_shown_again() {
    let w = World::new().await;
    let (app, made) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    assert_eq!(apps::reveal_secret(&w.p, &app).await.unwrap(), Some(made.client_secret));
    let state = apps::secret_state(&w.p, &app).await.unwrap();
    assert!(state.known && state.previous_until.is_none());
}

#[tokio::test]
async fn a_replaced_secret_holds_on_for_its_time_of_grace() {
    let w = World::new().await;
    let (app, made) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let opens = async |secret: &str| {
        let app = apps::find(&w.p, "acme", "shop").await.unwrap();
        apps::verify_credentials(&w.p, &app, &app.client_id, secret).await.is_ok()
    };
    let reset = SecretReset { grace: HOUR, revoke_tokens: false };
    let second = apps::reset_secret(&w.p, &app, reset).await.unwrap();
    assert!(opens(&made.client_secret).await && opens(&second).await);
    assert_eq!(apps::reveal_secret(&w.p, &app).await.unwrap().as_ref(), Some(&second));
    let state = apps::secret_state(&w.p, &app).await.unwrap();
    assert_eq!(state.previous_until, Some(app.created + 60 * MINUTE));
    assert_eq!(apps::find(&w.p, "acme", "shop").await.unwrap().token_epoch, app.token_epoch);
    w.clock.advance(60 * MINUTE);
    assert!(!opens(&made.client_secret).await && opens(&second).await);
    assert_eq!(apps::secret_state(&w.p, &app).await.unwrap().previous_until, None);

    let at_once = SecretReset { grace: Duration::ZERO, revoke_tokens: true };
    let third = apps::reset_secret(&w.p, &app, at_once).await.unwrap();
    assert!(!opens(&second).await && opens(&third).await);
    // Tokens are issued under the epoch of their app.
    let after = apps::find(&w.p, "acme", "shop").await.unwrap();
    assert!(after.token_epoch > app.token_epoch);
    let long = SecretReset { grace: 25 * HOUR, revoke_tokens: false };
    assert_eq!(invalid(apps::reset_secret(&w.p, &app, long).await), "grace_seconds");
    let wrong = apps::verify_credentials(&w.p, &app, &app.client_id, "x").await;
    assert_eq!(refusal(wrong), Refusal::ClientSecretMismatch);
}

#[tokio::test]
async fn what_customers_sign_is_checked_with_the_latest_secret() {
    let w = World::new().await;
    let (app, made) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let beside = w.beside();
    let since = apps::follow(&beside, app.created).await.unwrap();
    let signing = async |p| apps::signing_secret(p, &app).await.unwrap().unwrap().to_string();
    assert_eq!(signing(&w.p).await, made.client_secret);
    assert_eq!(signing(&beside).await, made.client_secret);
    w.clock.advance(MINUTE);
    let reset = SecretReset { grace: Duration::ZERO, revoke_tokens: false };
    let second = apps::reset_secret(&w.p, &app, reset).await.unwrap();
    assert_eq!(signing(&w.p).await, second);
    // A process beside learns of it when it looks for changed apps.
    apps::follow(&beside, since).await.unwrap();
    assert_eq!(signing(&beside).await, second);
}
