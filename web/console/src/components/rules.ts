import type { FormRule } from 'antd';
import { useMemo } from 'react';
import { defineTexts, useTexts } from '@/i18n';

const texts = defineTexts(
  {
    required: (what: string) => `请输入${what}`,
    choose: (what: string) => `请选择${what}`,
    tooLong: (limit: number) => `不能超过 ${limit} 个字符`,
    email: '请输入正确的邮箱地址',
    passwordHint: '8-22 个字符，至少包含大写字母、小写字母、数字、符号中的两种',
    passwordLength: '密码长度为 8-22 个字符',
    passwordKinds: '密码至少包含大写字母、小写字母、数字、符号中的两种',
    same: '两次输入的密码不一致',
    whole: (least: number, most: number) => `请输入 ${least} 到 ${most} 之间的整数`,
  },
  {
    required: (what) => `Please enter: ${what}`,
    choose: (what) => `Please choose: ${what}`,
    tooLong: (limit) => `No more than ${limit} characters`,
    email: 'Please enter a valid e-mail address',
    passwordHint: '8–22 characters with at least two kinds of: capital letters, small letters, digits, symbols',
    passwordLength: 'A password has 8 to 22 characters',
    passwordKinds: 'At least two kinds of: capital letters, small letters, digits, symbols',
    same: 'The two passwords differ',
    whole: (least, most) => `Please enter a whole number from ${least} to ${most}`,
  },
);

/** Rules of form fields in the words of the language on show. */
export interface Rules {
  /** Something other than blanks. */
  required(what: string): FormRule;
  choose(what: string): FormRule;
  /** Characters, counted as the server counts them. */
  atMost(limit: number): FormRule;
  pattern(pattern: RegExp, words: string): FormRule;
  that(holds: (text: string) => boolean, words: string): FormRule;
  email: FormRule;
  /** The rule for passwords of console accounts. */
  password: FormRule;
  passwordHint: string;
  /** The same text as in the field of this name. */
  sameAs(field: string): FormRule;
  differentFrom(field: string, words: string): FormRule;
  /** For an `InputNumber`; an empty field is no whole number. */
  whole(least: number, most: number): FormRule;
}

export function useRules(): Rules {
  const t = useTexts(texts);
  return useMemo(
    () => ({
      required: (what) => ({ required: true, whitespace: true, message: t.required(what) }),
      choose: (what) => ({ required: true, message: t.choose(what) }),
      atMost: (limit) => check((text) => [...text].length <= limit, t.tooLong(limit)),
      pattern: (pattern, words) => check((text) => pattern.test(text), words),
      that: check,
      email: check((text) => isEmail(text.trim()), t.email),
      password: {
        validator: (_, text?: string) => {
          if (!text) return Promise.resolve();
          const length = [...text].length;
          if (length < 8 || length > 22) return Promise.reject(new Error(t.passwordLength));
          return kinds(text) >= 2 ? Promise.resolve() : Promise.reject(new Error(t.passwordKinds));
        },
      },
      passwordHint: t.passwordHint,
      sameAs: (field) => (form) => ({
        validator: (_, text?: string) =>
          !text || text === form.getFieldValue(field) ? Promise.resolve() : Promise.reject(new Error(t.same)),
      }),
      differentFrom: (field, words) => (form) => ({
        validator: (_, text?: string) =>
          !text || text !== form.getFieldValue(field) ? Promise.resolve() : Promise.reject(new Error(words)),
      }),
      whole: (least, most) => ({ required: true, type: 'integer', min: least, max: most, message: t.whole(least, most) }),
    }),
    [t],
  );
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** An empty field is the business of `required`. */
function check(holds: (text: string) => boolean, words: string): FormRule {
  return {
    validator: (_, text?: string) =>
      !text || holds(text) ? Promise.resolve() : Promise.reject(new Error(words)),
  };
}

function kinds(text: string): number {
  return [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length;
}
