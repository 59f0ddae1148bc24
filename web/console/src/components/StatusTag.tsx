import { Tag } from 'antd';
import type { ReactNode } from 'react';

export type Tone = 'good' | 'off' | 'warning' | 'bad' | 'busy' | 'plain';

const colors: Record<Tone, string> = {
  good: 'success',
  off: 'default',
  warning: 'warning',
  bad: 'error',
  busy: 'processing',
  plain: 'default',
};

/** A state in a word: the tone is decoration, the word says it. */
export function StatusTag({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Tag color={colors[tone]} className="status-tag">
      {children}
    </Tag>
  );
}
