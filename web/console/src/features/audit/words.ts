// What the operation log's codes are called. A code without a name is shown as it is.

import type { Language } from '@/i18n';

type Names = Record<string, readonly [zh: string, en: string]>;

const moduleNames: Names = {
  account: ['账号', 'Account'],
  members: ['成员', 'Members'],
  organisations: ['组织', 'Organisations'],
  apps: ['应用', 'Apps'],
  features: ['功能', 'Features'],
  settings: ['设置', 'Settings'],
  security: ['安全', 'Security'],
  users: ['用户', 'Users'],
  groups: ['群组', 'Groups'],
  rooms: ['聊天室', 'Chat rooms'],
  messages: ['消息', 'Messages'],
};

/** By `module.action`, or by the action alone where it is called the same everywhere. */
const actionNames: Names = {
  create: ['创建', 'Create'],
  update: ['修改', 'Change'],
  delete: ['删除', 'Delete'],
  add_members: ['添加成员', 'Add members'],
  remove_member: ['移除成员', 'Remove member'],
  dissolve: ['解散', 'Dissolve'],
};

export function moduleName(module: string, language: Language): string {
  return pick(moduleNames[module], language) ?? module;
}

export function actionName({ module, action }: { module: string; action: string }, language: Language): string {
  return pick(actionNames[`${module}.${action}`] ?? actionNames[action], language) ?? action;
}

function pick(names: readonly [string, string] | undefined, language: Language): string | undefined {
  return names?.[language === 'zh' ? 0 : 1];
}
