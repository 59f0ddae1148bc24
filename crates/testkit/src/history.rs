//! A conversation's history over REST, as the SDKs ask for it.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Api;
use crate::device::Identity;
use crate::messages::Text;
use crate::wire::Target;

/// Every text of the conversation with `with`, oldest first, as its `reader` may see it.
pub async fn texts(api: &Api, reader: &Identity, with: &Target) -> Result<Vec<Text>> {
    const PAGE: u32 = 50;
    let queue = match with {
        Target::User(name) => format!("{name}@easemob.com"),
        Target::Group(name) | Target::Room { id: name, .. } => {
            format!("{name}@conference.easemob.com")
        }
    };
    let path = format!("/users/{}/messageroaming", reader.user);
    let mut newest_first = Vec::new();
    let mut start = json!(-1);
    loop {
        let request = json!({
            "queue": queue, "start": start, "end": -1, "pull_number": PAGE, "is_positive": false,
            "msgType": "", "startTime": null, "endTime": null, "userId": null,
        });
        let answer = api.expect(Method::POST, &path, Some(&reader.token), Some(&request)).await?;
        let page = answer.get("data").context("history without data")?;
        let messages =
            page.get("msgs").and_then(Value::as_array).context("history without msgs")?;
        for message in messages {
            let encoded = message.get("msg").and_then(Value::as_str).context("no msg")?;
            newest_first.extend(Text::read(&STANDARD.decode(encoded)?)?);
        }
        if page.get("is_last").and_then(Value::as_bool).context("history without is_last")? {
            break;
        }
        start = page.get("next_key").cloned().context("history without next_key")?;
    }
    newest_first.reverse();
    Ok(newest_first)
}
