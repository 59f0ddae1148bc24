//! Giving a message another content.
//!
//! An edit is an entry of its own, for those who have the message, and rewrites the message for those who do not
//! have it yet. Both are one commit, and the log refuses an edit of what others have changed meanwhile: the number of
//! edits is exact.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use hongyan_model::{
    Caller, ChatType, Conversation, ConversationKey, EntryFlags, EntryKind, Error, Feature,
    GroupId, LogEntry, MessageId, NewEntry, Refusal, Result, Rewrite, Role, UserId,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{KeyValue, MessageBody, Meta};
use hongyan_msync::{DecodeError, Message, fields, meta};
use hongyan_platform::allowlist;
use hongyan_store::{Appended, PendingAppend, StoreError};
use serde_json::{Map, Value, json};

use super::access::{self, Visible};
use super::content::{self, Content};
use super::json::receiver_of;
use super::screening::{self, Candidate};
use super::send::{PendingSend, Sent, message_kind};
use super::target::Target;
use super::{annotations, jid};
use crate::messages::require_size;
use crate::users::require_app;
use crate::{Messaging, groups, rooms, threads};

/// How often an edit is tried when others edit the same message.
const ATTEMPTS: usize = 8;

/// Numbers of the fields of `MessageBody`.
mod field {
    pub(super) const TYPE: u32 = 1;
    pub(super) const FROM: u32 = 2;
    pub(super) const TO: u32 = 3;
    pub(super) const CONTENTS: u32 = 4;
    pub(super) const EXT: u32 = 5;
    pub(super) const META: u32 = 9;
    pub(super) const EDIT_MESSAGE_ID: u32 = 11;
    pub(super) const EDIT_SCOPE: u32 = 12;
}

