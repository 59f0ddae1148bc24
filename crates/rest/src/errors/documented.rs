//! The errors that an endpoint answers, for the reference: what its calls may be refused for, in the very words that they
//! would get.
//!
//! Much follows from the entry: who may call, what its path names, which keys its body needs. What a family of endpoints
//! refuses beside stands here.

use std::sync::Arc;

use hongyan_model::{
    ExportRefusal, Fault, Feature, IdempotencyRefusal, ModerationRefusal, Refusal, StreamRefusal,
    UserId, limits,
};
use http::Method;

use super::Failure;
use crate::call::{Area, Context};
use crate::endpoint::{Access, AnswerForm, BodyForm, Endpoint};
use crate::query::Query;
use crate::reference::notation::{Key, keys};
use crate::speech;

/// An error as it is answered; words in capitals stand for what a call has named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Documented {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) description: String,
    pub(crate) code: Option<u32>,
}

/// Errors that many endpoints have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Common {
    /// Of every endpoint.
    Every,
    /// Of tokens, which have to be good wherever they are given.
    Token,
    /// Of those that take JSON.
    Json,
}

impl Documented {
    /// Whether it is the same, but for a number that one of them has.
    fn reads_as(&self, other: &Self) -> bool {
        (self.status, &self.error, &self.description)
            == (other.status, &other.error, &other.description)
    }
}

impl Common {
    pub(crate) const ALL: [Self; 3] = [Self::Every, Self::Token, Self::Json];

    /// Its name in the document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Token => "token",
            Self::Json => "json",
        }
    }

    /// Whether an endpoint has these.
    pub(crate) fn is_of(self, endpoint: &Endpoint) -> bool {
        if endpoint.area == Area::Speech {
            return false;
        }
        match self {
            Self::Every | Self::Token => true,
            Self::Json => matches!(endpoint.body, Some((BodyForm::Json, _))),
        }
    }

    /// The errors, as nearly all endpoints have them.
    pub(crate) fn errors(self) -> Vec<Documented> {
        told(&Endpoint::nowhere(Area::Users), &self.failures())
    }

    fn failures(self) -> Vec<Failure> {
        match self {
            Self::Every => vec![
                Failure::IllegalPath,
                Refusal::AppNotFound { org: "ORG".to_owned(), app: "APP".to_owned() }.into(),
                Refusal::AppSuspended.into(),
                Refusal::TooManyCalls.into(),
                Refusal::Overloaded.into(),
                Failure::Fault(Fault::new("", "")),
            ],
            Self::Token => vec![
                Refusal::TokenExpired.into(),
                Refusal::TokenCorrupt.into(),
                Refusal::TokenInvalid.into(),
                Refusal::NotPermitted.into(),
                Refusal::UserBanned.into(),
            ],
            Self::Json => vec![
                Failure::Json("expected value at line 1 column 1".to_owned()),
                Failure::NotAnObject,
                Failure::BodyTooLarge,
            ],
        }
    }
}

/// What an endpoint answers beside, or in other words than, its [`Common`] errors.
pub(crate) fn own(endpoint: &Endpoint) -> Vec<Documented> {
    let common: Vec<Common> =
        Common::ALL.into_iter().filter(|common| common.is_of(endpoint)).collect();
    let shared: Vec<Documented> = common.iter().flat_map(|common| common.errors()).collect();
    let mut failures: Vec<Failure> = common.iter().flat_map(|common| common.failures()).collect();
    if endpoint.area == Area::Speech {
        failures = Common::ALL.into_iter().flat_map(Common::failures).collect();
    }
    failures.extend(by_form(endpoint));
    failures.extend(by_path(endpoint).into_iter().map(Failure::from));
    failures.extend(by_area(endpoint).into_iter().map(Failure::from));
    let mut own = told(endpoint, &failures);
    own.retain(|error| !shared.iter().any(|known| known.reads_as(error)));
    own
}

