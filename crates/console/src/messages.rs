//! 发送rest消息: what staff sends into an app, as its administrator.

use hongyan_messaging::files::{self, Upload};
use hongyan_messaging::messages::content::{Attachment, Content};
use hongyan_messaging::messages::{self, OutgoingMessage, Priority, TargetKind};
use hongyan_messaging::users;
use hongyan_model::{Refusal, UserId};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Operations);

pub(crate) fn routes() -> Routes {
    Routes::default()
        .write(Method::POST, "/apps/{org}/{app}/messages", ACCESS, write("messages", "send"), send)
        .write(
            Method::POST,
            "/apps/{org}/{app}/images",
            ACCESS,
            write("messages", "upload_image"),
            upload,
        )
}

/// Where a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "messages.ts")]
pub(crate) enum Receivers {
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Rooms.
    Rooms,
}

/// What a message says.
#[derive(Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "messages.ts")]
pub(crate) enum Said {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
    /// An image that was uploaded before.
    Image(UploadedImage),
}

/// An image that can be sent.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "messages.ts")]
pub(crate) struct UploadedImage {
    /// Where clients fetch it.
    url: String,
    /// What they show to fetch it.
    secret: String,
    /// Its name.
    name: String,
    /// Its size in bytes.
    #[ts(type = "number")]
    bytes: i32,
}

/// A message to be sent.
#[derive(Deserialize, TS)]
#[ts(export_to = "messages.ts")]
pub(crate) struct SendMessage {
    receivers: Receivers,
    to: Vec<String>,
    /// In whose name; absent: the app's administrator.
    #[ts(optional)]
    from: Option<String>,
    said: Said,
}

/// The ids of the stored messages, by receiver.
#[derive(Serialize, TS)]
#[ts(export_to = "messages.ts")]
pub(crate) struct SentMessage {
    to: String,
    id: String,
}

async fn send(call: Call) -> Result<Answer, Failure> {
    let SendMessage { receivers, to, from, said } = call.body()?;
    if to.is_empty() {
        return Err(Refusal::Missing { name: "to" }.into());
    }
    let from = from.filter(|from| !from.trim().is_empty());
    let size = match &said {
        Said::Text { text } if text.trim().is_empty() => {
            return Err(Refusal::Missing { name: "text" }.into());
        }
        Said::Text { text } => text.len(),
        Said::Image(image) => image.url.len() + image.name.len(),
    };
    let message = OutgoingMessage {
        from: from.unwrap_or_else(|| UserId::admin().to_string()),
        to,
        kind: match receivers {
            Receivers::Users => TargetKind::Users,
            Receivers::Groups => TargetKind::Groups,
            Receivers::Rooms => TargetKind::Rooms { priority: Priority::default() },
        },
        content: match said {
            Said::Text { text } => Content::Text { text },
            Said::Image(image) => Content::Image {
                file: Attachment {
                    url: image.url,
                    filename: Some(image.name),
                    secret: Some(image.secret),
                    length: Some(image.bytes),
                },
                size: None,
            },
        },
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size,
    };
    let (m, caller) = (call.messaging(), call.caller()?);
    // REST stores for users who do not exist yet; whoever types a name here has mistyped it.
    if receivers == Receivers::Users {
        for user in &message.to {
            users::get(m, &caller, user).await.map_err(|error| Failure::from(error).field("to"))?;
        }
    }
    if message.from != UserId::admin().as_str() {
        let sender = users::get(m, &caller, &message.from).await;
        sender.map_err(|error| Failure::from(error).field("from"))?;
    }
    let sent = messages::send_from_server(m, &caller, message).await?;
    let row = |(to, id): (String, hongyan_model::MessageId)| SentMessage { to, id: id.to_string() };
    Ok(Answer::json(&sent.into_iter().map(row).collect::<Vec<_>>()))
}

/// The image is the body; `?name=` names it.
async fn upload(call: Call) -> Result<Answer, Failure> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let Named { name } = call.query()?;
    let content_type = call.header("content-type").map(str::to_owned);
    if !content_type.as_deref().is_some_and(|kind| kind.starts_with("image/")) {
        return Err(Refusal::Invalid { name: "image", why: "not an image".to_owned() }.into());
    }
    let bytes = call.raw_body().clone();
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let upload = Upload { name, content_type, bytes, restrict: true, thumbnail: (None, None) };
    let caller = call.caller()?;
    let file = files::upload(call.messaging(), &caller, upload).await?;
    let (origin, app) = (call.origin(), &caller.app);
    let url = format!("{origin}/{}/{}/chatfiles/{}", app.org, app.name, file.id);
    Ok(Answer::json(&UploadedImage { url, secret: file.secret, name: file.name, bytes: length })
        .target(file.id.to_string()))
}