/// What a message is to say.
struct Wanted {
    kind: EntryKind,
    /// A serialized body with the new contents and ext, and whatever else its sender put there.
    payload: Bytes,
    ext: Ext,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ext {
    Keep,
    Replace,
    /// Keys that are not given stay.
    Merge,
}

/// By what right a message is edited.
#[derive(Clone, Copy)]
enum Right {
    /// The app's own.
    App,
    /// As its sender, or with a higher role than the sender's.
    Role(Role),
}

/// Somebody's wish to edit a message.
struct Edit {
    m: Messaging,
    caller: Caller,
    operator: UserId,
    right: Right,
    /// The id as it was written.
    message: String,
    /// Where the message has to be; anywhere if `None`.
    conversation: Option<Conversation>,
    wanted: Wanted,
    client_id: Option<u64>,
    ext: Vec<KeyValue>,
}

/// An edit on its way to the disk, and what its sender is told of it; nothing if it can only have been there before.
struct Attempt {
    conversation: ConversationKey,
    append: PendingAppend,
    told: Option<String>,
}

/// Admits a client's edit and queues it for the log. `target` has let its sender speak.
pub(super) async fn submit(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    target: &Target,
    uplink: Meta,
    body: &MessageBody,
) -> Result<PendingSend> {
    require_edit(caller)?;
    let id = body.edit_message_id.ok_or(Refusal::Missing { name: "editMessageId" })?;
    let scope_says_ext = body.edit_scope == Some(2);
    let edit = Edit {
        m: m.clone(),
        caller: caller.clone(),
        operator: sender.clone(),
        right: Right::Role(target.role()),
        message: id.to_string(),
        conversation: Some(target.conversation(sender)),
        wanted: Wanted {
            kind: message_kind(body)?,
            payload: uplink.payload.unwrap_or_default(),
            ext: if scope_says_ext || !body.ext.is_empty() { Ext::Replace } else { Ext::Keep },
        },
        client_id: uplink.id,
        ext: uplink.ext,
    };
    let first = edit.attempt().await?;
    Ok(PendingSend::follow(edit.settle(first)))
}

/// A message that the customer's server edits.
#[derive(Clone, Debug)]
pub struct ServerEdit {
    /// Its id.
    pub message: String,
    /// In whose name: somebody who may edit it, or by default `admin`, who may edit everything.
    pub user: Option<String>,
    /// Kind of the message.
    pub kind: EntryKind,
    /// What it is to say; only of texts and custom messages.
    pub content: Option<Content>,
    /// The ext it is to have; stays if `None`.
    pub ext: Option<Map<String, Value>>,
    /// Whether keys of the ext that are not given stay.
    pub merge_ext: bool,
}

/// Edits a message of whatever sender, however old; durable when it returns.
pub async fn edit_from_server(m: &Messaging, caller: &Caller, edit: ServerEdit) -> Result<()> {
    require_app(caller)?;
    allowlist::admit(caller, m.clock().now())?;
    require_edit(caller)?;
    let user = edit.user.as_deref().map(UserId::parse).transpose()?;
    let operator = user.filter(|user| *user != UserId::admin());
    let right = match &operator {
        None => Right::App,
        Some(user) => Right::Role(role_beside(m, caller, user, &edit.message).await?),
    };
    let mut body = match &edit.content {
        Some(content) => content::to_message_body(content, edit.ext.as_ref()).1,
        None => MessageBody {
            ext: edit.ext.as_ref().map(content::to_key_values).unwrap_or_default(),
            ..MessageBody::default()
        },
    };
    if edit.content.is_some() {
        let sender = operator.clone().unwrap_or_else(UserId::admin);
        if let Some(masked) = masked(m, caller, &sender, &edit, &body).await? {
            body = masked;
        }
    }
    let payload = body.encode_to_vec();
    require_size(&caller.app, payload.len())?;
    let ext = match (&edit.ext, edit.merge_ext) {
        (None, _) => Ext::Keep,
        (Some(_), false) => Ext::Replace,
        (Some(_), true) => Ext::Merge,
    };
    let edit = Edit {
        m: m.clone(),
        caller: caller.clone(),
        operator: operator.unwrap_or_else(UserId::admin),
        right,
        message: edit.message,
        conversation: None,
        wanted: Wanted { kind: edit.kind, payload: payload.into(), ext },
        client_id: None,
        ext: Vec::new(),
    };
    let first = edit.attempt().await?;
    edit.settle(first).await?;
    Ok(())
}

/// What an edit of the customer's server says instead, where words in it are replaced.
async fn masked(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    edit: &ServerEdit,
    body: &MessageBody,
) -> Result<Option<MessageBody>> {
    let found = access::any(m, &caller.app, &edit.message).await?;
    let message = found.ok_or(Refusal::MessageNotFound)?.message;
    let Some(chat) = ChatType::of(&message.entry.conversation) else { return Ok(None) };
    let (app, kind, edits) = (&caller.app, edit.kind, Some(message.id));
    let to = receiver_of(&message);
    screening::of_server(m, Candidate { app, sender, to: &to, chat, kind, edits, body }).await
}

impl Edit {
    /// Reads the message, rewrites it, and queues the edit; queued when it returns, so that edits of one session keep
    /// their order.
    async fn attempt(&self) -> Result<Attempt> {
        let Visible { message, conversation } = self.message().await?;
        self.may_edit(&message, &conversation).await?;
        let most = self.caller.app.quota(Feature::MessageEditsMax);
        let edits = message.entry.flags.edits();
        if most.is_some_and(|most| u64::from(edits) >= most) {
            // It may have been the last one, sent again: that the log knows.
            let entry = self.entry(&message, Bytes::new(), None);
            return self.queue(entry, None).await;
        }
        let note = json!({ "edit_msg": {
            "count": edits + 1,
            "operator": self.operator.as_str(),
            "edit_time": self.m.clock().now(),
            "sender": message.entry.sender.as_str(),
            "send_time": message.timestamp,
            "chat_type": chat_type(&conversation),
        } });
        let Rewritten { stored, told } = rewrite(&message, self, &note)?;
        let entry = self.entry(&message, told, Some(stored));
        self.queue(entry, Some(note.to_string())).await
    }

    async fn queue(&self, entry: NewEntry, told: Option<String>) -> Result<Attempt> {
        let conversation = entry.conversation.clone();
        let append = self.m.store().log().append(entry).await?;
        Ok(Attempt { conversation, append, told })
    }

    /// The message as whoever edits it may see it.
    async fn message(&self) -> Result<Visible> {
        let app = &self.caller.app;
        let found = match self.right {
            Right::App => access::any(&self.m, app, &self.message).await?,
            Right::Role(_) => access::visible(&self.m, app, &self.operator, &self.message).await?,
        };
        let found = found.ok_or(Refusal::MessageNotFound)?;
        match &self.conversation {
            Some(here) if *here != found.conversation => Err(Refusal::MessageNotFound.into()),
            _ => Ok(found),
        }
    }

