//! Messages of the past that the customer's server brings along from elsewhere.

use std::time::Duration;

use hongyan_model::{
    Audience, Caller, ChatType, Conversation, EntryFlags, Feature, GroupId, MessageId, NewEntry,
    Refusal, Result, Timestamp, UserId,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::{NameSpace, RouteType};
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_msync::{Message, meta};
use hongyan_platform::allowlist;
use hongyan_providers::Fetched;

use super::content::{self, Attachment, Content};
use super::jid;
use super::screening::{self, Candidate};
use crate::files::{self, Upload};
use crate::groups::Membership;
use crate::messages::require_size;
use crate::users::require_app;
use crate::{Messaging, conversations, groups, moderation};

/// Files that are fetched at once; they are in memory while they are.
pub(crate) const FETCHES: usize = 16;
/// How long a file may take, the waiting for others included.
const FETCH_TIME: Duration = Duration::from_secs(30);
/// Name of a file that nobody has named.
const NAME: &str = "file";

/// To whom an imported message was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportTarget {
    /// A user, who need not exist.
    User,
    /// A group.
    Group,
}

/// A message of the past.
#[derive(Clone, Debug)]
pub struct ImportedMessage {
    /// Who sent it; need not exist.
    pub from: String,
    /// Id of the user or group that got it.
    pub to: String,
    /// What `to` is.
    pub target: ImportTarget,
    /// What it says.
    pub content: Content,
    /// The caller's own fields.
    pub ext: Option<serde_json::Map<String, serde_json::Value>>,
    /// When it was sent (Unix ms); `None`: now. What lies ahead is now.
    pub time: Option<Timestamp>,
    /// Whether the user it was sent to has read the chat up to it. Means nothing in groups.
    pub is_read: bool,
    /// Whether its file, and the cover of a video, are fetched from where they are and kept here.
    pub fetch: bool,
    /// Where files are found here, without the id at the end.
    pub files: String,
    /// Size of body and ext as they came, in bytes.
    pub size: usize,
}

/// Puts a message of the past to the others of its time; it is durable when this returns. History and the list of
/// conversations show it to users who are registered by now, however old it is; devices are sent nothing, callbacks
/// are not told, and it is not counted as traffic. What the app would not keep any more is refused.
pub async fn import(m: &Messaging, caller: &Caller, message: ImportedMessage) -> Result<MessageId> {
    require_app(caller)?;
    let (app, now) = (&caller.app, m.clock().now());
    allowlist::admit(caller, now)?;
    require_size(app, message.size)?;
    let sender = UserId::parse(&message.from)?;
    let (conversation, to, chat, body_type) = match message.target {
        ImportTarget::User => {
            let user = UserId::parse(&message.to)?;
            let to = jid::user(app, &user, None);
            (Conversation::single(&sender, &user), to, ChatType::Single, BodyType::Chat)
        }
        ImportTarget::Group => {
            let group = GroupId::parse(&message.to)?;
            if groups::membership(m, app.id, &group, &sender).await? == Membership::NoGroup {
                return Err(Refusal::GroupNotFound { group: message.to }.into());
            }
            groups::require_enabled(m, app.id, &group).await?;
            let to = jid::group(app, &group);
            (Conversation::Group(group), to, ChatType::Group, BodyType::Groupchat)
        }
    };
    let time = message.time.map_or(now, |time| time.min(now));
    if time <= now.saturating_sub(app.days(Feature::MsgStorageDays)) {
        let days = app.quota(Feature::MsgStorageDays).unwrap_or_default();
        return Err(Refusal::NotKept { days }.into());
    }
    let receiver = to.name.clone().unwrap_or_default();
    let (kind, body) = content::to_message_body(&message.content, message.ext.as_ref());
    let candidate =
        Candidate { app, sender: &sender, to: &receiver, chat, kind, edits: None, body: &body };
    let mut body = screening::of_server(m, candidate).await?.unwrap_or(body);
    if message.fetch
        && let Some(content) = fetched(m, caller, message.content, &message.files).await?
    {
        body.contents = content::to_message_body(&content, None).1.contents;
    }
    let body = MessageBody {
        r#type: Some(body_type as i32),
        from: Some(jid::bare(sender.as_str())),
        to: Some(jid::bare(&receiver)),
        ..body
    };
    let stored = Meta {
        from: Some(jid::user(app, &sender, None)),
        to: Some(to),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        routetype: Some(RouteType::RouteAll as i32),
        ..Meta::default()
    };
    let key = conversation.key();
    let entry = NewEntry {
        app: app.id,
        conversation: key.clone(),
        kind,
        flags: EntryFlags::default(),
        sender: sender.clone(),
        device: None,
        client_id: None,
        audience: Audience::All,
        meta: meta::to_stored(stored),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    };
    let id = m.store().log().import(entry, time).await?;
    if app.settings.moderation.rest && moderation::is_examined_later(app, kind, (chat, &receiver)) {
        moderation::examine_later(m, app.id, id).await?;
    }
    if message.is_read && message.target == ImportTarget::User {
        let reader = UserId::from_trusted(receiver);
        conversations::read_up_to(m, app.id, &reader, &key, id).await?;
    }
    Ok(id)
}

