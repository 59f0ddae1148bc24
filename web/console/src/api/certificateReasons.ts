// What is wrong with a field of a push certificate, by the reason that the server gives.

type Params = Readonly<Record<string, unknown>>;
type Words = readonly [zh: string, en: string];

const reasons: Record<string, Words | ((params: Params) => Words)> = {
  required: ['此项为必填', 'This is required.'],
  too_long: ({ most }) => [`不能超过 ${most} 个字符`, `No more than ${most} characters.`],
  wrong_length: ({ length }) => [`必须为 ${length} 个字符`, `It has exactly ${length} characters.`],
  not_digits: ['只能包含数字', 'Digits only.'],
  not_printable: ['只能包含英文字母、数字和符号，不能包含空格', 'Latin letters, digits and symbols only, without spaces.'],
  not_a_package: ['包名格式不正确，例如 com.example.chat', 'This is no package name, such as com.example.chat.'],
  not_a_sound: ['铃声须为 aiff、wav 或 caf 文件，或 default', 'A sound is an aiff, wav or caf file, or default.'],
  not_base64: ['文件内容不正确，请重新选择文件', 'The file could not be read. Please choose it again.'],
  not_pkcs12: ['文件不是 .p12 证书', 'The file is no .p12 certificate.'],
  unknown_encryption: ['文件的加密方式不受支持，请重新导出', 'The file is encrypted in a way that is not supported. Export it again.'],
  wrong_password: ['密码错误，无法打开证书文件', 'The password does not open the file.'],
  no_private_key: ['文件中没有私钥，导出时请同时选中证书和密钥', 'The file has no private key. Export the certificate together with its key.'],
  no_certificate: ['文件中没有证书，导出时请同时选中证书和密钥', 'The file has no certificate. Export the key together with its certificate.'],
  key_mismatch: ['文件中的证书与私钥不匹配', 'The certificate and the key of the file do not belong together.'],
  expired: ['证书已过期', 'The certificate has expired.'],
  not_yet_valid: ['证书尚未生效', 'The certificate is not valid yet.'],
  not_for_push: ['证书不是推送证书', 'The certificate is not one for push.'],
  wrong_environment: ['证书不适用于所选的集成环境', 'The certificate is not for this environment.'],
  wrong_topic: ['证书不属于此 Bundle ID', 'The certificate is not for this bundle ID.'],
  not_p256_key: ['文件不是 APNs 密钥（P-256 私钥）', 'The file is no APNs key (a private key on P-256).'],
  not_rsa_key: ['文件中的私钥不是 2048 至 4096 位的 RSA 私钥', 'The key in the file is no private RSA key of 2048 to 4096 bits.'],
  not_json: ['文件不是 JSON', 'The file is not JSON.'],
  lacks: ({ key }) => [`文件中缺少 ${key}`, `The file lacks ${key}.`],
  not_a_service_account: ['文件不是服务账号的密钥', 'The file is not the key of a service account.'],
  unknown_value: ['填写的内容不符合要求', 'This value is not allowed.'],
  needs_category: ['设置 NotifyLevel 时必须填写 Category', 'A notify level needs a category.'],
};

export function certificateReason(params: Params): Words {
  const words = reasons[String(params.reason)];
  if (!words) return ['填写的内容不符合要求', 'This value is not allowed.'];
  return typeof words === 'function' ? words(params) : words;
}
