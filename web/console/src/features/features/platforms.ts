import type { Language } from '@/i18n';

/** Platforms of the official SDKs: the first part of the resource with which they log in. */
const names: Record<string, readonly [zh: string, en: string]> = {
  android: ['Android', 'Android'],
  ios: ['iOS', 'iOS'],
  harmony: ['鸿蒙', 'HarmonyOS'],
  webim: ['Web 与小程序', 'Web and mini programs'],
  win: ['Windows', 'Windows'],
  mac: ['macOS', 'macOS'],
  linux: ['Linux', 'Linux'],
};

export const knownPlatforms: readonly string[] = Object.keys(names);

/** The platform's name, or its identifier when it is a custom one. */
export function platformName(platform: string, language: Language): string {
  return names[platform]?.[language === 'zh' ? 0 : 1] ?? platform;
}
