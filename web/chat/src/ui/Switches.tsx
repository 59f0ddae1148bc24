import { useI18n } from '../i18n';
import { LanguageIcon, MoonIcon, SunIcon, SystemThemeIcon } from './icons';
import { useTheme } from './theme';

export function LanguageSwitch() {
  const { t, toggle, language } = useI18n();
  return (
    <button
      type="button"
      className="button-quiet"
      data-testid="lang-switch"
      onClick={toggle}
      aria-label={t('language.switch')}
      title={t('language.switch')}
      lang={language === 'zh' ? 'en' : 'zh-CN'}
    >
      <LanguageIcon size={18} />
      <span>{t('language.other')}</span>
    </button>
  );
}

const icons = { system: SystemThemeIcon, light: SunIcon, dark: MoonIcon };

export function ThemeSwitch() {
  const { t } = useI18n();
  const { theme, cycle } = useTheme();
  const Icon = icons[theme];
  const label = t('theme.label', { theme: t(`theme.${theme}`) });
  return (
    <button
      type="button"
      className="icon-button"
      data-testid="theme-switch"
      onClick={cycle}
      aria-label={label}
      title={label}
    >
      <Icon size={19} />
    </button>
  );
}
