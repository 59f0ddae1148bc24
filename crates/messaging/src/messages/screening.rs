//! What a message says is looked at before it is sent: for sensitive words, by the customer's server, by moderation.

use std::sync::Arc;

use hongyan_model::{
    App, ChatType, EntryKind, Fault, MessageId, Refusal, Result, UserId, WordPolicy,
};
use hongyan_msync::proto::MessageBody;
use hongyan_msync::proto::message_body::Type as BodyType;

use tokio::task::JoinHandle;

use super::{Priority, content, events, json};
use crate::hooks::{Changes, Draft, Happening, Verdict};
use crate::moderation::{self, Finding, Reviewed};
use crate::{Messaging, words};

/// A message about to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) app: &'a App,
    pub(crate) sender: &'a UserId,
    /// The other user, the group or thread, or the chat room.
    pub(crate) to: &'a str,
    pub(crate) chat: ChatType,
    pub(crate) kind: EntryKind,
    /// The message whose new content it is.
    pub(crate) edits: Option<MessageId>,
    pub(crate) body: &'a MessageBody,
}

/// What becomes of it.
#[derive(Debug)]
pub(super) enum Screened {
    /// It is sent as it is.
    Unchanged,
    /// It is sent, but says this, and is so important.
    Changed(Box<MessageBody>, Option<Priority>),
    /// It is not sent, and its sender believes that it was, under this id.
    Dropped(MessageId),
}

/// What was found in a message. It is told when it is known what becomes of the message, and under which id.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) words: Option<FoundWords>,
    /// Of moderation, in what passed or was replaced.
    pub(crate) parts: Vec<Finding>,
}

/// Sensitive words of a message.
#[derive(Debug)]
pub(crate) struct FoundWords {
    pub(crate) words: Vec<String>,
    pub(crate) policy: WordPolicy,
    /// Names the message where it is not stored.
    pub(crate) id: MessageId,
}

impl Findings {
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_none() && self.parts.is_empty()
    }

    /// Notes and tells them. `message`: under which id it is stored; `None`: it is not.
    pub(super) async fn tell(
        &mut self,
        m: &Messaging,
        app: &App,
        (sender, to, chat): (&UserId, &str, ChatType),
        message: Option<MessageId>,
    ) -> Result<()> {
        if let Some(FoundWords { words, policy, id }) = self.words.take() {
            let id = message.unwrap_or(id);
            let happening = Happening::Words { sender, to, chat, words: &words, policy, id };
            events::told_outside(m, app, happening).await;
        }
        for finding in self.parts.drain(..) {
            finding.note(m, app, message).await?;
        }
        Ok(())
    }
}

/// What was found in a message, until it is told: by then at the latest when this is dropped, whatever became of the message.
pub(super) struct Untold {
    m: Messaging,
    app: Arc<App>,
    sender: UserId,
    to: String,
    chat: ChatType,
    message: Option<MessageId>,
    findings: Findings,
}

impl Untold {
    /// `None` if nothing was found.
    pub(super) fn new(
        m: &Messaging,
        app: &Arc<App>,
        (sender, to, chat): (&UserId, &str, ChatType),
        findings: Findings,
    ) -> Option<Self> {
        let (m, app, sender, to) = (m.clone(), app.clone(), sender.clone(), to.to_owned());
        let untold = Self { m, app, sender, to, chat, message: None, findings };
        (!untold.findings.is_empty()).then_some(untold)
    }

    /// Under which id the message is stored.
    pub(super) fn stored(&mut self, message: MessageId) {
        self.message = Some(message);
    }

    /// Tells nothing: the message was not stored, and its sender will send it again.
    pub(super) fn forget(mut self) {
        self.findings = Findings::default();
    }

    /// Notes and tells it; what is begun is done.
    pub(super) async fn tell(mut self) -> Result<()> {
        let told = self.spawn().await;
        told.map_err(|error| {
            Fault::new("what was found in a message is not told", error.to_string())
        })?
    }

    fn spawn(&mut self) -> JoinHandle<Result<()>> {
        let (m, app, message) = (self.m.clone(), self.app.clone(), self.message);
        let (sender, to, chat) = (self.sender.clone(), self.to.clone(), self.chat);
        let mut findings = std::mem::take(&mut self.findings);
        tokio::spawn(async move { findings.tell(&m, &app, (&sender, &to, chat), message).await })
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        if !self.findings.is_empty() {
            drop(self.spawn());
        }
    }
}

/// Looks at a client's message and answers what was found, to be told when it is stored: see [`look`]. What is found in a
/// message that is not sent is told by then, and so is that of an edit, whose message has its id.
pub(super) async fn of_client(
    m: &Messaging,
    candidate: Candidate<'_>,
    directed: bool,
) -> Result<(Screened, Findings)> {
    let mut findings = Findings::default();
    let screened = look(m, candidate, directed, &mut findings).await;
    let is_sent = matches!(screened, Ok(Screened::Unchanged | Screened::Changed(..)));
    settle(m, candidate, is_sent, &mut findings).await?;
    Ok((screened?, findings))
}

