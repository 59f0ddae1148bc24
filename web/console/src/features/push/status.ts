import dayjs from 'dayjs';
import type { CertificateStatus } from '@/api/types/push';
import type { Tone } from '@/components/StatusTag';

export const statusTones: Record<CertificateStatus, Tone> = {
  ok: 'good',
  disabled: 'off',
  banned: 'bad',
  over_quota: 'warning',
  expiring: 'warning',
  expired: 'bad',
};

export const day = (time: number | null): string => (time === null ? '' : dayjs(time).format('YYYY-MM-DD'));
export const minute = (time: number | null): string => (time === null ? '' : dayjs(time).format('YYYY-MM-DD HH:mm'));
