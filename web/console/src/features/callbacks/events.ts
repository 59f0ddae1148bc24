// What a rule after sending can be about: the tree of selectors with their names. A selector means all below it.

import type { Language } from '@/i18n';

type Names = readonly [zh: string, en: string];

interface EventNode {
  selector: string;
  names: Names;
  below: readonly EventNode[];
}

/** Kinds of messages: as rules before sending call them, and their names. */
export const messageKinds: readonly { selector: string; type: string; names: Names }[] = [
  { selector: 'txt', type: 'TEXT', names: ['文本', 'Text'] },
  { selector: 'img', type: 'IMAGE', names: ['图片', 'Image'] },
  { selector: 'audio', type: 'VOICE', names: ['语音', 'Voice'] },
  { selector: 'video', type: 'VIDEO', names: ['视频', 'Video'] },
  { selector: 'loc', type: 'LOCATION', names: ['位置', 'Location'] },
  { selector: 'file', type: 'FILE', names: ['文件', 'File'] },
  { selector: 'cmd', type: 'COMMAND', names: ['命令', 'Command'] },
  { selector: 'custom', type: 'CUSTOM', names: ['自定义', 'Custom'] },
  { selector: 'combine', type: 'COMBINE', names: ['合并', 'Combined'] },
];

const mucOperations: Record<string, Names> = {
  create: ['创建', 'Created'],
  destroy: ['解散', 'Dissolved'],
  apply: ['申请加入', 'Applied for'],
  apply_accept: ['同意加入申请', 'Application accepted'],
  apply_decline: ['拒绝加入申请', 'Application declined'],
  invite: ['邀请', 'Invited'],
  invite_accept: ['接受邀请', 'Invitation accepted'],
  invite_decline: ['拒绝邀请', 'Invitation declined'],
  kick: ['移出成员', 'Member removed'],
  ban: ['加入黑名单', 'Blocked'],
  allow: ['移出黑名单', 'Unblocked'],
  update: ['修改信息', 'Information changed'],
  block: ['屏蔽消息', 'Messages shut out'],
  unblock: ['取消屏蔽消息', 'Messages let in again'],
  presence: ['成员进入', 'Member came'],
  absence: ['成员离开', 'Member went'],
  direct_joined: ['直接加入', 'Joined without approval'],
  leave: ['主动退出', 'Left'],
  assing_owner: ['转让', 'Transferred'],
  add_admin: ['添加管理员', 'Admin added'],
  remove_admin: ['移除管理员', 'Admin removed'],
  add_mute: ['禁言成员', 'Member muted'],
  remove_mute: ['解除成员禁言', 'Member unmuted'],
  update_announcement: ['更新公告', 'Announcement changed'],
  delete_announcement: ['删除公告', 'Announcement deleted'],
  upload_file: ['上传共享文件', 'File uploaded'],
  delete_file: ['删除共享文件', 'File deleted'],
  add_user_white_list: ['加入白名单', 'Added to allow list'],
  remove_user_white_list: ['移出白名单', 'Removed from allow list'],
  ban_group: ['全员禁言', 'All muted'],
  remove_ban_group: ['解除全员禁言', 'All unmuted'],
  room_super_admin: ['聊天室超级管理员', 'Chat room super admins'],
};

const rosterOperations: Record<string, Names> = {
  add: ['发送好友申请', 'Invited'],
  remove: ['删除好友', 'Removed'],
  accept: ['同意好友申请', 'Accepted'],
  decline: ['拒绝好友申请', 'Declined'],
  remote_accept: ['对方同意好友申请', 'Accepted by the other'],
  remote_decline: ['对方拒绝好友申请', 'Declined by the other'],
  ban: ['加入黑名单', 'Blocked'],
  allow: ['移出黑名单', 'Unblocked'],
};

const family = (selector: string, names: Names, members: readonly (readonly [string, Names])[] = []): EventNode => ({
  selector,
  names,
  below: members.map(([member, of]) => ({ selector: `${selector}:${member}`, names: of, below: [] })),
});

const ofMessages = messageKinds.map(({ selector, names }) => [selector, names] as const);

/** Everything. */
export const everything = '*';
export const everythingNames: Names = ['全部', 'Everything'];

export const eventTree: readonly EventNode[] = [
  family('chat', ['单聊消息', 'One-to-one messages'], ofMessages),
  family('groupchat', ['群聊消息', 'Group messages'], ofMessages),
  family('chatroom', ['聊天室消息', 'Chat room messages'], ofMessages),
  family('recall', ['消息撤回', 'Recalls']),
  family('edit', ['消息修改', 'Edits']),
  family('read_ack', ['单聊已读回执', 'One-to-one read receipts']),
  family('group_read_ack', ['群聊已读回执', 'Group read receipts']),
  family('channel_ack', ['会话已读回执', 'Conversation read receipts']),
  family('delivery_ack', ['送达回执', 'Delivery receipts']),
  family('muc', ['群组与聊天室操作', 'Group and chat room operations'], Object.entries(mucOperations)),
  family('roster', ['好友操作', 'Contact operations'], Object.entries(rosterOperations)),
  family('userStatus', ['登录状态', 'Login status'], [
    ['login', ['登录', 'Login']],
    ['logout', ['登出', 'Logout']],
    ['replaced', ['被踢下线', 'Logged out by others']],
  ]),
  family('sensitiveWords', ['敏感词', 'Sensitive words'], [
    ['intercepted', ['已拦截', 'Blocked']],
    ['replaced', ['已替换', 'Replaced']],
    ['through', ['已放行', 'Let pass']],
  ]),
  family('moderation', ['内容审核', 'Moderation']),
  family('push', ['离线推送', 'Offline push'], [
    ['success', ['推送成功', 'Success']],
    ['fail', ['推送失败', 'Failure']],
    ['error', ['推送异常', 'Unknown']],
  ]),
];

export function pick([zh, en]: Names, language: Language): string {
  return language === 'zh' ? zh : en;
}

const names = new Map<string, readonly Names[]>([
  [everything, [everythingNames]],
  ...eventTree.flatMap((node) => [
    [node.selector, [node.names]] as const,
    ...node.below.map((leaf) => [leaf.selector, [node.names, leaf.names]] as const),
  ]),
]);

/** 单聊消息 / 文本; a selector that is not known, as it is. */
export function eventName(selector: string, language: Language): string {
  return names.get(selector)?.map((part) => pick(part, language)).join(' / ') ?? selector;
}