/// Tells what need not wait for the message.
async fn settle(
    m: &Messaging,
    candidate: Candidate<'_>,
    is_sent: bool,
    findings: &mut Findings,
) -> Result<()> {
    let Candidate { app, sender, to, chat, edits, .. } = candidate;
    if is_sent && edits.is_none() {
        return Ok(());
    }
    findings.tell(m, app, (sender, to, chat), edits).await
}

/// Looks at a client's message: for sensitive words, by the customer's server, by moderation, each seeing what the one
/// before made of it. The customer's server is not asked about messages to some members of a group or room.
async fn look(
    m: &Messaging,
    candidate: Candidate<'_>,
    directed: bool,
    findings: &mut Findings,
) -> Result<Screened> {
    let mut changed = words::screen(m, candidate, findings).await?;
    let mut importance = None;
    let Candidate { app, chat, kind, .. } = candidate;
    if !directed && m.hooks().asks(app, chat, kind, candidate.edits.is_some()) {
        let body = changed.as_ref().unwrap_or(candidate.body);
        match ask(m, Candidate { body, ..candidate }).await? {
            Screened::Unchanged => {}
            Screened::Changed(body, priority) => (changed, importance) = (Some(*body), priority),
            dropped @ Screened::Dropped(_) => return Ok(dropped),
        }
    }
    let body = changed.as_ref().unwrap_or(candidate.body);
    match moderation::review(m, Candidate { body, ..candidate }, findings).await? {
        Reviewed::Unchanged => {}
        Reviewed::Changed(body) => changed = Some(*body),
        Reviewed::Dropped(id) => return Ok(Screened::Dropped(id)),
    }
    Ok(match changed {
        Some(body) => Screened::Changed(Box::new(body), importance),
        None => Screened::Unchanged,
    })
}

/// Looks at a message of the customer's server: for sensitive words, and by moderation where the app wants that; answers
/// what it says instead. What is found is told at once: the message has no id, or many.
pub(crate) async fn of_server(
    m: &Messaging,
    candidate: Candidate<'_>,
) -> Result<Option<MessageBody>> {
    let (changed, mut findings) = of_server_later(m, candidate).await?;
    settle(m, candidate, false, &mut findings).await?;
    Ok(changed)
}

/// [`of_server`], but what is found in a message that is sent is told when it is stored.
pub(super) async fn of_server_later(
    m: &Messaging,
    candidate: Candidate<'_>,
) -> Result<(Option<MessageBody>, Findings)> {
    let mut findings = Findings::default();
    let screened = look_of_server(m, candidate, &mut findings).await;
    settle(m, candidate, screened.is_ok(), &mut findings).await?;
    Ok((screened?, findings))
}

async fn look_of_server(
    m: &Messaging,
    candidate: Candidate<'_>,
    findings: &mut Findings,
) -> Result<Option<MessageBody>> {
    let screened = words::screen(m, candidate, findings).await?;
    if !candidate.app.settings.moderation.rest {
        return Ok(screened);
    }
    let body = screened.as_ref().unwrap_or(candidate.body);
    match moderation::review(m, Candidate { body, ..candidate }, findings).await? {
        Reviewed::Unchanged => Ok(screened),
        Reviewed::Changed(changed) => Ok(Some(*changed)),
        // The customer's server is always told.
        Reviewed::Dropped(_) => Err(Refusal::Moderated.into()),
    }
}

/// Asks the customer's server.
async fn ask(m: &Messaging, candidate: Candidate<'_>) -> Result<Screened> {
    let Candidate { app, sender, to, chat, kind, edits, body } = candidate;
    let shown = MessageBody { r#type: Some(type_of(chat) as i32), ..body.clone() };
    let payload = json::payload(&shown, sender.as_str(), to);
    let payload = payload.ok_or(Refusal::Missing { name: "contents" })?;
    let id = m.ids().next(m.clock().now());
    let draft = Draft { app, sender, to, chat, kind, edits, id, payload: &payload };
    match m.hooks().ask(draft).await {
        Verdict::Send(changes) if changes == Changes::default() => Ok(Screened::Unchanged),
        Verdict::Send(Changes { content, ext, priority }) => {
            let mut body = body.clone();
            if let Some(content) = content {
                body.contents = content::to_message_body(&content, None).1.contents;
            }
            if let Some(ext) = ext {
                body.ext = content::to_key_values(&ext);
            }
            Ok(Screened::Changed(Box::new(body), priority))
        }
        Verdict::Block { reason: Some(reason) } => Err(Refusal::BlockedByServer { reason }.into()),
        Verdict::Block { reason: None } => Ok(Screened::Dropped(id)),
    }
}

fn type_of(chat: ChatType) -> BodyType {
    match chat {
        ChatType::Single => BodyType::Chat,
        ChatType::Group => BodyType::Groupchat,
        ChatType::Room => BodyType::Chatroom,
    }
}