/// Failures in the words of an endpoint, each once, by status. Some read differently to a user's token.
fn told(endpoint: &Endpoint, failures: &[Failure]) -> Vec<Documented> {
    let (app, user) = match endpoint.access {
        Access::Open | Access::App => (true, false),
        Access::Itself | Access::Member => (true, true),
        Access::User => (false, true),
    };
    let callers = [app.then_some(None), user.then(|| Some(UserId::from_trusted("USER")))];
    let mut errors: Vec<Documented> = Vec::new();
    for caller in callers.into_iter().flatten() {
        let context = context(endpoint, caller);
        for failure in failures {
            let error = one(failure, &context);
            if !errors.iter().any(|known| known.reads_as(&error)) {
                errors.push(error);
            }
        }
    }
    errors.sort_by(|a, b| a.status.cmp(&b.status).then_with(|| a.error.cmp(&b.error)));
    errors
}

/// A call of the endpoint.
fn context(endpoint: &Endpoint, user: Option<UserId>) -> Context {
    Context {
        area: endpoint.area,
        method: endpoint.method.clone(),
        route: endpoint.path.to_string(),
        uri: String::new(),
        path: format!("ORG/APP{}", endpoint.path),
        query: Arc::new(Query::parse("")),
        started: 0,
        app: None,
        user,
    }
}

fn one(failure: &Failure, context: &Context) -> Documented {
    let body = failure.told(context);
    if context.area == Area::Speech {
        let (code, description) = speech::told(failure, &body.description);
        let status = u16::try_from(code / 10_000).unwrap_or_default();
        return Documented { status, error: String::new(), description, code: Some(code) };
    }
    Documented {
        status: body.status.as_u16(),
        error: body.error.to_owned(),
        description: body.description,
        code: body.code,
    }
}

/// What follows from what goes in and comes out.
fn by_form(endpoint: &Endpoint) -> Vec<Failure> {
    let mut failures = Vec::new();
    if let Some((form, shape)) = endpoint.body {
        match form {
            BodyForm::Json => {}
            BodyForm::Form => failures.extend([Failure::BrokenBody, Failure::BodyTooLarge]),
            BodyForm::Multipart => failures.extend([
                Failure::UnsupportedMediaType,
                Failure::BrokenBody,
                Refusal::FileTooLarge.into(),
            ]),
        }
        failures.extend(by_keys(keys(shape)));
    }
    failures.extend(by_keys(keys(endpoint.query)));
    if endpoint.query.contains("cursor") {
        let why = "not a cursor".to_owned();
        failures.push(Refusal::Invalid { name: "cursor", why }.into());
    }
    if endpoint.answer.0 == AnswerForm::Bytes {
        failures.push(Failure::NoSuchRange { size: 1024 });
    }
    if endpoint.path.contains("{broadcast}") {
        failures.push(Failure::UnknownRoute);
    }
    if endpoint.keyed {
        let keyed = [
            IdempotencyRefusal::IllegalKey,
            IdempotencyRefusal::KeyReused,
            IdempotencyRefusal::InProgress,
            IdempotencyRefusal::OutcomeUnknown,
        ];
        failures.extend(keyed.map(|refusal| Refusal::from(refusal).into()));
    }
    failures
}

fn by_keys(keys: Vec<Key<'static>>) -> Vec<Failure> {
    let mut refusals = Vec::new();
    for Key { name, required, most } in keys {
        if required {
            refusals.push(Refusal::Missing { name });
        }
        if let Some(limit) = most {
            refusals.push(Refusal::TooMany { name, limit });
        }
    }
    refusals.into_iter().map(Failure::from).collect()
}

