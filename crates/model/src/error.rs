//! Refusals (the caller's fault, a closed list) and faults (ours, with their source).

use std::error::Error as StdError;

use crate::billing::BillingRefusal;
use crate::{
    ExportRefusal, Feature, IdempotencyRefusal, ModerationRefusal, StaffRefusal, StreamRefusal,
};

/// Result of a function of the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something it may not have.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something of ours failed; logged once, at the edge.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StreamRefusal> for Error {
    fn from(refusal: StreamRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<ExportRefusal> for Error {
    fn from(refusal: ExportRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<ModerationRefusal> for Error {
    fn from(refusal: ModerationRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<IdempotencyRefusal> for Error {
    fn from(refusal: IdempotencyRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<BillingRefusal> for Error {
    fn from(refusal: BillingRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<StaffRefusal> for Error {
    fn from(refusal: StaffRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

/// A failure of a part below, with its source chain.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    what: &'static str,
    #[source]
    source: Box<dyn StdError + Send + Sync>,
}

impl Fault {
    /// A fault while doing `what`.
    pub fn new(what: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { what, source: source.into() }
    }
}

/// What the domain refuses. `rest` and `gateway` map each to the documented string and code.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    // --- tokens and login
    /// No such organisation and app.
    #[error("no app {org}#{app}")]
    AppNotFound {
        /// Organisation in the request.
        org: String,
        /// App in the request.
        app: String,
    },
    /// The app exists already.
    #[error("app {org}#{app} exists")]
    AppExists {
        /// Organisation.
        org: String,
        /// App.
        app: String,
    },
    /// The app exists and is stopped.
    #[error("the app is suspended")]
    AppSuspended,
    /// The app's plan does not have the feature, or its owner has switched it off.
    #[error("{} is not enabled", feature.key())]
    FeatureDisabled {
        /// The feature.
        feature: Feature,
    },
    /// The app has as many as its plan allows.
    #[error("{} is reached", feature.key())]
    QuotaExceeded {
        /// The limit.
        feature: Feature,
    },
    /// The app lets no device of this platform in.
    #[error("no device of this platform may log in")]
    PlatformNotAllowed,
    /// No token, or one whose time is over.
    #[error("token expired or missing")]
    TokenExpired,
    /// Not a token at all.
    #[error("token malformed")]
    TokenCorrupt,
    /// A token that was not issued here, was revoked, or belongs to another app.
    #[error("token not valid here")]
    TokenInvalid,
    /// A token that was issued here to a user who is no more.
    #[error("the token's user does not exist")]
    TokenUserGone,
    /// A valid token that does not allow this.
    #[error("token does not permit this call")]
    NotPermitted,
    /// `client_id` is not the app's.
    #[error("client_id does not match")]
    ClientIdMismatch,
    /// `client_secret` is not the app's.
    #[error("client_secret does not match")]
    ClientSecretMismatch,
    /// Wrong password of a user.
    #[error("invalid password")]
    WrongPassword,
    /// Banned user.
    #[error("user is banned")]
    UserBanned,
    /// Registration needs an app token.
    #[error("registration is not open")]
    RegistrationClosed,
    // --- parameters
    /// A parameter is missing.
    #[error("{name} must be provided")]
    Missing {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter cannot be read or is out of range.
    #[error("{name}: {why}")]
    Invalid {
        /// The parameter.
        name: &'static str,
        /// What is wrong.
        why: String,
    },
    /// More items in one call than allowed.
    #[error("{name}: more than {limit}")]
    TooMany {
        /// The parameter.
        name: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not a legal user id.
    #[error("username {given} is not legal")]
    InvalidUserId {
        /// As given.
        given: String,
    },
    /// Longer than 64 bytes.
    #[error("username too long")]
    UserIdTooLong,
    /// Longer than 100 characters.
    #[error("nickname too long")]
    NicknameTooLong,
    /// Longer than 64 characters.
    #[error("password too long")]
    PasswordTooLong,
    /// Not a legal resource.
    #[error("illegal device")]
    InvalidDevice,
    // --- users
    /// No such user.
    #[error("user {user} not found")]
    UserNotFound {
        /// As asked for.
        user: String,
    },
    /// The id is taken.
    #[error("user {user} exists")]
    UserExists {
        /// The id.
        user: String,
    },
    /// Attributes of one user exceed their size.
    #[error("user attributes exceed {limit} bytes")]
    AttributesTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The user has no such favourite.
    #[error("no such favourite")]
    FavouriteNotFound,
    // --- push
    /// There is no template of this name.
    #[error("{name} template is not exist")]
    PushTemplateNotFound {
        /// As asked for.
        name: String,
    },
    /// There is a template of this name.
    #[error("{name} template exists")]
    PushTemplateExists {
        /// The name.
        name: String,
    },
    // --- contacts and block lists
    /// The other user has blocked the caller.
    #[error("blocked by the other user")]
    Blocked,
    /// The other user is no contact.
    #[error("not a contact")]
    NotContact,
    /// There is no invitation to accept.
    #[error("not invited")]
    NotInvited,
    /// The inviting user has no room for more contacts, or for more open invitations.
    #[error("the inviter has too many contacts")]
    InviterContactsFull,
    /// The invited user has no room for more contacts.
    #[error("the invited user has too many contacts")]
    InviteeContactsFull,
    // --- groups
    /// No such group.
    #[error("group {group} not found")]
    GroupNotFound {
        /// As asked for.
        group: String,
    },
    /// The id is taken.
    #[error("group {group} exists")]
    GroupExists {
        /// The id.
        group: String,
    },
    /// None of the users is a member.
    #[error("{users:?} are not members")]
    NotMembers {
        /// As asked for.
        users: Vec<String>,
    },
    /// The sender is not a member.
    #[error("not in group")]
    NotInGroup,
    /// All users are members already.
    #[error("{user} is a member of {group}")]
    AlreadyMember {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// No room for more members.
    #[error("group is full")]
    GroupFull,
    /// The user is in as many groups as it may be.
    #[error("{user} is in too many groups")]
    UserGroupsFull {
        /// The user.
        user: String,
    },
    /// The customer's server has closed the group.
    #[error("group is disabled")]
    GroupDisabled,
    /// Nobody can ask to come into a private group.
    #[error("group is not public")]
    GroupNotPublic,
    /// The user has not asked to come in, or was not asked to.
    #[error("nothing of {user} waits for an answer in {group}")]
    NoRequest {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// The owner cannot be removed and cannot leave.
    #[error("not for the group's owner")]
    GroupOwner,
    /// Needs a higher role.
    #[error("role too low")]
    RoleTooLow,
    // --- roles and lists of groups and chat rooms
    /// The user is not in the group or room.
    #[error("{user} is not in {muc}")]
    NotMember {
        /// As asked for.
        user: String,
        /// The group or room.
        muc: String,
    },
    /// The user is no administrator of the group or room.
    #[error("{user} is no administrator of {muc}")]
    NotAdministrator {
        /// As asked for.
        user: String,
        /// The group or room.
        muc: String,
    },
    /// The new owner is the owner already.
    #[error("new owner and old owner are the same")]
    SameOwner,
    /// The user is on the block list of the group or room, and may not be in it.
    #[error("{user} is on the block list of {muc}")]
    OnBlockList {
        /// The user.
        user: String,
        /// The group or room.
        muc: String,
    },
    /// No room for more on a list of a group or room.
    #[error("{list}: more than {limit}")]
    ListFull {
        /// Which.
        list: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Longer than 512 characters.
    #[error("announcement too long")]
    AnnouncementTooLong,
    /// The sender is muted in the group or room.
    #[error("muted")]
    Muted,
    /// All are muted in the group or room, and the sender is not among those who may write all the same.
    #[error("all are muted")]
    AllMuted,
    /// The sender is muted in the whole app.
    #[error("muted in the whole app")]
    GloballyMuted,
    // --- chat rooms
    /// No such chat room.
    #[error("chat room {room} not found")]
    RoomNotFound {
        /// As asked for.
        room: String,
    },
    /// No place in the room for more members.
    #[error("chat room is full")]
    RoomFull,
    /// The user is in as many chat rooms as it may be.
    #[error("user {user} has joined too many chatrooms!")]
    UserRoomsFull {
        /// The user.
        user: String,
    },
    /// No member of the room has the tag.
    #[error("nobody in the chat room has this tag")]
    RoomTagNotFound,
    /// The app has made as many broadcasts as it may within a minute.
    #[error("too many broadcasts within a minute")]
    BroadcastTooSoon,
    /// The app has made as many broadcasts as it may within a day.
    #[error("too many broadcasts within a day")]
    BroadcastsExhausted,
    /// A text of a room is too long.
    #[error("{name}: more than {limit}")]
    TooLong {
        /// The text.
        name: &'static str,
        /// The limit, in characters or bytes.
        limit: usize,
    },
    // --- threads
    /// No such thread.
    #[error("thread {thread} not found")]
    ThreadNotFound {
        /// As asked for.
        thread: String,
    },
    /// The message has a thread already.
    #[error("the message has a thread")]
    ThreadExists,
    /// The user is in the thread already.
    #[error("already in the thread")]
    AlreadyInThread,
    /// The user is in as many threads as it may be.
    #[error("{user} is in too many threads")]
    UserThreadsFull {
        /// The user.
        user: String,
    },
    /// Longer than 64 characters.
    #[error("thread name too long")]
    ThreadNameTooLong,
    /// Threads hang below group messages only.
    #[error("not a group message")]
    NotGroupMessage,
    /// The message belongs to another group.
    #[error("the message is not of this group")]
    MessageOfOtherGroup,
    /// The message is itself in a thread.
    #[error("threads do not nest")]
    ThreadNested,
    // --- conversations
    /// The user has no such conversation.
    #[error("no conversation with {name}")]
    ConversationNotFound {
        /// The other user or the group, as asked for.
        name: String,
    },
    // --- messages
    /// Body and ext together are too large.
    #[error("message too large")]
    MessageTooLarge,
    /// The message to act on is not in this conversation (any more).
    #[error("message not found")]
    MessageNotFound,
    /// The message holds a sensitive word.
    #[error("the message holds a sensitive word")]
    SensitiveWords,
    /// Something else needs what is to be removed.
    #[error("the {name} is in use")]
    InUse {
        /// What.
        name: &'static str,
    },
    /// A rule of moderation does not let the message pass.
    #[error("the message was blocked by moderation")]
    Moderated,
    /// The customer's server does not let the message pass.
    #[error("{reason}")]
    BlockedByServer {
        /// In its words.
        reason: String,
    },
    /// As many reports of one user as are taken in an hour.
    #[error("more than {limit} reports in an hour")]
    TooManyReports {
        /// The limit.
        limit: usize,
    },
    /// Lists of keywords, a check of a text or an export of records.
    #[error(transparent)]
    Moderation(#[from] ModerationRefusal),
    /// A chunk of a streamed message is not taken.
    #[error(transparent)]
    Stream(#[from] StreamRefusal),
    /// The file of an hour of messages is not given.
    #[error(transparent)]
    Export(#[from] ExportRefusal),
    /// Only its sender may recall a message; others than its sender may not edit this one.
    #[error("not the sender")]
    NotSender,
    /// The message was edited as often as it may be.
    #[error("the message was edited too often")]
    EditLimit,
    /// The new content does not fit the message: another kind, nothing new, or a kind that cannot be edited.
    #[error("the message cannot be edited so")]
    EditFormat,
    /// Others have edited the message at the same moment, again and again.
    #[error("edited by others at the same moment")]
    EditConflict,
    /// The user has added this reaction already.
    #[error("reaction exists")]
    ReactionExists,
    /// The user has not added this reaction.
    #[error("no such reaction")]
    ReactionNotFound,
    /// As many messages as the app's server may send within a time.
    #[error("message send reach limit")]
    TooManyMessages,
    /// Nobody could read an imported message: it is older than the app keeps them.
    #[error("older than the {days} days for which messages are kept")]
    NotKept {
        /// How long they are kept.
        days: u64,
    },
    /// The file of an imported message could not be fetched from where it is.
    #[error("the file could not be fetched: {why}")]
    NotFetched {
        /// Why.
        why: String,
    },
    /// The recall window is over.
    #[error("recall window is over")]
    RecallTooLate,
    /// The app's server may not send from this address.
    #[error("ip not in allowlist")]
    IpNotAllowed,
    // --- files
    /// No such file.
    #[error("file not found")]
    FileNotFound,
    /// The file's lifetime is over.
    #[error("file {file} is expired")]
    FileExpired {
        /// The file.
        file: String,
    },
    /// Needs the share secret or a token of the same app.
    #[error("no permission for this file")]
    FileForbidden,
    /// The file is too large.
    #[error("file too large")]
    FileTooLarge,
    // --- what providers do: translation, speech
    /// The provider does not know a language.
    #[error("language not supported")]
    LanguageNotSupported,
    /// Too long a text for a translation.
    #[error("text too long")]
    TextTooLong,
    /// Nothing that the provider can read as a recording.
    #[error("not a recording")]
    InvalidAudio,
    /// Too long a recording.
    #[error("recording too long")]
    AudioTooLong,
    /// The app has no project for audio and video calls.
    #[error("audio and video calls are not set up")]
    RtcNotSetUp,
    /// The provider does no more for this app now.
    #[error("the provider's limit is reached")]
    ProviderLimit,
    /// The provider was not reached, was too slow, or gave no sensible answer; the log says why.
    #[error("the provider failed")]
    ProviderFailed,
    // --- the console
    /// To staff of the console, and to nobody else.
    #[error(transparent)]
    Staff(#[from] StaffRefusal),
    /// Money is concerned.
    #[error(transparent)]
    Billing(#[from] BillingRefusal),
    // --- requests that are sent again
    /// A request with an idempotency key.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyRefusal),
    // --- load
    /// The app calls an endpoint more often than it may.
    #[error("too many calls")]
    TooManyCalls,
    /// A bounded queue is full: try again later.
    #[error("overloaded")]
    Overloaded,
}
