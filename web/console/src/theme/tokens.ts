// The look: one blue, quiet greys, text that is readable on all of them (WCAG AA).

import type { ThemeConfig } from 'antd';

export const colors = {
  brand: '#2457c5',
  night: '#101b33',
  text: '#1c2536',
  textSecondary: '#4b566a',
  textFaint: '#626d82',
  border: '#d9dee8',
  borderFaint: '#e8ebf2',
  ground: '#f3f5f9',
  good: '#16794a',
  warning: '#9a5b00',
  bad: '#c4312f',
} as const;

export const chartColors = ['#2457c5', '#0f8f83', '#c26a12', '#7a4fc4', '#c4374f', '#4b7f1f', '#5b6b86', '#0b7bb0'];

/** In charts of what went well and what did not. */
export const outcomeColors = { success: '#0f8f83', failure: '#c4374f', unknown: '#c26a12' } as const;

export const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

export const monoFamily = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans CJK SC', monospace";

export const theme: ThemeConfig = {
  // One version of antd on the page: its class names need no hash.
  hashed: false,
  token: {
    // antd waits for the end of what moves: it has to know that nothing does (base.css).
    motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    colorPrimary: colors.brand,
    colorInfo: colors.brand,
    colorLink: colors.brand,
    colorSuccess: colors.good,
    colorWarning: colors.warning,
    colorError: colors.bad,
    // Derived from such dark colours, these would be muddy.
    colorSuccessBg: '#e6f5ec',
    colorSuccessBorder: '#b4dfc6',
    colorWarningBg: '#fff3dc',
    colorWarningBorder: '#f3d59a',
    colorErrorBg: '#fdecea',
    colorErrorBorder: '#f4bfba',
    colorInfoBg: '#e9effb',
    colorInfoBorder: '#bcd0f5',
    colorText: colors.text,
    colorTextSecondary: colors.textSecondary,
    colorTextTertiary: colors.textFaint,
    colorTextDescription: colors.textFaint,
    colorTextPlaceholder: '#6b7689',
    colorTextHeading: colors.text,
    colorBorder: colors.border,
    colorBorderSecondary: colors.borderFaint,
    colorBgLayout: colors.ground,
    borderRadius: 6,
    fontFamily,
    fontFamilyCode: monoFamily,
    fontSize: 14,
    controlHeight: 34,
    motionDurationMid: '0.12s',
    motionDurationSlow: '0.18s',
  },
  components: {
    Table: {
      headerBg: '#f7f8fb',
      headerColor: colors.textSecondary,
      headerSplitColor: 'transparent',
      cellPaddingBlockMD: 10,
      cellPaddingInlineMD: 14,
    },
    Card: { headerFontSize: 15, headerPadding: 20, bodyPadding: 20 },
    Form: { itemMarginBottom: 20, verticalLabelPadding: '0 0 6px', labelColor: colors.textSecondary },
    Descriptions: { labelColor: colors.textFaint },
    Tag: { defaultBg: '#f0f2f6' },
    Modal: { titleFontSize: 17 },
  },
};
