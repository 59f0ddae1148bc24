//! Sizes of calls and pages, and lengths of ids: the shape of the interface, the same for every app (docs/rest.md, "Limits").
//!
//! What an app may have, and how large, is in the registry ([`crate::feature`]).

/// Length of a user id in bytes.
pub const USER_ID_BYTES: usize = 64;
/// Length of a group id in bytes.
pub const GROUP_ID_BYTES: usize = 64;
/// Length of a chat room id in bytes.
pub const ROOM_ID_BYTES: usize = 64;
/// Length of a thread id in bytes.
pub const THREAD_ID_BYTES: usize = 20;
/// Length of a device's resource in bytes.
pub const DEVICE_ID_BYTES: usize = 128;
/// Length of a password in characters.
pub const PASSWORD_CHARS: usize = 64;
/// Users in one registration call.
pub const REGISTRATION_BATCH: usize = 60;
/// Users in one status call.
pub const STATUS_BATCH: usize = 100;
/// Users in one attribute call.
pub const ATTRIBUTE_BATCH: usize = 100;
/// A file uploaded in one request, in bytes, whatever its app allows: it is in memory meanwhile.
pub const UPLOAD_BYTES: usize = 128 * 1024 * 1024;
/// Part of a file that is uploaded in parts, in bytes; only the last one is smaller. It is in memory meanwhile.
pub const UPLOAD_PART_BYTES: usize = 5 * 1024 * 1024;
/// Side of a thumbnail when the uploader asks for none, in pixels.
pub const THUMBNAIL_PIXELS: u32 = 170;
/// An image up to this size is its own thumbnail, in bytes.
pub const THUMBNAIL_SKIP_BYTES: usize = 10 * 1024;
/// Members of a group when the creator asks for no number.
pub const GROUP_DEFAULT_MEMBERS: u32 = 200;
/// Users in one call that adds them to a group, or invites them.
pub const GROUP_ADD_BATCH: usize = 100;
/// Members in one call that removes them from a group.
pub const GROUP_REMOVE_BATCH: usize = 60;
/// Users in one call about a list of a group or chat room: mutes, block list, allow list.
pub const MUC_LIST_BATCH: usize = 60;
/// Groups in one detail call.
pub const GROUP_DETAIL_BATCH: usize = 100;
/// Members in one call that reads attributes.
pub const MEMBER_ATTRIBUTES_READ: usize = 10;
/// Members in one call that sets attributes.
pub const MEMBER_ATTRIBUTES_SET: usize = 20;
/// Readers of a group message on one page.
pub const READERS_PAGE: usize = 500;
/// Members of a chat room when its creator asks for no number.
pub const ROOM_DEFAULT_MEMBERS: u32 = 1000;
/// Members in one add or remove call of a chat room.
pub const ROOM_MEMBER_BATCH: usize = 60;
/// Chat rooms in one detail call.
pub const ROOM_DETAIL_BATCH: usize = 100;
/// Attributes of a chat room in one call.
pub const ROOM_ATTRIBUTE_BATCH: usize = 10;
/// Users from whose history a message to a group or chat room can be kept out.
pub const UNROAMED_USERS: usize = 20;
/// Threads, or members of one, on a page.
pub const THREAD_PAGE: usize = 50;
/// Members in one add or remove call of a thread.
pub const THREAD_MEMBER_BATCH: usize = 10;
/// Threads in one call that asks for their newest messages.
pub const THREAD_LAST_MESSAGES: usize = 20;
/// Muted users on one page.
pub const MUTE_PAGE: usize = 50;
/// Contacts on one page.
pub const CONTACT_PAGE: usize = 50;
/// Contacts in one invitation or import call.
pub const CONTACT_BATCH: usize = 10;
/// Users in one call that asks for their relation to another.
pub const RELATION_BATCH: usize = 100;
/// Users in one call that blocks or unblocks them.
pub const BLOCK_BATCH: usize = 500;
/// Users whose presence one call asks for, follows, or follows no longer.
pub const PRESENCE_BATCH: usize = 100;
/// Followed users on one page.
pub const PRESENCE_PAGE: usize = 500;
/// Device id, certificate name and device token of a push binding, each in bytes.
pub const PUSH_TOKEN_BYTES: usize = 4096;
/// Messages in one call that asks for their reactions.
pub const REACTION_BATCH: usize = 20;
/// Users on one page of those who added a reaction.
pub const REACTION_USER_PAGE: usize = 50;
/// Pinned messages on one page.
pub const PIN_PAGE: usize = 50;
/// Push nicknames set in one call.
pub const NICKNAME_BATCH: usize = 50;
/// Conversations of which one call asks when they notify.
pub const QUIET_BATCH: usize = 20;
/// Conversations on a page of those that notify otherwise than in general.
pub const QUIET_PAGE: usize = 50;
/// Name of a language in bytes.
pub const LANGUAGE_BYTES: usize = 64;
/// Favourites in one call that imports or removes them.
pub const FAVOURITE_BATCH: usize = 20;
/// Favourites on one page.
pub const FAVOURITE_PAGE: usize = 200;
/// Length of a favourite's id in bytes.
pub const FAVOURITE_ID_BYTES: usize = 128;
/// Messages that one call deletes for its user.
pub const DELETION_BATCH: usize = 50;
/// Conversations in one call that marks them.
pub const CONVERSATION_BATCH: usize = 20;
/// Marks there are.
pub const CONVERSATION_MARKS: u8 = 20;
/// One page of history.
pub const HISTORY_PAGE: usize = 50;
/// Default token lifetime: 60 days, in seconds.
pub const TOKEN_TTL_SECONDS: u64 = 60 * 24 * 3600;
/// Default recall window.
pub const RECALL_WINDOW_MS: i64 = 2 * 60 * 1000;
/// Longest recall window.
pub const RECALL_WINDOW_MAX_MS: i64 = 7 * DAY_MS;
/// Days in one query of statistics.
pub const STATISTICS_DAYS: i64 = 366;
/// Users, groups or rooms in one list of the busiest.
pub const HOT_SUBJECTS: usize = 50;
/// How long the history of connections is kept, and how far back messages are looked up.
pub const LIVE_QUERY_MS: i64 = 3 * DAY_MS;
/// Lines on a page of the history of connections, or of looked up messages.
pub const LIVE_QUERY_PAGE: usize = 100;
/// Lines of the REST allowlist.
pub const IP_ALLOWLIST: usize = 8;
/// Product name of an app in characters.
pub const PRODUCT_NAME_CHARS: usize = 32;
/// Description of an app in characters.
pub const APP_DESCRIPTION_CHARS: usize = 512;
/// Default number of devices of one platform online at once.
pub const DEVICES_PER_PLATFORM: u8 = 4;
/// A device not seen for this long is forgotten; it then counts as new.
pub const DEVICE_LIFETIME_MS: i64 = 90 * DAY_MS;

const DAY_MS: i64 = 24 * 3600 * 1000;
