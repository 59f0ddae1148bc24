//! 费用中心 over HTTP.

use std::sync::Arc;

use hongyan_console::endpoints;
use hongyan_model::Catalogue;
use hongyan_platform::apps;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Console, send};

impl Console {
    /// Goes by gen2023 with these changes.
    fn use_plans(&self, changes: &str) {
        let text = format!("schema = 1\nid = \"own\"\nbase = \"gen2023\"\n{changes}");
        apps::use_catalogue(&self.platform, Arc::new(Catalogue::parse(&text).unwrap()));
    }
}

/// A body that the endpoint can read.
fn body(path: &str) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "alert" => json!({"alert_below": 100}),
        "recharges" => json!({"amount": 100, "channel": "offline", "note": ""}),
        "auto-renew" => json!({"auto_renew": true}),
        "adjustments" => json!({"kind": "gift", "amount": 100, "reason": "hello"}),
        "rerun" => json!({"month": "2026-10"}),
        "{org}" => json!({"credit_limit": 100}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn while_money_is_off_nothing_is_said_of_it() {
    let c = Console::start().await;
    c.use_plans("[billing]\nenabled = false\n");
    let of_money = endpoints().into_iter().filter(|endpoint| {
        let is_billing =
            ["/billing/", "/operator/billing/"].iter().any(|p| endpoint.path.starts_with(p));
        // The catalogue is the operator's file, whatever it says of money.
        is_billing && !endpoint.path.contains("/catalogue")
    });
    let mut seen = 0;
    for endpoint in of_money {
        let client = if endpoint.path.starts_with("/operator") { &c.operator } else { &c.owner };
        let path = endpoint.path.replace("{org}", "acme");
        let path = path.replace("{order}", "1").replace("{bill}", "1").replace("{recharge}", "1");
        let path = format!("{path}?month=2026-11");
        let request = client.request(endpoint.method.clone(), &path);
        let request = if endpoint.method == Method::GET {
            request
        } else {
            request.json(&body(endpoint.path))
        };
        send(request).await.refused(409, "billing_off");
        seen += 1;
    }
    assert!(seen >= 18, "{seen}");

    // What is bought shows no amounts, and waits for no payment.
    let shop = "/apps/acme/shop";
    c.operator
        .put(
            &format!("/operator{shop}/plan"),
            json!({"plan": "free", "charged": false, "reason": "a test"}),
        )
        .await
        .ok();
    let wish = json!({"plan": "pro", "services": [], "auto_renew": false, "agreed": false});
    let estimate = c.owner.post(&format!("{shop}/purchases/estimate"), wish.clone()).await.ok();
    assert_eq!((&estimate["monthly"], &estimate["balance"]), (&json!(0), &Value::Null));
    let bought = c.owner.post(&format!("{shop}/purchases"), wish).await.ok();
    assert_eq!((&bought["state"], &bought["due_now"]), (&json!("in_service"), &json!(0)));
    assert_eq!(bought["balance"], Value::Null);
}
