// Why a call failed, in the words of the page: the server says it in English.

import type { Language } from '@/i18n';

/** What the server may say, as a pattern, and what that is in Chinese. */
const chinese: readonly (readonly [RegExp, string])[] = [
  [/^(\d+) failures within (\d+) seconds$/, '$2 秒内失败 $1 次'],
  [/^the rule was banned$/, '规则被封禁'],
  [/^answered with status (\d+)$/, '应答的状态码为 $1'],
  [/^the answer has more than (\d+) characters$/, '应答超过 $1 个字符'],
  [/^the answer is too long$/, '应答过长'],
  [/^the answer is no text$/, '应答不是文本'],
  [/^the answer is no JSON$/, '应答不是 JSON'],
  [/^`(\w+)` is missing or no boolean$/, '应答缺少 $1，或者它不是布尔值'],
  [/^`(\w+)` is no text$/, '应答中的 $1 不是文本'],
  [/^`(\w+)` is no object$/, '应答中的 $1 不是对象'],
  [/^`(\w+)` is none of (.+)$/, '应答中的 $1 不是 $2 之一'],
  [/^`payload` has more than (\d+) bytes$/, '应答中的 payload 超过 $1 字节'],
  [/^`payload` has not one body$/, '应答中的 payload 不是恰好一个消息体'],
  [/^`payload` is of another kind$/, '应答中的 payload 是另一种消息类型'],
  [/^a message of this kind cannot be rewritten$/, '这种消息不能修改'],
  [/^not asked: too many questions failed or are open$/, '未调用：最近失败或未完成的调用过多'],
  [/^the address leads into a network that is not allowed$/, '回调地址指向不允许访问的网络'],
  [/^no answer in time$/, '没有在时限内应答'],
  [/^answer broken off: (.+)$/, '应答中断：$1'],
  [/^not reached: (?:client error \(Connect\): )?(.+)$/, '无法连接：$1'],
];

/** The server's words on why a call failed; what is not known stays as it is. */
export function reason(text: string, language: Language): string {
  if (language !== 'zh') return text;
  const known = chinese.find(([pattern]) => pattern.test(text));
  return known ? text.replace(...known) : text;
}