/// The content with files that are here; `None` if it has no files.
async fn fetched(
    m: &Messaging,
    caller: &Caller,
    content: Content,
    files: &str,
) -> Result<Option<Content>> {
    let fetch = |file| fetched_file(m, caller, file, files);
    Ok(Some(match content {
        Content::Image { file, size } => Content::Image { file: fetch(file).await?, size },
        Content::Voice { file, length } => Content::Voice { file: fetch(file).await?, length },
        Content::Video { file, length, thumb: None, thumb_secret } => {
            Content::Video { file: fetch(file).await?, length, thumb: None, thumb_secret }
        }
        Content::Video { file, length, thumb: Some(url), .. } => {
            let file = fetch(file).await?;
            let cover = fetch(Attachment { url, ..Attachment::default() }).await?;
            let (thumb, thumb_secret) = (Some(cover.url), cover.secret);
            Content::Video { file, length, thumb, thumb_secret }
        }
        Content::File { file } => Content::File { file: fetch(file).await? },
        Content::Text { .. }
        | Content::Location { .. }
        | Content::Command { .. }
        | Content::Custom { .. } => return Ok(None),
    }))
}

/// The file where it is kept from now on: for who has its secret, which the message tells.
async fn fetched_file(
    m: &Messaging,
    caller: &Caller,
    file: Attachment,
    files: &str,
) -> Result<Attachment> {
    let not_fetched = |why: String| Refusal::NotFetched { why };
    let most = caller.app.most(Feature::FileBytesMax);
    let late = |_| not_fetched("no answer in time".to_owned());
    // Until the file is kept: so long it is in memory.
    let place = tokio::time::timeout(FETCH_TIME, m.0.fetches.acquire()).await.map_err(late)?;
    let _place = place.map_err(|_| Refusal::Overloaded)?;
    let fetching = m.outgoing().fetch(&file.url, FETCH_TIME, most);
    let answer = tokio::time::timeout(FETCH_TIME, fetching).await.map_err(late)?;
    let Fetched { status, content_type, body } =
        answer.map_err(|error| not_fetched(error.to_string()))?;
    if status != 200 {
        return Err(not_fetched(format!("status {status}")).into());
    }
    let bytes = body.ok_or(Refusal::FileTooLarge)?;
    let path = file.url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|name| !name.is_empty());
    let name = file.filename.as_deref().or(last).unwrap_or(NAME).to_owned();
    let upload = Upload { name, content_type, bytes, restrict: true, thumbnail: (None, None) };
    let kept = files::upload(m, caller, upload).await?;
    Ok(Attachment {
        url: format!("{files}/{}", kept.id),
        filename: file.filename,
        secret: Some(kept.secret),
        length: i32::try_from(kept.size).ok(),
    })
}
