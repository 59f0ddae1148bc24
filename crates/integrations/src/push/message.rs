//! What of an entry of the log can make phones ring.

use hongyan_messaging::messages;
use hongyan_model::{
    Audience, Conversation, ConversationKey, EntryFlags, EntryKind, GroupId, LogEntry, MessageId,
    ThreadId, Timestamp, UserId,
};
use hongyan_msync::Message as _;
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_push::Overrides;
use hongyan_store::push_bindings::Circle;
use serde_json::{Map, Value};

/// The keys of an extension that are kept for vendors.
const VENDOR_KEYS: [&str; 4] =
    ["em_push_ext", "em_apns_ext", "em_android_push_ext", "em_harmony_push_ext"];

/// A message that somebody may have to be notified of.
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) conversation: ConversationKey,
    /// Its place there.
    pub(super) seq: u64,
    pub(super) sent: Timestamp,
    pub(super) sender: UserId,
    pub(super) kind: EntryKind,
    pub(super) receivers: Receivers,
    /// As messages name it: the receiver, the group or the thread.
    pub(super) to: String,
    pub(super) text: String,
    pub(super) translations: Vec<(String, String)>,
    pub(super) ext: Map<String, Value>,
    pub(super) overrides: Overrides,
    /// As callbacks show it.
    pub(super) payload: Value,
}

/// Whom it is for, the sender aside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Receivers {
    /// One user.
    One(UserId),
    /// Members of a group or thread.
    Members {
        circle: OwnCircle,
        /// Only these, if it names any.
        only: Option<Vec<UserId>>,
        except: Vec<UserId>,
    },
}

/// A group or a thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum OwnCircle {
    Group(GroupId),
    Thread(ThreadId),
}

impl OwnCircle {
    pub(super) fn borrowed(&self) -> Circle<'_> {
        match self {
            Self::Group(group) => Circle::Group(group),
            Self::Thread(thread) => Circle::Thread(thread),
        }
    }

    pub(super) fn conversation(&self) -> Conversation {
        match self {
            Self::Group(group) => Conversation::Group(group.clone()),
            Self::Thread(thread) => Conversation::Thread(thread.clone()),
        }
    }
}

impl Message {
    /// `None` for what nobody is notified of: events, receipts, commands, withdrawn messages, those for who is online, those
    /// of the past, chat rooms.
    pub(super) fn of(entry: &LogEntry) -> Option<Self> {
        let new = &entry.entry;
        let is_silent = new.kind == EntryKind::Command || !new.kind.is_message();
        let hidden = new.flags.contains(EntryFlags::RECALLED)
            || new.flags.contains(EntryFlags::ONLINE_ONLY)
            || entry.imported.is_some();
        if is_silent || hidden {
            return None;
        }
        let receivers = receivers(entry)?;
        let envelope = Meta::decode(new.meta.clone()).ok()?;
        let body = MessageBody::decode(envelope.payload?).ok()?;
        let payload = messages::to_json(entry)?["payload"].take();
        let ext = payload["ext"].as_object().cloned().unwrap_or_default();
        let content = &payload["bodies"][0];
        Some(Self {
            id: entry.id,
            conversation: new.conversation.clone(),
            seq: entry.seq,
            sent: entry.timestamp,
            sender: new.sender.clone(),
            kind: new.kind,
            receivers,
            to: payload["to"].as_str().unwrap_or_default().to_owned(),
            text: content["msg"].as_str().unwrap_or_default().to_owned(),
            translations: translations(&body),
            overrides: Overrides::of(&ext),
            ext,
            payload,
        })
    }

    /// What of the extension vendors are told, for later.
    pub(super) fn vendor_ext(&self) -> Map<String, Value> {
        let kept = self.ext.iter().filter(|(key, _)| VENDOR_KEYS.contains(&key.as_str()));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

fn receivers(entry: &LogEntry) -> Option<Receivers> {
    let new = &entry.entry;
    let circle = match new.conversation.conversation()? {
        Conversation::Single(a, b) => {
            let other = if a == new.sender { b } else { a };
            let is_meant = match &new.audience {
                Audience::All => true,
                Audience::Only(users) => users.contains(&other),
                Audience::Except(users) => !users.contains(&other),
                Audience::Device(..) => false,
            };
            return (is_meant && other != new.sender).then_some(Receivers::One(other));
        }
        Conversation::Group(group) => OwnCircle::Group(group),
        Conversation::Thread(thread) => OwnCircle::Thread(thread),
        Conversation::Room(_) | Conversation::System(_) => return None,
    };
    match &new.audience {
        Audience::All => Some(Receivers::Members { circle, only: None, except: Vec::new() }),
        Audience::Except(users) => {
            Some(Receivers::Members { circle, only: None, except: users.clone() })
        }
        Audience::Only(users) => {
            Some(Receivers::Members { circle, only: Some(users.clone()), except: Vec::new() })
        }
        Audience::Device(..) => None,
    }
}

/// `meta.translations` of a text: languages and texts, in either of the forms that SDKs write.
fn translations(body: &MessageBody) -> Vec<(String, String)> {
    let meta = body.meta.as_deref().and_then(|meta| serde_json::from_str::<Value>(meta).ok());
    let list = meta.as_ref().and_then(|meta| meta["translations"].as_array());
    let read = |one: &Value| {
        let text = |keys: [&str; 2]| keys.iter().find_map(|key| one[key].as_str());
        Some((text(["to", "code"])?.to_owned(), text(["text", "translation"])?.to_owned()))
    };
    list.into_iter().flatten().filter_map(read).collect()
}
