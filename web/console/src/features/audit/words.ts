// What the operation log's codes are called. A code without a name is shown as it is; a test of the server sees to it
// that every endpoint has names here.

import type { Language } from '@/i18n';

type Names = Record<string, readonly [zh: string, en: string]>;

const moduleNames: Names = {
  security: ['登录与验证', 'Sign-in'],
  account: ['账号', 'Account'],
  members: ['成员', 'Members'],
  organisations: ['组织', 'Organisations'],
  apps: ['应用', 'Apps'],
  features: ['功能配置', 'Features'],
  settings: ['服务设置', 'Settings'],
  allowlist: ['IP 白名单', 'IP allowlist'],
  users: ['用户', 'Users'],
  groups: ['群组', 'Groups'],
  rooms: ['聊天室', 'Chat rooms'],
  messages: ['消息', 'Messages'],
  push_certificates: ['推送证书', 'Push certificates'],
  push_templates: ['推送模板', 'Push templates'],
  callbacks: ['消息回调', 'Callbacks'],
  sensitive_words: ['敏感词', 'Sensitive words'],
  moderation: ['内容审核', 'Content moderation'],
  moderation_rules: ['审核规则', 'Moderation rules'],
  keyword_lists: ['关键词名单', 'Keyword lists'],
  moderation_tags: ['审核标签', 'Moderation tags'],
  reports: ['消息举报', 'Message reports'],
  billing: ['费用', 'Billing'],
  mail: ['邮件', 'Mail'],
};

/** What the log can be narrowed to. */
export const modules: readonly string[] = Object.keys(moduleNames);

