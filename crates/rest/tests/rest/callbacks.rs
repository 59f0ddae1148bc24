//! The cache of failed callbacks, as the customer's server asks for it. What fails and comes again is tested with a
//! receiver.

use hongyan_model::{App, Feature, Grant};
use serde_json::json;

use crate::features::switch;
use crate::support::Server;

#[tokio::test]
async fn nothing_has_failed_and_both_spellings_say_so() {
    let server = Server::start().await;
    let feature = Feature::CallbackFailureCache;
    let grant = |app: &mut App| {
        app.features.grants.insert(feature, Grant::Included);
        app.features.switches.insert(feature, true);
    };
    server.change_app(grant).await;
    for path in ["/callbacks/storage", "/callback/storage"] {
        let info = server.get(&format!("{path}/info"), &server.app_token).await.ok();
        assert_eq!(info["data"], json!([]));
        let retry =
            async |body| server.post(&format!("{path}/retry"), &server.app_token, body).await;
        assert_eq!(retry(json!({"date": "202611230000"})).await.ok()["data"], "success");
        for wrong in [
            json!({}),
            json!({"date": "yesterday"}),
            json!({"date": "202611230000", "targetUrl": "ftp://here"}),
        ] {
            assert_eq!(retry(wrong.clone()).await.status, 400, "{wrong}");
        }
    }
    server.change_app(switch(feature, false)).await;
    assert_eq!(server.get("/callbacks/storage/info", &server.app_token).await.status, 403);
}
