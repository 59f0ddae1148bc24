// The words for each error code of the API. A code without an entry is shown in the server's own words.

import type { Language } from '@/i18n';
import { common } from '@/i18n/common';
import { certificateReason } from './certificateReasons';
import { ApiError, NetworkError } from './client';

type Params = Readonly<Record<string, unknown>>;
type Words = readonly [zh: string, en: string] | ((params: Params) => readonly [zh: string, en: string]);

const words: Record<string, Words> = {
  // --- requests
  internal: ['服务器内部错误，请稍后重试', 'The server failed. Please try again later.'],
  overloaded: ['服务器繁忙，请稍后重试', 'The server is busy. Please try again later.'],
  malformed_request: ['请求格式不正确', 'The request is malformed.'],
  no_such_endpoint: ['服务器不支持此操作', 'The server does not know this operation.'],
  body_too_large: ['提交的内容过大', 'Too much was sent at once.'],
  csrf: ['页面已过期，请刷新后重试', 'This page is out of date. Please reload it.'],
  not_permitted: ['您没有执行此操作的权限', 'You may not do this.'],
  missing: ['此项为必填', 'This is required.'],
  invalid: ['填写的内容不符合要求', 'This value is not allowed.'],
  too_many: ({ limit }) => [`最多 ${limit} 项`, `No more than ${limit}.`],
  too_long: ({ limit }) => [`最多 ${limit} 个字符`, `No more than ${limit} characters.`],
  sensitive_words: ['内容包含敏感词', 'It holds sensitive words.'],
  in_use: ['正在使用中，不能删除', 'It is in use and cannot be deleted.'],
  blocked_by_moderation: ['内容未通过审核', 'Content moderation does not let it pass.'],
  blocked_by_server: ['消息被应用服务器拦截', "The app's server does not let it pass."],

  // --- signing in, accounts
  signed_out: ['登录已失效，请重新登录', 'Your session has ended. Please sign in again.'],
  login_failed: ['邮箱或密码错误', 'The e-mail address or the password is wrong.'],
  challenge_required: ['需要完成安全校验', 'A security check has to be passed first.'],
  too_soon: ({ retry_after_seconds }) => {
    const [zh, en] = duration(Number(retry_after_seconds));
    return [`操作过于频繁，请${zh}后重试`, `Too many attempts. Please try again in ${en}.`];
  },
  wrong_code: ['验证码错误或已失效', 'The code is wrong or no longer valid.'],
  wrong_password: ['密码错误', 'The password is wrong.'],
  not_activated: ['账号尚未激活，请联系组织的超级管理员', 'This account is not active yet. Ask your super admin.'],
  password_change_required: ['请先修改密码', 'Please change your password first.'],
  verification_required: ['需要验证您的身份', 'Please prove that it is you.'],
  email_taken: ['该邮箱已注册', 'This e-mail address has an account already.'],
  link_invalid: ['链接无效、已使用或已过期', 'The link is unknown, used or expired.'],
  invitation_required: ['需要邀请才能注册', 'Registering needs an invitation.'],
  registration_closed: ['当前未开放注册', 'Registration is closed.'],
  mail_not_configured: ['服务器未配置邮件服务，请联系运维人员', 'No mail server is configured. Ask the operator.'],
  no_second_factor: ['请先绑定 MFA 设备或认证邮箱', 'Bind an authenticator app or verify your e-mail address first.'],
  factor_state: ['MFA 设备的绑定状态已变化，请刷新后重试', 'The authenticator app is not in the state this needs. Please reload.'],
  organisation_exists: ['该组织标识已被使用', 'An organisation has this name already.'],
  organisation_not_found: ['组织不存在', 'No such organisation.'],
  organisation_has_apps: ['组织下仍有应用，请先删除全部应用', 'The organisation still has apps. Delete them first.'],
  closing_not_requested: ['该组织没有申请注销', 'Nobody has asked to close this organisation.'],
  member_not_found: ['成员不存在', 'No such member.'],
  last_super_admin: ['组织至少需要保留一位超级管理员', 'An organisation keeps at least one super admin.'],
  own_account: ['不能对自己的账号执行此操作', 'Not for your own account.'],

  // --- apps and features
  app_not_found: ['应用不存在', 'No such app.'],
  app_exists: ['组织下已有同名应用', 'The organisation has an app of this name already.'],
  app_suspended: ['应用已停用', 'The app is suspended.'],
  app_registration_closed: ['应用未开放注册', 'The app does not let users register themselves.'],
  secret_unknown: ['服务器没有保存此密钥的原文，请重置', 'The server does not know this secret in clear. Reset it.'],
  feature_not_found: ['功能不存在', 'No such feature.'],
  feature_disabled: ['该功能未开通', 'This feature is not enabled.'],
  quota_exceeded: ['已达到当前版本的数量上限', "The plan's limit is reached."],
  platform_not_allowed: ['多端策略不允许该平台登录', 'The device policy does not allow this platform.'],
  token_invalid: ['Token 无效', 'The token is not valid.'],
  credentials_do_not_match: ['Client ID 或 Client Secret 不正确', 'The client id or client secret is wrong.'],

  // --- plans and money
  agreement_required: ['请阅读并同意购买协议', 'Please read and agree to the purchase agreement.'],
  plan_not_allowed: ['应用不能购买此版本', 'The app cannot buy this plan.'],
  service_not_allowed: ['应用不能购买所选的增值服务', 'The app cannot buy a service that was chosen.'],
  unfinished_purchase: ({ purchase_no }) => [
    `应用有未完成的订单 ${purchase_no}，请先支付或取消`,
    `Purchase ${purchase_no} of this app is not finished. Pay or cancel it first.`,
  ],
  balance_too_low: ['余额不足，请先充值', 'The balance is too low. Please recharge first.'],
  purchase_not_found: ['订单不存在', 'No such purchase.'],
  purchase_closed: ['订单已超过支付期限或已取消', 'The purchase can no longer be paid or cancelled.'],
  order_not_found: ['订单不存在', 'No such order.'],
  bill_not_found: ['账单不存在', 'No such bill.'],
  recharge_not_found: ['充值单不存在', 'No such recharge.'],
  recharge_paid: ['充值单已完成，不能更改', 'The recharge is paid already.'],
  month_not_billable: ['该月份尚未结束或没有账单，不能出账', 'This month is not over, or nothing was billed in it.'],
  billing_off: ['本部署未启用计费', 'Billing is off in this installation.'],
  in_arrears: ['账户有欠费，请先付清账单', 'Bills are overdue. Please pay what is owed first.'],
  catalogue_invalid: ({ why }) => [`版本目录有误：${why}`, `The catalogue is wrong: ${why}`],

  // --- users, groups, rooms
  user_banned: ['用户已被封禁', 'The user is banned.'],
  invalid_user_id: ['用户 ID 不合法', 'This is not a valid user ID.'],
  user_id_too_long: ['用户 ID 不能超过 64 字节', 'A user ID has at most 64 bytes.'],
  nickname_too_long: ['昵称不能超过 100 个字符', 'A nickname has at most 100 characters.'],
  password_too_long: ['密码不能超过 64 个字符', 'A password has at most 64 characters.'],
  invalid_device: ['设备标识不合法', 'This is not a valid device.'],
  user_not_found: ({ user }) => [`用户 ${user} 不存在`, `There is no user ${user}.`],
  user_exists: ({ user }) => [`用户 ${user} 已存在`, `There is a user ${user} already.`],
  attributes_too_large: ({ limit }) => [`用户属性总长不能超过 ${limit} 字节`, `User attributes have at most ${limit} bytes.`],
  favourite_not_found: ['没有该收藏', 'There is no such favourite.'],
  blocked: ['对方已将该用户加入黑名单', 'The other user has blocked this one.'],
  not_contact: ['双方不是好友', 'The two are no contacts.'],
  not_invited: ['没有待处理的好友申请', 'There is no invitation.'],
  contacts_full: ['好友数已达上限', 'There is no room for more contacts.'],
  conversation_not_found: ['会话不存在', 'There is no such conversation.'],
  group_not_found: ['群组不存在', 'No such group.'],
  group_exists: ['群组 ID 已存在', 'There is a group with this ID already.'],
  room_not_found: ['聊天室不存在', 'No such chat room.'],
  room_tag_not_found: ['聊天室中没有成员带有该标签', 'Nobody in the chat room has this tag.'],
  not_members: ['用户不是成员', 'The user is not a member.'],
  not_in_group: ['用户不在群组中', 'The user is not in the group.'],
  already_member: ({ user }) => [`用户 ${user} 已是成员`, `${user} is a member already.`],
  group_full: ['成员数已达上限', 'There is no room for more members.'],
  group_owner: ['不能对群主执行此操作', 'Not for the owner.'],
  role_too_low: ['角色权限不足', 'The role is too low.'],

  // --- push
  certificate_invalid: certificateReason,
  certificate_name_taken: ['已有同名的证书', 'There is a certificate of this name already.'],
  certificate_not_found: ['证书不存在', 'No such certificate.'],
  template_not_found: ['模板不存在', 'No such template.'],
  template_exists: ['已有同名的模板', 'There is a template of this name already.'],

  // --- messages and files
  message_too_large: ['消息过大', 'The message is too large.'],
  message_not_found: ['消息不存在', 'No such message.'],
  not_sender: ['只有发送者可以执行此操作', 'Only its sender may do this.'],
  reaction_exists: ['已添加过该表情', 'This reaction is there already.'],
  reaction_not_found: ['没有该表情', 'There is no such reaction.'],
  edit_limit: ['消息已达到修改次数上限', 'The message was edited as often as it may be.'],
  edit_format: ['该消息不能这样修改', 'The message cannot be edited so.'],
  edit_conflict: ['消息正被他人修改', 'Others are editing the message.'],
  recall_too_late: ['已超过可撤回时间', 'The recall window is over.'],
  file_not_found: ['文件不存在', 'No such file.'],
  file_expired: ['文件已过期', 'The file has expired.'],
  file_forbidden: ['没有访问该文件的权限', 'You may not read this file.'],
  file_too_large: ['文件过大', 'The file is too large.'],
};

/** A code by itself, as the operation log has it. */
export function describeCode(code: string, language: Language): string {
  const unknown: Params = new Proxy({}, { get: () => '…' });
  return describe(new ApiError(0, code, code, undefined, unknown), language);
}

/** An error in the words of a language. */
export function describe(error: unknown, language: Language): string {
  if (error instanceof ApiError) {
    const known = words[error.code];
    if (!known) return error.message;
    const [zh, en] = typeof known === 'function' ? known(error.params) : known;
    return language === 'zh' ? zh : en;
  }
  if (error instanceof NetworkError) return common[language].networkFailed;
  return error instanceof Error ? error.message : String(error);
}

function duration(seconds: number): readonly [zh: string, en: string] {
  if (Number.isNaN(seconds)) return ['稍', 'a while'];
  if (seconds < 60) return [`在 ${seconds} 秒`, `${seconds} s`];
  const minutes = Math.ceil(seconds / 60);
  return [`在 ${minutes} 分钟`, `${minutes} min`];
}
