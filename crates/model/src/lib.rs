//! The words of the domain: typed ids, entities, limits, refusals, and the clock. No I/O.

mod app;
pub mod as_bytes;
pub mod billing;
mod callback;
mod caller;
pub mod catalogue;
mod clock;
mod conversation;
mod error;
mod export;
mod favourite;
mod feature;
mod group;
mod id;
mod idempotency;
pub mod limits;
mod log;
mod moderation;
mod muc;
mod plan;
mod push;
mod room;
mod staff;
mod stream;
mod thread;
mod traffic;
mod user;
mod word;

pub use app::{
    AllowedNetwork, App, AppSettings, AppStatus, Authority, DeviceLimit, DevicePolicy,
    ThumbnailFit, ThumbnailPolicy,
};
pub use callback::{
    CallbackAlert, CallbackRule, CallbackScope, Delivery, GroupEventFormat, OnFailure, PayloadForm,
    PostRule, PreRule,
};
pub use caller::{Actor, Caller, ClientAddr, Origin};
pub use catalogue::Catalogue;
pub use clock::{Clock, IdGenerator, ManualClock, NODE_MAX, SystemClock, Timestamp};
pub use conversation::{Conversation, ConversationKey};
pub use error::{Error, Fault, Refusal, Result};
pub use export::ExportRefusal;
pub use favourite::Favourite;
pub use feature::{
    Bought, Feature, FeatureKind, FeatureSection, FeatureSettings, FeatureSpec, FeatureStates,
    Grant, REGISTRY, Scope,
};
pub use group::{Group, Member, Role};
pub use id::{AppId, DeviceId, FileId, GroupId, MessageId, OrgId, RoomId, ThreadId, UserId};
pub use idempotency::IdempotencyRefusal;
pub use log::{Audience, EntryFlags, EntryKind, LogEntry, NewEntry, Rewrite};
pub use moderation::{
    Handling, HandlingAct, KeywordList, ListScope, Measure, Measures, ModeratedKind, ModerationAct,
    ModerationRefusal, ModerationRule, ModerationSettings, ModerationTag, Outcome, RuleTarget,
    SubRule, TagOf,
};
pub use muc::Muc;
pub use plan::Plan;
pub use push::{PushLanguage, PushPolicy, PushWhen};
pub use room::Room;
pub use staff::{Factor, StaffId, StaffRefusal};
pub use stream::StreamRefusal;
pub use thread::Thread;
pub use traffic::{ChatType, Source};
pub use user::User;
pub use word::{WordPolicy, WordSettings};
