import { defineTexts } from '@/i18n';

interface Note {
  /** What it does. */
  about: string;
  /** What stops when it is turned off; switches only. */
  stops?: string;
}

/** 说明 of each feature, by its key. A feature that is not listed has none. */
const notes = defineTexts(
  {
    friends_per_user_max: { about: '单个用户可以添加的好友数量。' },
    registered_users_max: { about: '应用中可以注册的用户总数。' },
    msg_storage_days: { about: '漫游消息和离线消息在服务器上的保存时间。' },
    attachment_storage_days: { about: '图片、语音、视频和文件在服务器上的保存时间。' },
    groups_max: { about: '应用中同时存在的群组数量，已解散的不计。' },
    group_members_max: { about: '单个群组的成员数量，包含群主。' },
    groups_per_user_max: { about: '单个用户可以加入的群组数量。' },
    chatrooms_max: { about: '应用中同时存在的聊天室数量。' },
    chatroom_members_max: { about: '单个聊天室的成员数量。' },
    multi_device: {
      about: '同一用户可以在多个平台、多台设备上同时在线。',
      stops: '每个用户只能有一台设备在线，新登录的设备会让之前的设备下线。',
    },
    single_read_ack: { about: '单聊消息的已读状态，始终可用。' },
    group_read_ack: {
      about: '群聊消息的已读人数与成员。',
      stops: '群聊消息的已读回执不再送达，发送者看不到已读人数。',
    },
    message_recall: {
      about: '发送者或您的服务器撤回已发送的消息。',
      stops: '客户端和 REST 都不能再撤回消息。',
    },
    rest_ip_allowlist: {
      about: '只有白名单中的 IP 可以通过 REST 发送和撤回消息。',
      stops: '白名单不再检查，持有 App Token 的任何 IP 都可以通过 REST 发送消息；名单会保留。',
    },
    global_mute: {
      about: '禁止某个用户在单聊、群聊或聊天室中发送消息。',
      stops: '已设置的全局禁言不再生效，被禁言的用户可以发送消息。',
    },
    user_blocklist: {
      about: '用户可以屏蔽其他用户的消息。',
      stops: '已有的黑名单不再生效，被屏蔽的用户可以再次发送消息。',
    },
    friend_check: {
      about: '仅允许好友之间发送单聊消息，否则 SDK 提示错误码 221。',
      stops: '陌生人之间可以直接发送单聊消息。',
    },
    message_roaming: {
      about: '用户可以拉取会话的历史消息。',
      stops: '客户端不能再拉取历史消息；消息会保留。',
    },
    directed_roaming: {
      about: '用户可以在历史消息中拉取群组和聊天室的定向消息。',
      stops: '历史消息中不再包含定向消息；消息会保留。',
    },
    server_conversation_list: {
      about: '服务器保存每个用户的会话列表、置顶和标记。',
      stops: '客户端不能再获取服务端会话列表；会话会保留。',
    },
    message_edit: {
      about: '发送者、群主和管理员修改已发送的消息。',
      stops: '已发送的消息不能再修改。',
    },
    message_pin: {
      about: '在会话中置顶消息。',
      stops: '不能再置顶消息；已有的置顶会保留。',
    },
    chatroom_tag_mute: {
      about: '为聊天室成员设置标签，并按标签禁言。',
      stops: '不能再设置标签，按标签设置的禁言不再生效；标签会保留。',
    },
    presence: {
      about: '用户发布和订阅在线状态。',
      stops: '在线状态不再发布，订阅者不再收到变更。',
    },
    reaction: {
      about: '对消息添加表情回复。',
      stops: '不能再添加表情；已有的表情会保留。',
    },
    thread: {
      about: '基于群消息创建子区。',
      stops: '不能再创建和使用子区；已有的子区会保留。',
    },
    message_report: {
      about: '用户向应用举报消息。',
      stops: '用户不能再举报消息；已有的举报会保留。',
    },
    room_priority: {
      about: '聊天室消息分为高、普通、低三级，负载高时低级别的消息不再下发，仍可在历史消息中查看。',
      stops: '所有聊天室消息按普通级别处理。',
    },
    room_history: {
      about: '聊天室成员可以拉取历史消息。',
      stops: '聊天室历史消息不再可见。',
    },
    room_broadcast: {
      about: '向应用的所有聊天室发送消息。',
      stops: '不能再向所有聊天室发送消息。',
    },
    translation: {
      about: '由部署方配置的服务翻译文本。',
      stops: '不能再翻译文本。',
    },
    speech_to_text: {
      about: '由部署方配置的服务将语音转为文字。',
      stops: '不能再将语音转为文字。',
    },
    chatroom_msg_storage_days: {
      about: '聊天室历史消息可以查看的天数。',
    },
    conversation_list_max: {
      about: '单个用户的服务端会话列表长度，超出时最早的会话不再列出。',
    },
    push: {
      about: '通过手机厂商的推送服务通知离线的用户。',
      stops: '离线的用户不再收到推送；证书和设备绑定会保留。',
    },
    push_advanced: {
      about: '用户按会话设置免打扰和推送方式，自定义推送模板，翻译推送内容。',
      stops: '推送模板和按会话设置的免打扰不再生效；模板和设置会保留。',
    },
    callback_pre: {
      about: '客户端发送消息前先询问您的服务器，由它决定放行、修改或拦截。',
      stops: '消息不再询问您的服务器，直接下发；规则会保留。',
    },
    callback_post: {
      about: '消息发送成功后，以及群组、好友、登录等事件发生后通知您的服务器。',
      stops: '您的服务器不再收到消息和事件的通知；规则会保留。',
    },
    callback_failure_cache: {
      about: '未能送达的发送后回调保留一段时间，可以重新投递。',
      stops: '未能送达的发送后回调直接丢弃。',
    },
    sensitive_words: {
      about: '检查文本消息中的敏感词，拦截消息或将其替换为 ***。',
      stops: '消息不再检查敏感词；词库会保留。',
    },
    content_moderation: {
      about: '按规则、关键词名单和审核服务检查文本、图片、音频和视频消息。',
      stops: '消息不再审核，直接下发；规则、名单、标签和历史记录会保留。',
    },
    push_certificates_max: { about: '应用可以添加的推送证书数量。' },
    push_templates_max: { about: '自定义推送模板的数量，内置模板不计。' },
    push_group_members_max: { about: '成员数超过此值的群组，群消息不推送。' },
    moderation_rules_max: { about: '所有类型的审核规则合计。' },
    moderation_sub_rules_max: { about: '一条规则可以为带有标签的用户设置的子规则数量。' },
    keyword_lists_max: { about: '关键词名单的数量。' },
    keywords_max: { about: '单个关键词名单的关键词数量。' },
    moderation_exports_max: { about: '同时保留的审核记录导出任务数量，每个任务保留 7 天。' },
    moderation_export_records_max: { about: '一次导出的审核记录数量，超出时只包含最新的记录。' },
    user_tags_max: { about: '用户标签的数量，用于审核子规则。' },
    user_tag_members_max: { about: '单个用户标签可以标记的用户数量。' },
    chat_tags_max: { about: '群组和聊天室标签的数量，用于关键词名单的生效范围。' },
    chat_tag_members_max: { about: '单个标签可以标记的群组和聊天室数量。' },
  },
  {
    friends_per_user_max: { about: 'Contacts that one user can have.' },
    registered_users_max: { about: 'Users that can be registered in the app.' },
    msg_storage_days: { about: 'How long the server keeps roaming and offline messages.' },
    attachment_storage_days: { about: 'How long the server keeps images, voice, video and files.' },
    groups_max: { about: 'Groups that exist at once; dissolved ones do not count.' },
    group_members_max: { about: 'Members of one group, its owner included.' },
    groups_per_user_max: { about: 'Groups that one user can be in.' },
    chatrooms_max: { about: 'Chat rooms that exist at once.' },
    chatroom_members_max: { about: 'Members of one chat room.' },
    multi_device: {
      about: 'A user can be online on several platforms and devices.',
      stops: 'Each user has one device online; a new login logs the others out.',
    },
    single_read_ack: { about: 'Whether a one-to-one message was read. Always there.' },
    group_read_ack: {
      about: 'How many members, and who, have read a group message.',
      stops: 'Read receipts of groups are no longer delivered; senders do not see who has read.',
    },
    message_recall: {
      about: 'The sender, or your server, withdraws a message.',
      stops: 'Neither clients nor REST can recall messages.',
    },
    rest_ip_allowlist: {
      about: 'Only listed networks may send and recall messages by REST.',
      stops: 'The list is no longer checked: with an app token every IP may send by REST. The entries are kept.',
    },
    global_mute: {
      about: 'Keeps a user from sending to users, groups or chat rooms.',
      stops: 'Users muted in the whole app can send again.',
    },
    user_blocklist: {
      about: 'A user can shut out messages of other users.',
      stops: 'Block lists no longer work: blocked users can send again.',
    },
    friend_check: {
      about: 'Only contacts can write to each other; others get SDK error 221.',
      stops: 'Strangers can write to each other.',
    },
    message_roaming: {
      about: 'Users read the history of their conversations.',
      stops: 'Clients can no longer read history; the messages are kept.',
    },
    directed_roaming: {
      about: 'Users find messages directed to some members of a group or chat room in its history.',
      stops: 'History no longer shows directed messages; they are kept.',
    },
    server_conversation_list: {
      about: 'The server keeps the list of conversations, with pins and marks.',
      stops: 'Clients can no longer read the list of conversations; it is kept.',
    },
    message_edit: {
      about: 'Senders, and owners and administrators, change messages that were sent.',
      stops: 'Sent messages can no longer be changed.',
    },
    message_pin: {
      about: 'Messages are pinned in their conversation.',
      stops: 'Messages can no longer be pinned; what is pinned is kept.',
    },
    chatroom_tag_mute: {
      about: 'Members of chat rooms have tags, and are muted by tag.',
      stops: 'Tags cannot be set, and mutes by tag do not hold; the tags stay.',
    },
    presence: {
      about: 'Users publish their online status and follow that of others.',
      stops: 'Status is no longer published, and followers hear of no change.',
    },
    reaction: {
      about: 'Emoji under messages.',
      stops: 'Emoji can no longer be added; those that are there are kept.',
    },
    thread: {
      about: 'Discussions below a group message.',
      stops: 'Threads can no longer be made and used; they are kept.',
    },
    message_report: {
      about: 'Users report messages to the app.',
      stops: 'Messages can no longer be reported; reports are kept.',
    },
    room_priority: {
      about: 'Messages of chat rooms are high, normal or low; under load, low ones are not delivered and stand in the history only.',
      stops: 'All messages of chat rooms count as normal.',
    },
    room_history: {
      about: 'Members of a chat room read what was said before.',
      stops: 'The history of chat rooms is no longer shown.',
    },
    room_broadcast: {
      about: 'One message to every chat room of the app.',
      stops: 'Chat rooms can no longer be sent to all at once.',
    },
    translation: {
      about: 'Texts are translated by the service that the operator has set up.',
      stops: 'Texts are no longer translated.',
    },
    speech_to_text: {
      about: 'Voice is turned into text by the service that the operator has set up.',
      stops: 'Voice is no longer turned into text.',
    },
    chatroom_msg_storage_days: {
      about: 'How long the messages of chat rooms can be read.',
    },
    conversation_list_max: {
      about: 'Conversations in the list of one user; beyond it the oldest are not listed.',
    },
    push: {
      about: 'Users who are offline are notified by the push services of their phones.',
      stops: 'Users who are offline are no longer notified; certificates and bindings are kept.',
    },
    push_advanced: {
      about: 'Do-not-disturb and reminders by conversation, templates of notices, notices in translation.',
      stops: 'Templates and settings by conversation no longer hold; they are kept.',
    },
    callback_pre: {
      about: 'Your server is asked before a message of a client is sent: it lets it pass, changes it or blocks it.',
      stops: 'Your server is no longer asked, and messages are sent at once; the rules are kept.',
    },
    callback_post: {
      about: 'Your server is told of messages that were sent, and of what happens in groups, contacts and logins.',
      stops: 'Your server is no longer told of messages and events; the rules are kept.',
    },
    callback_failure_cache: {
      about: 'Callbacks after sending that could not be delivered are kept for some days, to be delivered again.',
      stops: 'Callbacks after sending that cannot be delivered are lost.',
    },
    sensitive_words: {
      about: 'Text messages are searched for sensitive words: they are blocked, or the words become ***.',
      stops: 'Messages are no longer searched for sensitive words; the words are kept.',
    },
    content_moderation: {
      about: 'Texts, images, audio and video are examined by rules, lists of keywords and a provider.',
      stops: 'Messages are no longer examined; rules, lists, tags and the history are kept.',
    },
    push_certificates_max: { about: 'Push certificates of the app.' },
    push_templates_max: { about: 'Push templates, the built-in ones aside.' },
    push_group_members_max: { about: 'Messages of groups with more members are not pushed.' },
    moderation_rules_max: { about: 'Rules of moderation, of all kinds together.' },
    moderation_sub_rules_max: { about: 'Sub-rules, for users with tags, that one rule can have.' },
    keyword_lists_max: { about: 'Lists of keywords.' },
    keywords_max: { about: 'Keywords of one list.' },
    moderation_exports_max: { about: 'Exports of moderation records that are kept at once, each for 7 days.' },
    moderation_export_records_max: { about: 'Moderation records in one export; of more, the newest.' },
    user_tags_max: { about: 'Tags of users, for sub-rules of moderation.' },
    user_tag_members_max: { about: 'Users that can have one tag.' },
    chat_tags_max: { about: 'Tags of groups and chat rooms, for the scope of keyword lists.' },
    chat_tag_members_max: { about: 'Groups and chat rooms that can have one tag.' },
  },
);

export function noteOf(key: string, language: 'zh' | 'en'): Note | undefined {
  return (notes[language] as Record<string, Note>)[key];
}