/// What follows from what the path names.
fn by_path(endpoint: &Endpoint) -> Vec<Refusal> {
    let path = &*endpoint.path;
    let names = |name: &str| path.contains(&format!("{{{name}}}"));
    let writes = endpoint.method != Method::GET;
    let mut refusals = Vec::new();
    if ["user", "contact", "blocked"].into_iter().any(names) {
        refusals.push(Refusal::UserNotFound { user: "USER".to_owned() });
    }
    if names("users") {
        refusals.push(Refusal::TooMany { name: "users", limit: limits::MUC_LIST_BATCH });
        if !path.ends_with("/users/{users}") || endpoint.method == Method::DELETE {
            refusals.push(Refusal::NotMembers { users: vec!["USER".to_owned()] });
        } else {
            refusals.push(Refusal::UserNotFound { user: "USER".to_owned() });
        }
    }
    if names("group") {
        refusals
            .extend([Refusal::GroupNotFound { group: "GROUP".to_owned() }, Refusal::NotInGroup]);
        if writes {
            refusals.extend([Refusal::RoleTooLow, Refusal::GroupDisabled]);
        }
    }
    if names("room") {
        refusals.extend([Refusal::RoomNotFound { room: "ROOM".to_owned() }, Refusal::NotInGroup]);
        if writes {
            refusals.push(Refusal::RoleTooLow);
        }
    }
    if names("thread") {
        refusals
            .extend([Refusal::ThreadNotFound { thread: "THREAD".to_owned() }, Refusal::NotInGroup]);
        if writes {
            refusals.push(Refusal::RoleTooLow);
        }
    }
    if names("message") {
        refusals.push(Refusal::MessageNotFound);
    }
    if names("file") || names("upload") {
        refusals.push(Refusal::FileNotFound);
    }
    if names("template") {
        refusals.push(Refusal::PushTemplateNotFound { name: "TEMPLATE".to_owned() });
    }
    if names("favourite") {
        refusals.push(Refusal::FavouriteNotFound);
    }
    refusals
}

