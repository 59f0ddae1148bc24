//! Types that several endpoints share, in the notation.

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
        "{from?: string, to: string[], type: MessageType, body: {[key]: any}, ext?: {[key]: any}, \
         sync_device?: bool, routetype?: string, need_group_ack?: bool, \
         roam_ignore_users?: string[], \
         chatroom_msg_level?: 'high' | 'normal' | 'low'}",
    ),
    (
        "DirectedMessage",
        "{from?: string, to: string[1..1], users: string[1..20], type: MessageType, body: {[key]: any}, \
         ext?: {[key]: any}, roam_ignore_users?: string[0..20]}",
    ),
    ("MessageType", "'txt' | 'img' | 'audio' | 'video' | 'file' | 'loc' | 'cmd' | 'custom'"),
];
