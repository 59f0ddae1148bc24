import type { WordPolicy } from '@/api/types/sensitiveWords';
import type { Tone } from '@/components/StatusTag';
import { defineTexts } from '@/i18n';

/** 屏蔽政策: what becomes of a message with a sensitive word. */
export const policyTexts = defineTexts(
  { block: '发送端不能发送', replace: '接收端使用***代替', record: '放行并记录' },
  { block: 'The sender cannot send it', replace: 'Receivers see ***', record: 'Let it pass and record it' },
);

export const policies: readonly WordPolicy[] = ['block', 'replace', 'record'];

/** What became of one. */
export const verdictTexts = defineTexts(
  { pass: '未命中', block: '拦截', replace: '替换', record: '放行' },
  { pass: 'No hit', block: 'Blocked', replace: 'Replaced', record: 'Let pass' },
);

export const verdictTones: Record<WordPolicy | 'pass', Tone> = {
  pass: 'good',
  block: 'bad',
  replace: 'warning',
  record: 'plain',
};
