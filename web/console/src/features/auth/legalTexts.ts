import { defineTexts } from '@/i18n';

/** What holds where the operator has published nothing else: a list of headings, each with its paragraph. */
export const legalTexts = defineTexts(
  {
    terms: '服务条款',
    privacy: '隐私政策',
    updated: '适用于本服务器的控制台',
    terms1: '谁提供服务',
    terms1Text:
      '本控制台与即时通讯服务由部署本服务器的机构（“运维方”）提供。服务内容、价格、可用性和支持方式以运维方与您的组织之间的约定为准。',
    terms2: '您的账号',
    terms2Text:
      '请妥善保管登录密码、恢复码与应用的 Client Secret。以您的账号进行的操作会记入操作日志，并由账号所属的组织承担责任。',
    terms3: '您的应用与数据',
    terms3Text:
      '应用中的用户、群组、消息和文件属于您的组织。请确保应用的使用符合当地法律法规，不得用于发送违法信息或干扰服务运行。',
    terms4: '停用与终止',
    terms4Text:
      '您可以随时删除应用或申请注销账号。应用删除后会保留一段时间以便恢复，期满后数据会被清除。违反条款的应用可能被运维方停用。',
    privacy1: '收集哪些信息',
    privacy1Text:
      '控制台保存您的邮箱、姓名或企业名称、电话等您填写的资料，密码的不可逆摘要，以及登录与操作记录（时间、IP 地址、操作内容）。',
    privacy2: '用于什么',
    privacy2Text:
      '仅用于登录、保护账号、通知您与服务有关的事项，以及让组织能够追溯操作。浏览器中保存登录会话的 Cookie 和界面偏好，不使用第三方统计或广告。',
    privacy3: '保存在哪里、多久',
    privacy3Text:
      '数据保存在本服务器的数据库中，不会发送给第三方。操作日志默认保留 180 天；账号注销后，其资料会被删除。',
    privacy4: '您的权利',
    privacy4Text: '您可以在“账号信息”中查看和修改资料，或联系运维方导出、删除您的数据。',
  },
  {
    terms: 'Terms of service',
    privacy: 'Privacy policy',
    updated: 'For the console of this server',
    terms1: 'Who provides the service',
    terms1Text:
      'This console and the messaging service are provided by whoever runs this server (the operator). What is offered, at which price, with which availability and support, is agreed between the operator and your organisation.',
    terms2: 'Your account',
    terms2Text:
      "Keep your password, your recovery codes and your apps' client secrets safe. What is done with your account is written to the operation log, and your organisation answers for it.",
    terms3: 'Your apps and their data',
    terms3Text:
      'Users, groups, messages and files of your apps belong to your organisation. See to it that they are used lawfully, and not to disturb the service.',
    terms4: 'Suspension and end',
    terms4Text:
      'You may delete apps and ask to close your account at any time. A deleted app can be restored for a while; then its data is erased. The operator may suspend apps that break these terms.',
    privacy1: 'What is stored',
    privacy1Text:
      'The console stores what you enter (e-mail address, name or company, phone), a one-way digest of your password, and a record of sign-ins and operations (time, IP address, what was done).',
    privacy2: 'What it is used for',
    privacy2Text:
      'To sign you in, to protect your account, to tell you about the service, and to let your organisation see who did what. Your browser keeps the cookie of your session and your preferences. There are no third-party statistics and no advertising.',
    privacy3: 'Where, and for how long',
    privacy3Text:
      "In this server's database; nothing is sent to third parties. The operation log is kept for 180 days unless configured otherwise. When an account is closed, its data is deleted.",
    privacy4: 'Your rights',
    privacy4Text: 'You see and change your data under “Account info”. The operator exports or deletes it on request.',
  },
);
