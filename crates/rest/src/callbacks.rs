//! The cache of failed callbacks (回调异常缓存): what is in it, and sending it again.

use hongyan_integrations::callbacks;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Callbacks, "Callbacks");
    // Published with both spellings.
    for path in ["/callbacks", "/callback"] {
        routes
            .get(&format!("{path}/storage/info"), info)
            .ids(&["B1"])
            .access(Access::App)
            .about(
                "Reads how many deliveries have failed and are kept, by ten minutes",
                "查询发送失败并被保留的回调数，每十分钟一组",
            )
            .answers("{data: {date: string, size: int, retry: int}[]}");
        routes
            .post(&format!("{path}/storage/retry"), retry)
            .ids(&["B2"])
            .access(Access::App)
            .about(
                "Sends what failed within ten minutes again, to where it belongs or elsewhere",
                "重新发送某十分钟内失败的回调，发往原地址或其他地址",
            )
            .body("{date: string, targetUrl?: string}")
            .answers("{data: 'success' | 'failure'}");
    }
    routes
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