/// What a family of endpoints refuses beside.
fn by_area(endpoint: &Endpoint) -> Vec<Refusal> {
    use Refusal as R;
    let path = &*endpoint.path;
    let writes = endpoint.method != Method::GET;
    let posts = endpoint.method == Method::POST;
    let user = || "USER".to_owned();
    let muc = || if path.contains("{room}") { "ROOM".to_owned() } else { "GROUP".to_owned() };
    let group = || R::GroupNotFound { group: "GROUP".to_owned() };
    let room = || R::RoomNotFound { room: "ROOM".to_owned() };
    let no_user = || R::UserNotFound { user: user() };
    let off = |feature| R::FeatureDisabled { feature };
    let full = |feature| R::QuotaExceeded { feature };
    let wrong = |name: &'static str, why: &str| R::Invalid { name, why: why.to_owned() };
    match endpoint.area {
        Area::Token => vec![
            R::ClientIdMismatch,
            R::ClientSecretMismatch,
            R::WrongPassword,
            R::UserBanned,
            no_user(),
            R::TokenInvalid,
            R::InvalidUserId { given: user() },
            full(Feature::RegisteredUsersMax),
        ],
        Area::Users if path == "/users" && posts => vec![
            R::RegistrationClosed,
            R::InvalidUserId { given: user() },
            R::UserIdTooLong,
            R::NicknameTooLong,
            R::PasswordTooLong,
            R::UserExists { user: user() },
            full(Feature::RegisteredUsersMax),
        ],
        Area::Users if path.contains("password") => vec![R::PasswordTooLong],
        Area::Users | Area::Password | Area::Status => match path {
            "/users/{user}" if writes => {
                vec![R::NicknameTooLong, R::NotMembers { users: vec![user()] }]
            }
            _ if path.contains("/rtc") => vec![R::RtcNotSetUp],
            _ if path.contains("password") => vec![R::PasswordTooLong],
            _ => Vec::new(),
        },
        Area::Attributes if writes => {
            vec![R::AttributesTooLarge { limit: 2048 }, full(Feature::UserAttributesTotalBytesMax)]
        }
        Area::Attributes => Vec::new(),
        Area::Favourites if posts => vec![
            no_user(),
            R::TooLong { name: "data", limit: 20_480 },
            full(Feature::FavouritesPerUserMax),
        ],
        Area::Favourites => vec![
            wrong("limit", "limit should be less than 200"),
            wrong("direction", "direction should be desc or asc"),
        ],
        Area::MemberAttributes if writes => vec![
            R::TooLong { name: "key", limit: 16 },
            R::TooLong { name: "value", limit: 512 },
            R::AttributesTooLarge { limit: 4096 },
            R::TooMany { name: "targets", limit: 10 },
            R::NotMembers { users: vec![user()] },
            R::RoleTooLow,
        ],
        Area::MemberAttributes => vec![R::NotMembers { users: vec![user()] }],
        Area::Contacts => contacts(path, writes),
        Area::Presence => presence(path, writes),
        Area::Push => push(path),
        Area::Messages => {
            let mut refusals = vec![
                wrong("ext", "not an object"),
                wrong("body", "not an object"),
                R::MessageTooLarge,
                R::TooManyMessages,
                R::IpNotAllowed,
                R::GloballyMuted,
                group(),
                room(),
            ];
            if path.starts_with("/stream_message") {
                refusals.extend(STREAM.iter().map(|refusal| R::from(*refusal)));
            }
            refusals
        }
        Area::Broadcasts => vec![
            wrong("ext", "not an object"),
            group(),
            room(),
            R::MessageTooLarge,
            R::TooManyMessages,
            off(Feature::RoomBroadcast),
            R::BroadcastsExhausted,
            R::IpNotAllowed,
        ],
        Area::Recall => vec![
            wrong("to", "can't find msg to"),
            wrong("chat_type", "is none of chat, groupchat, chatroom"),
            R::MessageTooLarge,
            R::MessageNotFound,
            R::RecallTooLate,
            off(Feature::MessageRecall),
            R::IpNotAllowed,
        ],
        Area::Rewrite => vec![
            wrong("message", "not a number"),
            off(Feature::MessageEdit),
            R::MessageTooLarge,
            R::NotSender,
            R::EditFormat,
            R::EditLimit,
            R::EditConflict,
        ],
        Area::Reactions => vec![
            off(Feature::Reaction),
            full(Feature::ReactionsMax),
            R::MessageNotFound,
            R::NotInGroup,
            R::Missing { name: "groupId" },
            R::TooMany { name: "msgIdList", limit: limits::REACTION_BATCH },
            R::TooMany { name: "limit", limit: limits::REACTION_USER_PAGE },
            R::ReactionExists,
        ],
        Area::Pins => vec![
            off(Feature::MessagePin),
            full(Feature::PinsMax),
            wrong("pin_msg_id", "not a number"),
            R::MessageNotFound,
            R::NotInGroup,
            group(),
        ],
        Area::History if path.starts_with("/chatmessages") => {
            let (app, time) = (|| "ORG#APP".to_owned(), || "HOUR".to_owned());
            vec![
                ExportRefusal::NoHour { app: app(), time: time() }.into(),
                ExportRefusal::NotKept { app: app(), time: time() }.into(),
                ExportRefusal::Nothing { app: app(), time: time() }.into(),
                ExportRefusal::NotReady.into(),
                ExportRefusal::LinkInvalid.into(),
                ExportRefusal::LinkExpired.into(),
            ]
        }
        Area::History => vec![off(Feature::MessageRoaming), group(), room(), R::NotInGroup],
        Area::Conversations => vec![
            off(Feature::ServerConversationList),
            R::ConversationNotFound { name: "NAME".to_owned() },
            full(Feature::PinnedConversationsMax),
            wrong("mark", "unknown"),
            R::Missing { name: "delete_roam" },
            R::NotInGroup,
        ],
        Area::Deletions => vec![
            off(Feature::MessageRoaming),
            R::TooMany { name: "msg list", limit: limits::DELETION_BATCH },
            R::Missing { name: "userId" },
        ],
        Area::Files => vec![
            R::FileForbidden,
            R::FileExpired { file: "FILE".to_owned() },
            wrong("lifetime", "lifetime must be either 'forever' or 'default' or 'refresh'"),
        ],
        Area::Groups | Area::GroupMembers | Area::Rooms if path.contains("/share_files") => {
            vec![R::FileExpired { file: "FILE".to_owned() }, R::NotMembers { users: vec![user()] }]
        }
        Area::Groups | Area::GroupMembers if writes => vec![
            no_user(),
            wrong("name", "is not legal"),
            R::TooLong { name: "avatar", limit: 1024 },
            R::Missing { name: "public" },
            R::GroupExists { group: "GROUP".to_owned() },
            R::GroupFull,
            R::GroupOwner,
            R::GroupNotPublic,
            R::AlreadyMember { user: user(), group: "GROUP".to_owned() },
            R::NoRequest { user: user(), group: "GROUP".to_owned() },
            R::NotMember { user: user(), muc: muc() },
            R::NotMembers { users: vec![user()] },
            R::NotAdministrator { user: user(), muc: muc() },
            R::OnBlockList { user: user(), muc: muc() },
            R::SameOwner,
            R::UserGroupsFull { user: user() },
            full(Feature::GroupsMax),
            full(Feature::GroupMembersMax),
            R::ListFull { list: "admins", limit: 99 },
            R::AnnouncementTooLong,
        ],
        Area::Rooms if writes => vec![
            no_user(),
            wrong("name", "is not legal"),
            R::TooLong { name: "title", limit: 128 },
            R::GroupExists { group: "ROOM".to_owned() },
            R::RoomFull,
            R::GroupOwner,
            R::NotMember { user: user(), muc: muc() },
            R::NotMembers { users: vec![user()] },
            R::NotAdministrator { user: user(), muc: muc() },
            R::OnBlockList { user: user(), muc: muc() },
            R::SameOwner,
            R::UserRoomsFull { user: user() },
            full(Feature::ChatroomsMax),
            full(Feature::ChatroomMembersMax),
            off(Feature::RoomTagMute),
            R::RoomTagNotFound,
            R::ListFull { list: "admins", limit: 99 },
            R::AnnouncementTooLong,
        ],
        Area::Groups | Area::GroupMembers | Area::Rooms => {
            vec![R::NotMembers { users: vec![user()] }, R::RoleTooLow]
        }
        Area::Threads => threads(path, writes),
        Area::RoomAttributes => vec![
            R::NotPermitted,
            R::NotInGroup,
            R::NotMember { user: user(), muc: muc() },
            R::TooMany { name: "keys", limit: limits::ROOM_ATTRIBUTE_BATCH },
        ],
        Area::Mutes => vec![R::Missing { name: "username" }, no_user()],
        Area::Translation => vec![
            off(Feature::Translation),
            R::LanguageNotSupported,
            R::TextTooLong,
            R::ProviderLimit,
            R::ProviderFailed,
        ],
        Area::Speech => vec![
            off(Feature::SpeechToText),
            R::FileExpired { file: "FILE".to_owned() },
            R::FileForbidden,
            R::InvalidAudio,
            R::AudioTooLong,
            R::ProviderLimit,
            R::ProviderFailed,
        ],
        Area::Reports => vec![
            off(Feature::MessageReport),
            R::MessageNotFound,
            R::TooLong { name: "report_reason", limit: 512 },
            R::TooManyReports { limit: 20 },
        ],
        Area::Callbacks => vec![off(Feature::CallbackFailureCache)],
        Area::Moderation => moderation(path),
        Area::Imports => vec![
            wrong("body", "not an object"),
            R::NotKept { days: 7 },
            R::NotFetched { why: "WHY".to_owned() },
            R::FileTooLarge,
            R::MessageTooLarge,
            R::TooManyMessages,
            R::IpNotAllowed,
            group(),
        ],
    }
}

