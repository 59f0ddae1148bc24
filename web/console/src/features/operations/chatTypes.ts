import { defineTexts, useTexts } from '@/i18n';

/** Types of chats, as messages have them. */
const chatTypeTexts = defineTexts(
  { chat: '单聊', groupchat: '群聊', chatroom: '聊天室' },
  { chat: 'One-to-one', groupchat: 'Group', chatroom: 'Chat room' },
);

export type ChatType = keyof typeof chatTypeTexts.zh;

export const chatTypes = Object.keys(chatTypeTexts.zh) as readonly ChatType[];

/** The types' names, and all of them as options of a field. */
export function useChatTypes(): { name: (type: string) => string; options: { value: ChatType; label: string }[] } {
  const t = useTexts(chatTypeTexts);
  return {
    name: (type) => t[type as ChatType] ?? type,
    options: chatTypes.map((value) => ({ value, label: t[value] })),
  };
}
