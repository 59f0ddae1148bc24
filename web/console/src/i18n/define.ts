// Texts of a feature in both languages; a text that one language lacks is a compile error.

export type Language = 'zh' | 'en';

type Text = string | ((...values: never[]) => string);
interface Texts {
  [key: string]: Text | Texts;
}

/** The same keys, with texts of the same parameters. */
type Mirror<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Mirror<T[K]>;
};

export type Dictionary<T> = Record<Language, Mirror<T>>;

/** `zh` leads: it says which texts there are and what they are filled with. */
export function defineTexts<T extends Texts>(zh: T, en: NoInfer<Mirror<T>>): Dictionary<T> {
  return { zh: zh as unknown as Mirror<T>, en };
}