const STREAM: &[StreamRefusal] = &[
    StreamRefusal::IllegalSeq,
    StreamRefusal::NotFound,
    StreamRefusal::TooLong,
    StreamRefusal::GapTimeout,
    StreamRefusal::TotalTimeout,
    StreamRefusal::Finished,
    StreamRefusal::OtherSender,
    StreamRefusal::OtherReceiver,
    StreamRefusal::SeqTooSmall,
];

fn contacts(path: &str, writes: bool) -> Vec<Refusal> {
    use Refusal as R;
    let mut refusals = vec![R::UserNotFound { user: "USER".to_owned() }];
    if path.contains("blocks") {
        refusals.push(R::FeatureDisabled { feature: Feature::UserBlocklist });
        refusals.push(R::QuotaExceeded { feature: Feature::BlockListMax });
    } else if writes {
        refusals.extend([R::InviterContactsFull, R::InviteeContactsFull]);
        let itself = "is the user itself".to_owned();
        refusals.push(R::Invalid { name: "username", why: itself });
        if path.contains("/apply") {
            refusals.push(R::Blocked);
        }
        if path.contains("/accept") || path.contains("/decline") {
            refusals.push(R::NotInvited);
        }
        refusals.push(R::NotContact);
    } else {
        refusals.push(R::TooMany { name: "limit", limit: limits::CONTACT_PAGE });
    }
    refusals
}

