/**
 * Whether a certificate works, and if not, why.
 */
export type CertificateStatus = "ok" | "disabled" | "banned" | "over_quota" | "expiring" | "expired";

/**
 * When devices of a user who has several are pushed to.
 */
export type DevicePolicy = "all_offline" | "any_offline";

/**
 * 消息推送: what is set up.
 */
export type Push = { 
/**
 * Whether the app has push at all.
 */
enabled: boolean, 
/**
 * Whether it has templates and the advanced settings of users.
 */
advanced: boolean, policy: DevicePolicy, 
/**
 * IANA name.
 */
time_zone: string, language: "zh" | "en", certificates: Array<PushCertificate>, 
/**
 * Certificates that the app can have; `null`: any number.
 */
most: number | null, 
/**
 * Where vendors tell what became of notices, without the vendor's name; `null`: the installation does not know its address.
 */
receipts_url: string | null, };

/**
 * A change of what holds for every certificate.
 */
export type PushPolicyForm = { policy: DevicePolicy, time_zone: string, language: "zh" | "en", };

/**
 * A certificate, without its secrets.
 */
export type PushCertificate = { id: string, 
/**
 * The `notifier_name` of devices.
 */
name: string, kind: string, vendor: string, environment: "sandbox" | "production" | null, 
/**
 * Bundle id or package.
 */
package: string | null, 
/**
 * All that are no secrets.
 */
fields: { [key: string]: string | number | boolean | null }, enabled: boolean, status: CertificateStatus, status_until: number | null, status_reason: string | null, 
/**
 * When the certificate ends, if it does.
 */
expires: number | null, 
/**
 * Notices that wait to be sent.
 */
waiting: number, created: number, updated: number, };

/**
 * A certificate to be made or changed; secrets that are absent or empty stay.
 */
export type CertificateForm = { kind: string, fields: { [key: string]: string | number | boolean | null }, };

/**
 * Enabled or not.
 */
export type EnableCertificate = { enabled: boolean, };

/**
 * A notice to one device: a user's, or whoever has the token.
 */
export type CertificateTest = { user: string | null, device: string | null, token: string | null, title: string, content: string, };

/**
 * What became of it.
 */
export type CertificateTested = { delivered: boolean, outcome: string, 
/**
 * In the vendor's words.
 */
why: string | null, vendor_id: string | null, took_ms: number, };

/**
 * A template of notices.
 */
export type PushTemplate = { name: string, title: string, content: string, built_in: boolean, created: number | null, updated: number | null, };

/**
 * The templates.
 */
export type PushTemplates = { enabled: boolean, templates: Array<PushTemplate>, 
/**
 * Templates of the app's own.
 */
configured: number, most: number | null, };

/**
 * A template to be made or changed.
 */
export type PushTemplateForm = { name: string, title: string, content: string, };

/**
 * Pushes through one channel.
 */
export type PushFigures = { 
/**
 * The vendor; empty for what was for none.
 */
channel: string, success: number, failure: number, unknown: number, arrived: number, clicked: number, };

/**
 * Pushes of one day.
 */
export type PushDay = { day: string, channels: Array<PushFigures>, };

/**
 * How often something kept pushes from being made.
 */
export type PushReason = { reason: string, count: number, };

/**
 * 推送统计.
 */
export type PushStatistics = { days: Array<PushDay>, reasons: Array<PushReason>, };

/**
 * What a user wishes of notices.
 */
export type UserPushForm = { display_style: 0 | 1, no_disturbing: boolean, 
/**
 * Hours, 0 to 23.
 */
from: number | null, to: number | null, };

/**
 * Where a device of a user is reached.
 */
export type PushBindingRow = { device_id: string, device_token: string, notifier_name: string, };

/**
 * What a user wishes of notices, and where they go.
 */
export type UserPush = { display_style: 0 | 1, no_disturbing: boolean, from: number | null, to: number | null, bindings: Array<PushBindingRow>, };
