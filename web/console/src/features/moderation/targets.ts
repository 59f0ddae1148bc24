import { useTexts } from '@/i18n';
import { useChatTypes } from '../operations/chatTypes';
import type { TargetType } from './ruleForm';
import { ruleTexts } from './ruleTexts';

/** What the chats of a rule are called. */
export function useTargetName(): (type: TargetType) => string {
  const t = useTexts(ruleTexts);
  const chats = useChatTypes();
  return (type) => (type === 'groups' || type === 'rooms' ? t[type] : chats.name(type));
}
