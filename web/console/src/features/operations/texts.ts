import { defineTexts } from '@/i18n';

/** Words that users, groups and chat rooms share. */
export const operationTexts = defineTexts(
  {
    userId: '用户 ID',
    notMuted: '不禁言',
    forever: '永久',
    stillMuted: (rest: string) => `禁言中，剩余 ${rest}`,
    duration: (minutes: number) =>
      minutes % 1440 === 0 ? `${minutes / 1440} 天` : minutes % 60 === 0 ? `${minutes / 60} 小时` : `${minutes} 分钟`,
    sendTitle: (to: string) => `发送rest消息：${to}`,
    from: '发送者',
    fromHint: '留空以应用管理员（admin）的身份发送。',
    kind: '消息类型',
    text: '文本',
    image: '图片',
    content: '消息内容',
    picture: '选择图片',
    pictureHint: 'JPG、PNG、GIF 或 WebP，不超过 10 MB',
    pictureRule: '请选择不超过 10 MB 的 JPG、PNG、GIF 或 WebP 图片',
    sent: '消息已发送',
  },
  {
    userId: 'User ID',
    notMuted: 'Not muted',
    forever: 'For ever',
    stillMuted: (rest) => `Muted, ${rest} left`,
    duration: (minutes) =>
      minutes % 1440 === 0 ? `${minutes / 1440} d` : minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`,
    sendTitle: (to) => `Send a message to ${to}`,
    from: 'Sender',
    fromHint: "Empty sends it as the app's administrator (admin).",
    kind: 'Type',
    text: 'Text',
    image: 'Image',
    content: 'Text of the message',
    picture: 'Choose an image',
    pictureHint: 'JPG, PNG, GIF or WebP, no more than 10 MB',
    pictureRule: 'Please choose a JPG, PNG, GIF or WebP image of no more than 10 MB',
    sent: 'Message sent',
  },
);
