// What a certificate of each vendor is made of, in the order of the form. Names are those of the API.

import type { fieldTexts } from './fieldTexts';

type Labels = (typeof fieldTexts)['zh'];
type LabelKey = keyof Labels['labels'];
type HintKey = keyof Labels['hints'];
type OptionKey = keyof Labels['options'];

export type Vendor = 'ANDROID' | 'APNS' | 'HUAWEI' | 'XIAOMI' | 'OPPO' | 'MEIZU' | 'VIVO' | 'HONOR' | 'HARMONY';

interface Common {
  name: string;
  label: LabelKey;
  hint?: HintKey;
  required?: boolean;
}

export interface TextField extends Common {
  as: 'text';
  /** What the vendor allows. */
  allows?: 'digits' | 'package' | 'ten';
}

/** Never shown again. */
export interface SecretField extends Common {
  as: 'secret';
  /** Belongs to this file: another file comes with another secret. */
  opens?: string;
}

export interface FileField extends Common {
  as: 'file';
  ending: '.p12' | '.p8' | '.json';
}

export interface ChoiceField extends Common {
  as: 'choice' | 'select';
  options: readonly { value: string | number; label: OptionKey }[];
  initial?: string;
}

export interface SwitchField extends Common {
  as: 'switch';
}

export type FieldSpec = TextField | SecretField | FileField | ChoiceField | SwitchField;

interface KindSpec {
  kind: string;
  fields: readonly FieldSpec[];
}

const text = (name: string, label: LabelKey, rest: Partial<TextField> = {}): TextField => ({
  as: 'text',
  name,
  label,
  ...rest,
});
const needed = (name: string, label: LabelKey, rest: Partial<TextField> = {}): TextField =>
  text(name, label, { required: true, ...rest });
const secret = (name: string, hint: HintKey, label: LabelKey = 'secret'): SecretField => ({
  as: 'secret',
  name,
  label,
  hint,
  required: true,
});
const file = (ending: FileField['ending'], hint: HintKey): FileField => ({
  as: 'file',
  name: 'file',
  label: 'file',
  hint,
  required: true,
  ending,
});
const appPackage = needed('package', 'package', { allows: 'package', hint: 'package' });

const apnsEnd: readonly FieldSpec[] = [
  {
    as: 'choice',
    name: 'environment',
    label: 'environment',
    hint: 'environment',
    required: true,
    options: [
      { value: 'sandbox', label: 'sandbox' },
      { value: 'production', label: 'production' },
    ],
  },
  needed('bundle_id', 'bundleId', { allows: 'package', hint: 'bundleId' }),
  text('sound', 'sound', { hint: 'apnsSound' }),
];

const fcmName = needed('sender_id', 'name', { allows: 'digits', hint: 'senderId' });
const fcmEnd: readonly FieldSpec[] = [
  text('sound', 'sound', { hint: 'sound' }),
  text('channel_id', 'channel', { hint: 'channel' }),
  {
    as: 'choice',
    name: 'priority',
    label: 'priority',
    initial: 'high',
    options: [
      { value: 'high', label: 'high' },
      { value: 'normal', label: 'normal' },
    ],
  },
  {
    as: 'choice',
    name: 'shape',
    label: 'shape',
    initial: 'both',
    options: [
      { value: 'data', label: 'data' },
      { value: 'notification', label: 'notification' },
      { value: 'both', label: 'both' },
    ],
  },
];

