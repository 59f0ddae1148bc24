import { defineTexts } from '@/i18n';

/** Kinds of messages, and what is counted like one. */
export const kindTexts = defineTexts(
  {
    text: '文本',
    image: '图片',
    video: '视频',
    location: '位置',
    voice: '语音',
    file: '文件',
    command: '透传',
    custom: '自定义',
    combine: '合并',
    read_ack: '已读回执',
    deliver_ack: '送达回执',
    channel_ack: '会话已读',
    recall: '撤回',
    edit: '修改',
    event: '事件',
  },
  {
    text: 'Text',
    image: 'Image',
    video: 'Video',
    location: 'Location',
    voice: 'Voice',
    file: 'File',
    command: 'Command',
    custom: 'Custom',
    combine: 'Combined',
    read_ack: 'Read receipt',
    deliver_ack: 'Delivery receipt',
    channel_ack: 'Conversation read',
    recall: 'Recall',
    edit: 'Edit',
    event: 'Event',
  },
);

export type Kind = keyof typeof kindTexts.zh;

export const messageKinds: readonly Kind[] = [
  'text',
  'image',
  'video',
  'location',
  'voice',
  'file',
  'command',
  'custom',
  'combine',
];
