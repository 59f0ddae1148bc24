// What vendors, channels and the reasons of pushes that were not made are called.

import { defineTexts, type Language } from '@/i18n';

type Names = Readonly<Record<string, readonly [zh: string, en: string]>>;

/** The tabs of the dialog. */
const vendorNames: Names = {
  ANDROID: ['谷歌', 'Google'],
  APNS: ['苹果', 'Apple'],
  HUAWEI: ['华为', 'Huawei'],
  XIAOMI: ['小米', 'Xiaomi'],
  OPPO: ['OPPO', 'OPPO'],
  MEIZU: ['魅族', 'Meizu'],
  VIVO: ['VIVO', 'vivo'],
  HONOR: ['荣耀', 'Honor'],
  HARMONY: ['鸿蒙', 'HarmonyOS'],
};

const kindNames: Names = {
  fcm_v1: ['V1', 'V1'],
  fcm_legacy: ['旧版', 'Legacy'],
  apns_p12: ['p12', 'p12'],
  apns_p8: ['p8', 'p8'],
};

const channelNames: Names = {
  ...vendorNames,
  ANDROID: ['谷歌 FCM', 'FCM'],
  APNS: ['苹果 APNs', 'APNs'],
};

/** The `detail` words of push results, and those of the server. */
const reasonNames: Names = {
  'no push binding': ['用户没有绑定推送设备', 'The user has no device that takes pushes'],
  'illegal binding': ['设备绑定信息不完整', 'The binding of the device is incomplete'],
  'no user exist': ['用户不存在', 'No such user'],
  'notifier out of limit': ['证书超出厂商限额', "The vendor's daily limit of the certificate is reached"],
  'notifier disabled': ['证书未启用', 'The certificate is disabled'],
  'notifier is ban': ['证书被封禁', 'The certificate is banned'],
  'no notifier exist': ['没有对应名称的证书', 'No certificate has the name that the device gives'],
  'invalid notifier': ['证书无效', 'The certificate is not valid'],
  'message ignore push': ['消息设置为不推送', 'The message asks not to be pushed'],
  'invalid message': ['消息内容不能推送', 'The message cannot be pushed'],
  'expire message': ['消息超过 24 小时', 'The message is older than 24 hours'],
  'user ignore push': ['用户设置了免打扰', 'The user does not want to be disturbed'],
  'ignore push device id': ['消息排除了该设备', 'The message leaves this device out'],
  'group is too large': ['群成员过多，群消息不推送', 'The group has too many members'],
  'too many notices wait': ['等待推送的通知过多', 'Too many notices were waiting'],
  'interrupted while being sent': ['推送过程中断', 'Interrupted while being sent'],
  'overtaken while waiting': ['等待期间已失效（消息已撤回、已接收或设备已解绑）', 'Overtaken while waiting (recalled, received or unbound)'],
  'invalid VOIP notification': ['VoIP 推送不符合要求', 'Not a valid VoIP notice'],
  'get push token fail': ['获取厂商鉴权令牌失败', "The vendor's access token could not be had"],
  'push yet but fail': ['厂商拒绝了推送', 'The vendor refused the push'],
};

export const vendorName = (vendor: string, language: Language): string => pick(vendorNames, vendor, language);
export const kindName = (kind: string, language: Language): string => pick(kindNames, kind, language);
export const channelName = (channel: string, language: Language): string => pick(channelNames, channel, language);
/** In words; a reason that is not known, as it is. */
export const reasonName = (reason: string, language: Language): string => pick(reasonNames, reason, language);

/** 苹果（p8）; the kind only where a vendor has several. */
export function typeName({ vendor, kind }: { vendor: string; kind: string }, language: Language): string {
  const name = vendorName(vendor, language);
  if (!(kind in kindNames)) return name;
  return language === 'zh' ? `${name}（${kindName(kind, language)}）` : `${name} (${kindName(kind, language)})`;
}

/** How a push ended. */
export const outcomeTexts = defineTexts(
  { success: '成功', failure: '失败', unknown: '未知', waiting: '推送中' },
  { success: 'Success', failure: 'Failure', unknown: 'Unknown', waiting: 'Under way' },
);

function pick(names: Names, key: string, language: Language): string {
  return names[key]?.[language === 'zh' ? 0 : 1] ?? key;
}