/** In the order of the tabs; a vendor's kinds in the order of 证书类型. */
export const vendors: Readonly<Record<Vendor, readonly KindSpec[]>> = {
  ANDROID: [
    {
      kind: 'fcm_v1',
      fields: [
        fcmName,
        file('.json', 'fcmFile'),
        ...fcmEnd,
        { as: 'switch', name: 'with_apns', label: 'withApns', hint: 'withApns' },
      ],
    },
    { kind: 'fcm_legacy', fields: [fcmName, secret('server_key', 'serverKey'), ...fcmEnd] },
  ],
  APNS: [
    {
      kind: 'apns_p12',
      fields: [
        needed('name', 'name', { hint: 'apnsName' }),
        file('.p12', 'p12'),
        { as: 'secret', name: 'password', label: 'secret', hint: 'p12Password', opens: 'file' },
        ...apnsEnd,
      ],
    },
    {
      kind: 'apns_p8',
      fields: [
        needed('name', 'name', { hint: 'apnsName' }),
        file('.p8', 'p8'),
        needed('key_id', 'keyId', { allows: 'ten', hint: 'keyId' }),
        needed('team_id', 'teamId', { allows: 'ten', hint: 'teamId' }),
        ...apnsEnd,
      ],
    },
  ],
  HUAWEI: [
    {
      kind: 'huawei',
      fields: [
        needed('app_id', 'name', { allows: 'digits', hint: 'huaweiName' }),
        secret('client_secret', 'clientSecret'),
        appPackage,
        text('project_id', 'projectId', { allows: 'digits', hint: 'projectId' }),
        text('category', 'category', { hint: 'huaweiCategory' }),
        text('action', 'action', { hint: 'action' }),
        text('badge_class', 'activityClass', { hint: 'badgeClass' }),
      ],
    },
  ],
  XIAOMI: [
    {
      kind: 'xiaomi',
      fields: [
        needed('app_id', 'name', { allows: 'digits', hint: 'appId' }),
        secret('app_secret', 'appSecret'),
        appPackage,
        text('channel_id', 'channelId', { hint: 'xiaomiChannel' }),
        text('action', 'action', { hint: 'intent' }),
      ],
    },
  ],
  OPPO: [
    {
      kind: 'oppo',
      fields: [
        needed('app_key', 'name', { hint: 'appKey' }),
        secret('master_secret', 'masterSecret'),
        appPackage,
        text('channel_id', 'channelId', { hint: 'oppoChannel' }),
        text('activity', 'activity', { hint: 'activity' }),
        text('category', 'category', { hint: 'oppoCategory' }),
        {
          as: 'select',
          name: 'notify_level',
          label: 'notifyLevel',
          hint: 'notifyLevel',
          options: [
            { value: 1, label: 'level1' },
            { value: 2, label: 'level2' },
            { value: 16, label: 'level16' },
          ],
        },
      ],
    },
  ],
  MEIZU: [
    {
      kind: 'meizu',
      fields: [
        needed('app_id', 'name', { allows: 'digits', hint: 'appId' }),
        secret('app_secret', 'appSecret'),
        appPackage,
        text('activity', 'activity', { hint: 'activity' }),
        { as: 'switch', name: 'receipts', label: 'receipts', hint: 'receipts' },
      ],
    },
  ],
  VIVO: [
    {
      kind: 'vivo',
      fields: [
        needed('app_id', 'name', { allows: 'digits', hint: 'vivoName' }),
        needed('app_key', 'mark', { hint: 'vivoMark' }),
        secret('app_secret', 'appSecret'),
        appPackage,
        text('category', 'category', { hint: 'vivoCategory' }),
        text('activity', 'activity', { hint: 'activity' }),
        {
          as: 'select',
          name: 'push_type',
          label: 'pushType',
          hint: 'pushType',
          options: [
            { value: 'operation', label: 'operation' },
            { value: 'system', label: 'system' },
          ],
        },
      ],
    },
  ],
  HONOR: [
    {
      kind: 'honor',
      fields: [
        needed('app_id', 'appId', { allows: 'digits', hint: 'honorName' }),
        needed('client_id', 'clientId'),
        secret('client_secret', 'clientSecret', 'clientSecret'),
        text('badge_class', 'badgeClass', { hint: 'badgeClass' }),
        text('action', 'action', { hint: 'action' }),
      ],
    },
  ],
  HARMONY: [
    {
      kind: 'harmony',
      fields: [
        needed('client_id', 'name', { allows: 'digits', hint: 'harmonyName' }),
        file('.json', 'harmonyFile'),
        text('category', 'category', { hint: 'harmonyCategory' }),
        text('action', 'action', { hint: 'action' }),
      ],
    },
  ],
};

export const vendorNames = Object.keys(vendors) as readonly Vendor[];

/** The kind of a vendor by its name; without one, what a new certificate is. */
export function kindOf(vendor: Vendor, kind: string | undefined): KindSpec {
  const kinds = vendors[vendor];
  return kinds.find((each) => each.kind === kind) ?? kinds[0]!;
}
