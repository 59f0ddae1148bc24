import { defineTexts } from '@/i18n';

/** As the days, hours and minutes that it has; minutes no longer matter beside days. */
function inUnits(minutes: number, [day, hour, minute]: [string, string, string]): string {
  const parts = [
    [Math.floor(minutes / 1440), day],
    [Math.floor(minutes / 60) % 24, hour],
    [minutes % 60, minute],
  ] as const;
  const shown = minutes >= 1440 ? parts.slice(0, 2) : parts;
  return shown.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ');
}

/** Words that users, groups and chat rooms share. */
export const operationTexts = defineTexts(
  {
    userId: '用户 ID',
    notMuted: '不禁言',
    forever: '永久',
    stillMuted: (rest: string) => `禁言中，剩余 ${rest}`,
    duration: (minutes: number) => inUnits(minutes, ['天', '小时', '分钟']),
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
    duration: (minutes) => inUnits(minutes, ['d', 'h', 'min']),
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