/** By `module.action`, or by the action alone where it is called the same everywhere. */
const actionNames: Names = {
  create: ['创建', 'Create'],
  edit: ['修改', 'Edit'],
  update: ['修改', 'Edit'],
  delete: ['删除', 'Delete'],
  add: ['添加', 'Add'],
  remove: ['移除', 'Remove'],
  send: ['发送', 'Send'],
  activate: ['激活', 'Activate'],
  reset_password: ['重置密码', 'Reset password'],
  add_members: ['添加成员', 'Add members'],
  remove_member: ['移除成员', 'Remove member'],
  dissolve: ['解散', 'Dissolve'],
  add_admin: ['添加管理员', 'Add admin'],
  remove_admin: ['移除管理员', 'Remove admin'],
  block: ['加入黑名单', 'Block'],
  unblock: ['移出黑名单', 'Unblock'],
  mute: ['禁言', 'Mute'],
  unmute: ['解除禁言', 'Unmute'],
  allow: ['加入白名单', 'Add to allow list'],
  disallow: ['移出白名单', 'Remove from allow list'],
  mute_all: ['全员禁言', 'Mute all'],
  announcement: ['修改公告', 'Edit announcement'],
  transfer: ['转让', 'Transfer'],

  'security.login': ['登录', 'Sign in'],
  'security.login_password': ['登录（密码）', 'Sign in (password)'],
  'security.login_code': ['发送登录验证码', 'Send login code'],
  'security.logout': ['退出登录', 'Sign out'],
  'security.register': ['注册', 'Register'],
  'security.join': ['接受邀请', 'Accept invitation'],
  'security.verify_email': ['认证邮箱', 'Verify e-mail'],
  'security.forgot_password': ['找回密码', 'Ask for a new password'],
  'security.verify': ['验证身份', 'Verify identity'],
  'security.verify_code': ['发送验证码', 'Send verification code'],

  'account.change_password': ['修改密码', 'Change password'],
  'account.change_email': ['修改邮箱', 'Change e-mail'],
  'account.send_verification': ['发送认证邮件', 'Send verification mail'],
  'account.set_protection': ['修改账号保护', 'Change protection'],
  'account.totp_begin': ['开始绑定 MFA', 'Begin to bind authenticator'],
  'account.totp_bind': ['绑定 MFA', 'Bind authenticator'],
  'account.totp_unbind': ['解绑 MFA', 'Unbind authenticator'],
  'account.renew_recovery_codes': ['重新生成恢复码', 'Make recovery codes'],
  'account.request_closing': ['申请注销', 'Ask to close'],
  'account.keep_open': ['撤回注销申请', 'Take closing back'],

  'members.invite': ['邀请', 'Invite'],
  'members.revoke_invitation': ['撤销邀请', 'Revoke invitation'],
  'organisations.close': ['确认注销', 'Close'],

  'apps.suspend': ['停用', 'Suspend'],
  'apps.resume': ['启用', 'Resume'],
  'apps.restore': ['恢复', 'Restore'],
  'apps.reveal_secret': ['查看 Client Secret', 'Reveal client secret'],
  'apps.reset_secret': ['重置 Client Secret', 'Reset client secret'],
  'apps.set_token_ttl': ['设置 Token 有效期', 'Set token lifetime'],
  'apps.issue_app_token': ['获取 App Token', 'Issue app token'],
  'apps.set_plan': ['变更版本', 'Set plan'],
  'features.switch': ['开通或关闭', 'Switch'],
  'features.grant': ['授权', 'Grant'],
  'features.revoke': ['移除授权', 'Remove grant'],
  'settings.set_recall': ['设置消息撤回', 'Set recall windows'],
  'settings.set_devices': ['设置多端多设备', 'Set device policy'],
  'settings.set_registration': ['设置注册模式', 'Set registration mode'],
  'settings.set_thumbnail': ['设置缩略图', 'Set thumbnail'],

  'users.ban': ['封禁', 'Ban'],
  'users.unban': ['解封', 'Unban'],
  'users.force_offline': ['强制下线', 'Force offline'],
  'users.set_push': ['设置消息提醒', 'Set notices'],
  'users.unbind_push': ['解除推送绑定', 'Unbind from push'],
  'users.issue_token': ['查看 Token', 'Issue token'],
  'users.add_friend': ['添加好友', 'Add friend'],
  'users.remove_friend': ['删除好友', 'Remove friend'],
  'messages.upload_image': ['上传图片', 'Upload image'],

  'push_certificates.set_policy': ['设置推送策略', 'Set policy'],
  'push_certificates.enable': ['启用或停用', 'Switch'],
  'push_certificates.test': ['测试推送', 'Send test'],

  'callbacks.enable': ['启用或停用', 'Switch'],
  'callbacks.test': ['发送测试', 'Send test'],
  'callbacks.replay': ['重新投递', 'Deliver again'],
  'callbacks.unban': ['解除封禁', 'Lift ban'],
  'callbacks.set_alert': ['设置失败告警', 'Set failure alert'],
  'sensitive_words.test': ['测试', 'Test'],
  'sensitive_words.set': ['修改服务设置', 'Edit settings'],
  'sensitive_words.clear': ['清空', 'Clear'],
  'moderation.set': ['修改审核范围', 'Edit scope'],
  'moderation_rules.enable': ['启用或停用', 'Switch'],
  'moderation_rules.test': ['规则测试', 'Test'],
  'keyword_lists.add_words': ['添加关键词', 'Add words'],
  'keyword_lists.remove_words': ['删除关键词', 'Delete words'],
  'keyword_lists.clear_words': ['清空关键词', 'Delete all words'],
  'moderation_tags.rename': ['重命名', 'Rename'],
  'moderation_tags.add_members': ['绑定标记', 'Tag members'],
  'moderation_tags.remove_members': ['解绑标记', 'Untag members'],
  'moderation_tags.clear': ['清空标记', 'Untag all'],
  'reports.handle': ['处理', 'Handle'],

  'billing.estimate': ['预估费用', 'Estimate'],
  'billing.purchase': ['购买', 'Buy'],
  'billing.pay': ['支付订单', 'Pay purchase'],
  'billing.cancel_purchase': ['取消订单', 'Cancel purchase'],
  'billing.set_auto_renew': ['设置自动续费', 'Set automatic renewal'],
  'billing.set_alert': ['设置余额预警', 'Set low-balance alert'],
  'billing.add_recharge': ['提交充值', 'Submit recharge'],
  'billing.pay_recharge': ['支付充值单', 'Pay recharge'],
  'billing.delete_recharge': ['删除充值单', 'Delete recharge'],
  'billing.confirm_recharge': ['确认到账', 'Confirm recharge'],
  'billing.adjust': ['充值、赠送或调账', 'Adjust balance'],
  'billing.set_credit_limit': ['设置信用额度', 'Set credit limit'],
  'billing.rerun': ['重新出账', 'Bill again'],
  'billing.reload_catalogue': ['重新加载版本目录', 'Reload catalogue'],

  'mail.code': ['验证码', 'Code'],
  'mail.verify_email': ['邮箱认证', 'E-mail verification'],
  'mail.arrears': ['欠费提醒', 'Arrears'],
  'mail.balance_low': ['余额提醒', 'Low balance'],
  'mail.invitation': ['邀请', 'Invitation'],
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