    /// Its sender may, and of groups, their threads and rooms whoever has a higher role than its sender.
    async fn may_edit(&self, message: &LogEntry, conversation: &Conversation) -> Result<()> {
        let sender = &message.entry.sender;
        let Right::Role(role) = self.right else { return Ok(()) };
        if access::is_own(&self.m, self.caller.app.id, &self.operator, message).await? {
            return Ok(());
        }
        let role_of_sender = role_in(&self.m, &self.caller, conversation, sender).await?;
        let has_roles = matches!(
            conversation,
            Conversation::Group(_) | Conversation::Room(_) | Conversation::Thread(_)
        );
        let is_above = has_roles && role > role_of_sender.unwrap_or(Role::Member);
        if is_above { Ok(()) } else { Err(Refusal::NotSender.into()) }
    }

    /// The edit of `message`, which says `body`; without `stored` it is only looked for.
    fn entry(&self, message: &LogEntry, body: Bytes, stored: Option<Bytes>) -> NewEntry {
        let original = Meta::decode(message.entry.meta.clone()).unwrap_or_default();
        let (app, device) = (&self.caller.app, self.caller.device.as_ref());
        let envelope = Meta {
            from: Some(jid::user(app, &self.operator, device)),
            to: original.to,
            ns: Some(NameSpace::Chat as i32),
            payload: Some(body),
            routetype: original.routetype,
            ext: self.ext.clone(),
            ..Meta::default()
        };
        let seen = stored.as_ref().map(|_| message.entry.flags);
        let online_only = message.entry.flags.contains(EntryFlags::ONLINE_ONLY);
        NewEntry {
            app: app.id,
            conversation: message.entry.conversation.clone(),
            kind: EntryKind::Edit,
            flags: if online_only { EntryFlags::ONLINE_ONLY } else { EntryFlags::default() },
            sender: self.operator.clone(),
            device: self.caller.device.clone(),
            client_id: self.client_id,
            audience: message.entry.audience.clone(),
            meta: meta::to_stored(envelope),
            recalls: None,
            edits: Some(Rewrite {
                of: message.id,
                seen,
                becomes: message.entry.flags.edited(),
                meta: stored,
            }),
            reads: None,
            unroamed: Vec::new(),
        }
    }

    /// Waits for the edit; tries again for as long as others are faster.
    fn settle(self, first: Attempt) -> BoxFuture<'static, Result<Sent>> {
        Box::pin(async move {
            let mut attempt = first;
            for _ in 0..ATTEMPTS {
                match attempt.append.await {
                    Ok(Appended { id, seq, timestamp, resent }) => {
                        let told = if resent { self.told_before(id).await? } else { attempt.told };
                        let conversation = attempt.conversation;
                        return Ok(Sent { id, timestamp, conversation, seq, told });
                    }
                    Err(StoreError::Stale) if attempt.told.is_none() => {
                        return Err(Refusal::EditLimit.into());
                    }
                    Err(StoreError::Stale) => attempt = self.attempt().await?,
                    Err(error) => return Err(error.into()),
                }
            }
            Err(Refusal::EditConflict.into())
        })
    }

    /// What the sender of an edit was told when it was first sent.
    async fn told_before(&self, id: MessageId) -> Result<Option<String>> {
        let first = self.m.store().log().entry(self.caller.app.id, id).await?;
        Ok(first.as_ref().and_then(note_of))
    }
}

/// What an edit made of a message.
struct Rewritten {
    /// The message as it is stored from now on.
    stored: Bytes,
    /// The body for those who have it already.
    told: Bytes,
}

/// `message` as `edit` wants it. Texts and custom messages get another body and ext; of others only the ext
/// changes; commands have been obeyed.
fn rewrite(message: &LogEntry, edit: &Edit, note: &Value) -> Result<Rewritten> {
    let (kind, wanted) = (message.entry.kind, &edit.wanted);
    let takes_body = matches!(kind, EntryKind::Text | EntryKind::Custom);
    let changes_nothing = !takes_body && wanted.ext == Ext::Keep;
    if kind == EntryKind::Command || wanted.kind != kind || changes_nothing {
        return Err(Refusal::EditFormat.into());
    }
    rewritten(message, edit, note).map_err(|_| Refusal::EditFormat.into())
}

