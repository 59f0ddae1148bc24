import { defineTexts } from '@/i18n';

type Measure = 'ban' | 'kick' | 'blocklist' | 'delete' | 'recall' | 'dismiss';

export const reportTexts = defineTexts(
  {
    about: '用户在客户端举报的消息：查看消息快照，对发送者或消息采取措施，或驳回举报。',
    reports: '消息举报',
    empty: '没有举报。用户举报消息需要开通“消息举报”功能。',
    noMatch: '没有符合条件的举报',
    time: '举报时间',
    reporter: '举报人',
    sender: '发送者',
    chatType: '会话类型',
    target: '接收方',
    kind: '举报类型',
    reason: '举报原因',
    messageId: '消息 ID',
    message: '消息内容',
    snapshot: '消息快照',
    state: '状态',
    states: (state: string) =>
      ({
        pending: '待审核',
        banned: '已封禁用户',
        kicked: '已强制下线',
        blocklisted: '已加入黑名单',
        deleted: '已删除用户',
        recalled: '已撤回',
        dismissed: '已驳回',
      })[state] ?? state,
    handler: '处理人',
    handled: '处理时间',
    note: '备注',
    view: '查看',
    detailTitle: '举报详情',

    handle: '处理',
    handleChosen: (count: number) => `处理所选（${count}）`,
    measures: (measure: Measure) =>
      ({ ban: '封禁用户', kick: '强制下线', blocklist: '加入黑名单', delete: '删除用户', recall: '撤回消息', dismiss: '驳回' })[measure],
    titles: (measure: Measure, count: number) =>
      count === 1
        ? { ban: '封禁用户？', kick: '强制用户下线？', blocklist: '将用户加入黑名单？', delete: '删除用户？', recall: '撤回消息？', dismiss: '驳回举报？' }[measure]
        : {
            ban: `封禁 ${count} 条举报的发送者？`,
            kick: `将 ${count} 条举报的发送者强制下线？`,
            blocklist: `将 ${count} 条举报的发送者加入黑名单？`,
            delete: `删除 ${count} 条举报的发送者？`,
            recall: `撤回 ${count} 条被举报的消息？`,
            dismiss: `驳回 ${count} 条举报？`,
          }[measure],
    effects: (measure: Measure) =>
      ({
        ban: '发送者的所有设备立即下线，解封前不能登录。',
        kick: '发送者的所有设备立即下线，可以再次登录。',
        blocklist: '单聊：发送者加入举报人的黑名单；群聊和聊天室：发送者被移出并加入其黑名单。',
        delete: '发送者的好友关系、黑名单、用户属性和会话将被删除，其拥有的群组和聊天室会被解散。此操作不能撤销。',
        recall: '消息在所有设备上撤回，不能恢复。',
        dismiss: '不对发送者和消息采取措施。',
      })[measure],
    senders: '发送者',
    typed: (words: string) => `请输入 ${words} 以确认`,
    typedRule: (words: string) => `请输入 ${words}`,
    notePlaceholder: '选填，随处理结果保存',
    done: (count: number) => `已处理 ${count} 条举报`,
    failed: (count: number) => `${count} 条举报未能处理`,
    failedOne: (id: string, why: string) => `${id}：${why}`,
  },
  {
    about: 'Messages that users have reported: see them, act on the sender or the message, or dismiss the report.',
    reports: 'Message reports',
    empty: 'No reports. Users can report messages when the feature “message reports” is enabled.',
    noMatch: 'No such reports',
    time: 'Reported',
    reporter: 'Reporter',
    sender: 'Sender',
    chatType: 'Chat',
    target: 'Receiver',
    kind: 'Type',
    reason: 'Reason',
    messageId: 'Message ID',
    message: 'Message',
    snapshot: 'Message snapshot',
    state: 'State',
    states: (state) =>
      ({
        pending: 'Pending',
        banned: 'Sender banned',
        kicked: 'Sender logged out',
        blocklisted: 'Sender blocked',
        deleted: 'Sender deleted',
        recalled: 'Message recalled',
        dismissed: 'Dismissed',
      })[state] ?? state,
    handler: 'Handled by',
    handled: 'Handled',
    note: 'Note',
    view: 'View',
    detailTitle: 'Report',

    handle: 'Handle',
    handleChosen: (count) => `Handle selected (${count})`,
    measures: (measure) =>
      ({ ban: 'Ban user', kick: 'Force offline', blocklist: 'Block', delete: 'Delete user', recall: 'Recall message', dismiss: 'Dismiss' })[measure],
    titles: (measure, count) =>
      count === 1
        ? { ban: 'Ban the user?', kick: 'Force the user offline?', blocklist: 'Block the user?', delete: 'Delete the user?', recall: 'Recall the message?', dismiss: 'Dismiss the report?' }[measure]
        : {
            ban: `Ban the senders of ${count} reports?`,
            kick: `Force the senders of ${count} reports offline?`,
            blocklist: `Block the senders of ${count} reports?`,
            delete: `Delete the senders of ${count} reports?`,
            recall: `Recall ${count} reported messages?`,
            dismiss: `Dismiss ${count} reports?`,
          }[measure],
    effects: (measure) =>
      ({
        ban: 'All devices of the sender go offline at once, and it cannot log in until the ban is lifted.',
        kick: 'All devices of the sender go offline at once; it can log in again.',
        blocklist: 'One-to-one: the reporter blocks the sender. Groups and chat rooms: the sender is removed and blocked there.',
        delete: 'Friends, block list, attributes and conversations of the sender are deleted; groups and chat rooms that it owns are dissolved. This cannot be undone.',
        recall: 'The message is recalled on all devices, for good.',
        dismiss: 'Nothing happens to the sender or the message.',
      })[measure],
    senders: 'Senders',
    typed: (words) => `Type ${words} to confirm`,
    typedRule: (words) => `Please type ${words}`,
    notePlaceholder: 'Optional, kept with the outcome',
    done: (count) => `${count} reports handled`,
    failed: (count) => `${count} reports could not be handled`,
    failedOne: (id, why) => `${id}: ${why}`,
  },
);
