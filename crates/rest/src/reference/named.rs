//! What several endpoints share in the notation: types, and limits that the domain holds.

use hongyan_model::limits;

/// Name and type.
pub(crate) const NAMED: &[(&str, &str)] = &[
    (
        "User",
        "{uuid: string, type: 'user', created: int, modified: int, username: string, activated: bool, nickname?: string}",
    ),
    (
        "UserDetails",
        "{uuid: string, type: 'user', created: int, modified: int, username: string, activated: bool, nickname?: string, \
         pushInfo?: {device_id: string, device_Id: string, device_token: string, notifier_name: string}[], \
         notification_display_style: int, notification_no_disturbing: bool, \
         notification_no_disturbing_start?: int, notification_no_disturbing_end?: int}",
    ),
    (
        "KeywordList",
        "{id: string, name: string, moderationId: string, appkey: string, category: string, scope: string, \
         tagId: string | null, fullMatch: bool, suggestion: string, disposition: string, quantity: int, \
         status: 'ACTIVE' | 'CLOSE', createDataTime: int, updateDataTime: int, textList?: ListedWord[]}",
    ),
    (
        "ListedWord",
        "{id: string, appId: string, word: string, userId: string | null, listId: string, status: bool, \
         createDateTime: int, updateDateTime: int}",
    ),
    (
        "Favourite",
        "{id: string, type: int, data: string, ext: string | null, createdAt: int, updatedAt: int}",
    ),
    ("Rule", "{type: string, ignoreDuration: int, ignoreInterval: string}"),
    (
        "PushTemplate",
        "{name: string, createAt: int, updateAt: int, title_pattern: string, content_pattern: string}",
    ),
    ("PushBinding", "{device_id: string, device_token: string, notifier_name: string}"),
    (
        "Presence",
        "{uid: string, last_time: string, expiry?: string, ext: string, status: {[key]: string}}",
    ),
    ("Affiliation", "{owner?: string, admin?: string, member?: string, joined_time?: int}"),
    (
        "MucRow",
        "{result: bool, action: string, user: string, id?: string, groupid?: string, chatroomid?: string, reason?: string}",
    ),
    ("Muting", "{user: string, expire: int}"),
    ("MutingResult", "{result: bool, user: string, expire?: int, reason?: string}"),
    ("AttributesSet", "{successKeys: string[], errorKeys: {[key]: string}}"),
    (
        "SharedFile",
        "{file_id: string, file_name: string, file_owner: string, file_size: int, created: int}",
    ),
    (
        "Thread",
        "{id: string, name: string, owner: string, msgId: string, groupId: string, created: int}",
    ),
    (
        "MessageToSend",
        "{from?: string, to: string[], type: MessageType, body: MessageBody, ext?: {[key]: any}, \
         sync_device?: bool, routetype?: string, need_group_ack?: bool, \
         roam_ignore_users?: string[], \
         chatroom_msg_level?: 'high' | 'normal' | 'low'}",
    ),
    (
        "DirectedMessage",
        "{from?: string, to: string[1..1], users: string[1..20], type: MessageType, body: MessageBody, \
         ext?: {[key]: any}, roam_ignore_users?: string[0..UNROAMED_USERS]}",
    ),
    (
        "MessageBody",
        "TextBody | ImageBody | AudioBody | VideoBody | FileBody | LocationBody | CommandBody | CustomBody",
    ),
    ("TextBody", "{msg: string}"),
    (
        "ImageBody",
        "{url: string, filename?: string, secret?: string, file_length?: int, \
         size?: {width: number, height: number}}",
    ),
    (
        "AudioBody",
        "{url: string, filename?: string, secret?: string, file_length?: int, length?: int}",
    ),
    (
        "VideoBody",
        "{url: string, filename?: string, secret?: string, file_length?: int, length?: int, \
         thumb?: string, thumb_secret?: string}",
    ),
    ("FileBody", "{url: string, filename?: string, secret?: string, file_length?: int}"),
    (
        "LocationBody",
        "{lat: number | string, lng: number | string, addr: string, buildingName?: string}",
    ),
    ("CommandBody", "{action: string, param?: {[key]: any}}"),
    ("CustomBody", "{customEvent?: string(32), customExts?: {[key]: string} | {[key]: string}[]}"),
    (
        "TypedBody",
        "{type: 'txt', msg: string} \
         | {type: 'img', url: string, filename?: string, secret?: string, file_length?: int, \
            size?: {width: number, height: number}} \
         | {type: 'audio', url: string, filename?: string, secret?: string, file_length?: int, length?: int} \
         | {type: 'video', url: string, filename?: string, secret?: string, file_length?: int, length?: int, \
            thumb?: string, thumb_secret?: string} \
         | {type: 'file', url: string, filename?: string, secret?: string, file_length?: int} \
         | {type: 'loc', lat: number | string, lng: number | string, addr: string, buildingName?: string} \
         | {type: 'cmd', action: string, param?: {[key]: any}} \
         | {type: 'custom', customEvent?: string(32), customExts?: {[key]: string} | {[key]: string}[]}",
    ),
    (
        "StoredMessage",
        "{id?: string, from?: string, to?: string, timestamp?: int, \
         payload?: {type: 'chat' | 'groupchat' | 'chatroom', from: string, to: string, ext: {[key]: any}, \
                    bodies: {[key]: any}[], msgConfig?: {allowGroupAck: bool}, stream?: {[key]: any}, \
                    meta?: {[key]: any}}}",
    ),
    ("MessageType", "'txt' | 'img' | 'audio' | 'video' | 'file' | 'loc' | 'cmd' | 'custom'"),
];

/// Name and number of how many there may be in one call.
pub(crate) const LIMITS: &[(&str, usize)] = &[
    ("ATTRIBUTE_BATCH", limits::ATTRIBUTE_BATCH),
    ("BLOCK_BATCH", limits::BLOCK_BATCH),
    ("CONTACT_BATCH", limits::CONTACT_BATCH),
    ("CONVERSATION_BATCH", limits::CONVERSATION_BATCH),
    ("FAVOURITE_BATCH", limits::FAVOURITE_BATCH),
    ("GROUP_ADD_BATCH", limits::GROUP_ADD_BATCH),
    ("MEMBER_ATTRIBUTES_READ", limits::MEMBER_ATTRIBUTES_READ),
    ("MUC_LIST_BATCH", limits::MUC_LIST_BATCH),
    ("NICKNAME_BATCH", limits::NICKNAME_BATCH),
    ("PRESENCE_BATCH", limits::PRESENCE_BATCH),
    ("REGISTRATION_BATCH", limits::REGISTRATION_BATCH),
    ("RELATION_BATCH", limits::RELATION_BATCH),
    ("ROOM_ATTRIBUTE_BATCH", limits::ROOM_ATTRIBUTE_BATCH),
    ("ROOM_MEMBER_BATCH", limits::ROOM_MEMBER_BATCH),
    ("THREAD_MEMBER_BATCH", limits::THREAD_MEMBER_BATCH),
    ("UNROAMED_USERS", limits::UNROAMED_USERS),
];
