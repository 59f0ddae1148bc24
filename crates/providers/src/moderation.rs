//! Judging what users say and show.

use std::fmt;
use std::time::Duration;

use hongyan_model::AppId;
use serde::Deserialize;
use serde_json::json;

use crate::endpoint::{Call, Endpoint, InvalidProvider, ProviderError, ProviderSettings};

/// Length of what is kept of the provider's words, in characters.
const WORD_CHARS: usize = 64;
/// Length of what is kept of its explanation, in characters.
const DETAIL_CHARS: usize = 500;

/// How the provider is reached, and how long a message waits for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModeratorSettings {
    /// How it is reached; its time limit is that for audio and video, which wait for nothing.
    pub provider: ProviderSettings,
    /// How long a text waits.
    pub text_timeout: Duration,
    /// How long a picture waits.
    pub image_timeout: Duration,
}

/// Who judges.
pub struct Moderator {
    endpoint: Endpoint,
    text_timeout: Duration,
    image_timeout: Duration,
}

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// For which app, by its key.
    pub app_key: &'a str,
    /// Names the question.
    pub id: &'a str,
    /// `text`, `image`, `audio`, `video`.
    pub kind: &'a str,
    /// `chat`, `groupchat`, `chatroom`.
    pub chat: &'a str,
    /// Who says it.
    pub from: &'a str,
    /// The other user, the group or the chat room.
    pub to: &'a str,
    /// The message, if it was delivered already.
    pub message: Option<&'a str>,
    /// The text, or the address of the file.
    pub content: &'a str,
}

/// What the provider thinks of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Opinion {
    /// Nothing is wrong with it.
    Pass,
    /// Somebody should look at it.
    Review,
    /// It should not be said.
    Reject,
}

/// The provider's answer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Judgement {
    /// What it thinks.
    pub result: Opinion,
    /// What the risk is, in one word.
    #[serde(default)]
    pub risk_type: String,
    /// More about it.
    #[serde(default)]
    pub risk_detail: String,
    /// The words of a text that are wrong.
    #[serde(default)]
    pub words: Vec<String>,
}

impl fmt::Debug for Moderator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moderator").finish_non_exhaustive()
    }
}

impl Moderator {
    pub(crate) fn new(settings: &ModeratorSettings) -> Result<Self, InvalidProvider> {
        let ModeratorSettings { provider, text_timeout, image_timeout } = settings;
        Ok(Self {
            endpoint: Endpoint::new(provider)?,
            text_timeout: *text_timeout,
            image_timeout: *image_timeout,
        })
    }

    /// Asks about one message; a text or picture that is not judged in its time is given up.
    pub async fn judge(
        &self,
        app: AppId,
        question: Question<'_>,
    ) -> Result<Judgement, ProviderError> {
        let Question { app_key, id, kind, chat, from, to, message, content } = question;
        let field = if kind == "text" { "text" } else { "url" };
        let mut body = json!({
            "request_id": id, "app": app_key, "kind": kind, "chat_type": chat, "from": from, "to": to,
            field: content,
        });
        if let Some(message) = message {
            body["msg_id"] = message.into();
        }
        let call = self.endpoint.call(app, Call::json("/moderate", &body));
        let limit = match kind {
            "text" => Some(self.text_timeout),
            "image" => Some(self.image_timeout),
            _ => None,
        };
        let mut judgement: Judgement = match limit {
            None => call.await?,
            Some(limit) => tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
                let millis = limit.as_millis();
                Err(ProviderError::Failed(format!("no judgement within {millis} ms")))
            })?,
        };
        judgement.risk_type = kept(&judgement.risk_type, WORD_CHARS);
        judgement.risk_detail = kept(&judgement.risk_detail, DETAIL_CHARS);
        Ok(judgement)
    }
}

/// PostgreSQL has no text with a NUL.
fn kept(text: &str, chars: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(chars).collect()
}
