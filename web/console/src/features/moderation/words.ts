import type { ModerationHandling, ModerationMeasures, ModerationRecord } from '@/api/types/moderation';
import type { Tone } from '@/components/StatusTag';
import { defineTexts } from '@/i18n';

export type Kind = ModerationRecord['kind'];
export type Result = ModerationRecord['result'];
export type Act = ModerationRecord['act'];
export type Measure = ModerationMeasures['on_reject'];
export type HandlingAct = ModerationHandling['act'];

export const kindTexts = defineTexts(
  { text: '文本', image: '图片', audio: '音频', video: '视频' },
  { text: 'Text', image: 'Image', audio: 'Audio', video: 'Video' },
);

export const kinds: readonly Kind[] = ['text', 'image', 'audio', 'video'];

/** Audio and video are delivered before they are examined. */
export const isExaminedLater = (kind: Kind): boolean => kind === 'audio' || kind === 'video';

/** 审核结果. */
export const resultTexts = defineTexts(
  { pass: '通过', reject: '拒绝', suspect: '疑似', failed: '调用失败' },
  { pass: 'Passed', reject: 'Rejected', suspect: 'Suspect', failed: 'Call failed' },
);

export const results: readonly Result[] = ['pass', 'reject', 'suspect', 'failed'];

export const resultTones: Record<Result, Tone> = { pass: 'good', reject: 'bad', suspect: 'warning', failed: 'off' };

/** 消息处置结果. */
export const actTexts = defineTexts(
  { pass: '通过', block: '拦截', recall: '撤回', replace: '替换***' },
  { pass: 'Delivered', block: 'Blocked', recall: 'Recalled', replace: 'Replaced ***' },
);

export const acts: readonly Act[] = ['pass', 'block', 'recall', 'replace'];

export const actTones: Record<Act, Tone> = { pass: 'good', block: 'bad', recall: 'bad', replace: 'warning' };

/** What a rule or a list does; `recall` is how what is delivered already is blocked. */
export const measureTexts = defineTexts(
  { pass: '通过', block: '拦截', replace: '替换为***', recall: '撤回' },
  { pass: 'Let pass', block: 'Block', replace: 'Replace with ***', recall: 'Recall' },
);

export const handlingTexts = defineTexts(
  { delete: '删除用户', kick: '强制下线', ban: '封禁用户' },
  { delete: 'Delete user', kick: 'Force offline', ban: 'Ban user' },
);

export const handlingActs: readonly HandlingAct[] = ['kick', 'ban', 'delete'];