fn presence(path: &str, writes: bool) -> Vec<Refusal> {
    use Refusal as R;
    let mut refusals = vec![R::FeatureDisabled { feature: Feature::Presence }];
    let words: &[&str] = match path {
        _ if path.starts_with("/presence/online") => &["Type must be 0 or 1."],
        _ if path.contains("{status}") => &["resource not exist"],
        _ if path.contains("{expiry}") => {
            &["you can't sub yourself", "expiry must be a number of seconds"]
        }
        _ => &[],
    };
    for why in words {
        refusals.push(R::Invalid { name: "presence", why: (*why).to_owned() });
    }
    if path.contains("{status}") {
        refusals.push(R::TooLong { name: "ext", limit: 1024 });
    }
    if writes {
        refusals.push(R::Missing { name: "usernames" });
        refusals.push(R::TooMany { name: "usernames", limit: limits::PRESENCE_BATCH });
        refusals.push(R::QuotaExceeded { feature: Feature::PresenceFollowersMax });
    } else {
        refusals.push(R::TooMany { name: "pageSize", limit: limits::PRESENCE_PAGE });
    }
    refusals
}

fn push(path: &str) -> Vec<Refusal> {
    use Refusal as R;
    let unknown = "unknown".to_owned();
    let mut refusals = vec![
        R::UserNotFound { user: "USER".to_owned() },
        R::Invalid { name: "type", why: unknown },
        R::FeatureDisabled { feature: Feature::Push },
    ];
    if path.contains("/chatgroup/") {
        let group = "GROUP".to_owned();
        refusals.extend([R::GroupNotFound { group }, R::NotInGroup]);
    }
    if path.contains("/template") {
        let name = || "TEMPLATE".to_owned();
        refusals.extend([
            R::PushTemplateNotFound { name: name() },
            R::PushTemplateExists { name: name() },
            R::QuotaExceeded { feature: Feature::PushTemplatesMax },
        ]);
    }
    refusals
}

fn threads(path: &str, writes: bool) -> Vec<Refusal> {
    use Refusal as R;
    let mut refusals = vec![R::FeatureDisabled { feature: Feature::Thread }];
    if !writes {
        refusals.push(R::TooMany { name: "limit", limit: limits::THREAD_PAGE });
        return refusals;
    }
    refusals.push(R::ThreadNameTooLong);
    if path == "/thread" {
        refusals.extend([
            R::GroupNotFound { group: "GROUP".to_owned() },
            R::NotInGroup,
            R::MessageNotFound,
            R::ThreadExists,
            R::QuotaExceeded { feature: Feature::ThreadsMax },
            R::NotGroupMessage,
            R::ThreadNested,
            R::MessageOfOtherGroup,
        ]);
    }
    refusals.extend([R::AlreadyInThread, R::UserThreadsFull { user: "USER".to_owned() }]);
    refusals
}

fn moderation(path: &str) -> Vec<Refusal> {
    use ModerationRefusal as M;
    use Refusal as R;
    let feature = |feature| R::FeatureDisabled { feature };
    if path.contains("/txt/check") {
        let mut refusals =
            vec![feature(Feature::ContentModeration), R::Missing { name: "content" }];
        refusals.extend([M::TextOff, M::NoTextRule, M::TextRuleOff].map(R::from));
        return refusals;
    }
    if path.contains("/text/list") {
        let mut refusals = vec![
            feature(Feature::ContentModeration),
            R::Missing { name: "name" },
            R::QuotaExceeded { feature: Feature::KeywordListsMax },
            R::QuotaExceeded { feature: Feature::KeywordsMax },
        ];
        let of_lists = [M::ListNotFound, M::ListExists, M::WordNotFound, M::WordExists];
        refusals.extend(of_lists.map(R::from));
        return refusals;
    }
    vec![
        feature(Feature::ContentModeration),
        R::QuotaExceeded { feature: Feature::ModerationExportsMax },
        M::ExportNotFound.into(),
        M::ExportNotReady.into(),
    ]
}