fn rewritten(message: &LogEntry, edit: &Edit, note: &Value) -> Result<Rewritten, DecodeError> {
    let mut envelope = Meta::decode(message.entry.meta.clone())?;
    let old = envelope.payload.take().unwrap_or_default();
    let old_body = MessageBody::decode(old.clone())?;
    let wanted = &edit.wanted;
    let part = |of: &Bytes, number: u32| fields::retain(of, |field| field == number);
    let contents = match message.entry.kind {
        EntryKind::Text | EntryKind::Custom => part(&wanted.payload, field::CONTENTS)?,
        _ => part(&old, field::CONTENTS)?,
    };
    let ext = match wanted.ext {
        Ext::Keep => part(&old, field::EXT)?,
        Ext::Replace => part(&wanted.payload, field::EXT)?,
        Ext::Merge => {
            let new = MessageBody::decode(wanted.payload.clone())?.ext;
            let is_given = |old: &KeyValue| new.iter().any(|pair| pair.key == old.key);
            let mut ext = old_body.ext.clone();
            ext.retain(|pair| !is_given(pair));
            ext.extend(new.iter().cloned());
            MessageBody { ext, ..MessageBody::default() }.encode_to_vec().into()
        }
    };
    let meta_text = annotations::merged(old_body.meta.as_deref(), note);
    let head = MessageBody { meta: Some(meta_text), ..MessageBody::default() };
    let rest = fields::retain(&old, |number| {
        !matches!(number, field::CONTENTS | field::EXT | field::META)
    })?;
    let payload = joined(&[&rest, &contents, &ext, &head.encode_to_vec()]);
    let stored = meta::to_stored(Meta { payload: Some(payload), ..envelope });

    let head = MessageBody {
        r#type: Some(BodyType::Edit as i32),
        from: Some(jid::bare(edit.operator.as_str())),
        to: old_body.to,
        edit_message_id: Some(message.id.0),
        edit_scope: Some(if wanted.ext == Ext::Keep { 1 } else { 2 }),
        ..head
    };
    let rest = fields::retain(&wanted.payload, |number| {
        use field::{CONTENTS, EDIT_MESSAGE_ID, EDIT_SCOPE, EXT, FROM, META, TO, TYPE};
        !matches!(number, TYPE | FROM | TO | CONTENTS | EXT | META | EDIT_MESSAGE_ID | EDIT_SCOPE)
    })?;
    let told = joined(&[&rest, &contents, &ext, &head.encode_to_vec()]);
    Ok(Rewritten { stored, told })
}

fn joined(parts: &[&[u8]]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        bytes.put_slice(part);
    }
    bytes.freeze()
}

/// What the sender of a stored edit was told of it.
fn note_of(edit: &LogEntry) -> Option<String> {
    let payload = Meta::decode(edit.entry.meta.clone()).ok()?.payload?;
    let all: Value = serde_json::from_str(MessageBody::decode(payload).ok()?.meta()).ok()?;
    Some(json!({ "edit_msg": all.get("edit_msg")? }).to_string())
}

/// The role of `user` where the message of this id is.
async fn role_beside(m: &Messaging, caller: &Caller, user: &UserId, message: &str) -> Result<Role> {
    let found = access::any(m, &caller.app, message).await?.ok_or(Refusal::MessageNotFound)?;
    let role = role_in(m, caller, &found.conversation, user).await?;
    let is_there = role.is_some() || found.conversation.owners().contains(user);
    if is_there { Ok(role.unwrap_or(Role::Member)) } else { Err(Refusal::NotSender.into()) }
}

/// The role of a member of a group or room; in a thread that in its group.
async fn role_in(
    m: &Messaging,
    caller: &Caller,
    conversation: &Conversation,
    user: &UserId,
) -> Result<Option<Role>> {
    let app = caller.app.id;
    let in_group = async |group: &GroupId| {
        Ok::<_, Error>(match groups::membership(m, app, group, user).await? {
            groups::Membership::Member { role, .. } => Some(role),
            groups::Membership::NotMember | groups::Membership::NoGroup => None,
        })
    };
    Ok(match conversation {
        Conversation::Group(group) => in_group(group).await?,
        Conversation::Thread(thread) => match threads::facts(m, app, thread).await? {
            Some(thread) => in_group(&thread.group).await?,
            None => None,
        },
        Conversation::Room(room) => match rooms::membership(m, app, room, user).await? {
            rooms::Membership::Member { role } => Some(role),
            rooms::Membership::NotMember | rooms::Membership::NoRoom => None,
        },
        Conversation::Single(..) | Conversation::System(_) => None,
    })
}

fn chat_type(conversation: &Conversation) -> &'static str {
    match conversation {
        Conversation::Room(_) => "chat:room",
        Conversation::Group(_) | Conversation::Thread(_) => "chat:group",
        Conversation::Single(..) | Conversation::System(_) => "chat:user",
    }
}

fn require_edit(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::MessageEdit;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}
