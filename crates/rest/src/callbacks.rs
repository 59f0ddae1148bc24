//! The cache of failed callbacks (回调异常缓存): what is in it, and sending it again.

use axum::Router;
use axum::routing::{get, post};
use hongyan_integrations::callbacks;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    // Published with both spellings.
    let mut router = Router::new();
    for path in ["/callbacks", "/callback"] {
        router = router
            .route(&format!("{path}/storage/info"), get(handle(Area::Callbacks, info)))
            .route(&format!("{path}/storage/retry"), post(handle(Area::Callbacks, retry)));
    }
    router
}

async fn info(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let found = callbacks::buckets(call.integrations(), &caller).await?;
    let row = |(date, bucket): (String, callbacks::Bucket)| json!({ "date": date, "size": bucket.size, "retry": bucket.retry });
    let rows: Vec<Value> = found.into_iter().map(row).collect();
    Ok(Envelope::data(rows).into())
}

async fn retry(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let (date, target) = (fields.required_text("date")?, fields.text("targetUrl")?);
    let target = target.as_deref().filter(|url| !url.is_empty());
    let all = callbacks::retry_bucket(call.integrations(), &caller, &date, target).await?;
    Ok(Envelope::data(if all { "success" } else { "failure" }).into())
}
