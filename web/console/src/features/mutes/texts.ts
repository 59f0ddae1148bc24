import { defineTexts } from '@/i18n';

export const muteTexts = defineTexts(
  {
    about: '在整个应用内被禁言的用户：不能在单聊、群聊或聊天室中发送消息，到期自动解除。',
    on: '已启用',
    off: '未开通',
    offTitle: '当前应用未开通全局禁言',
    offHint: '开通后，可以在此查看被禁言的用户，添加、修改和解除禁言。未开通时，已设置的禁言不生效。',

    mutes: '被禁言的用户',
    empty: '没有被禁言的用户',
    id: '用户 ID',
    chat: '单聊',
    groups: '群聊',
    rooms: '聊天室',
    forever: '永久',

    add: '添加禁言',
    addText: '禁言期间，该用户不能在对应类型的会话中发送消息，到期自动解除。该用户已有的禁言，选择“不禁言”时保持不变。',
    addNone: '请至少选择一种会话类型的禁言时长',
    addDone: (id: string) => `已禁言用户 ${id}`,
    edit: '修改',
    lift: '解除禁言',
    liftTitle: (id: string) => `解除用户 ${id} 的禁言？`,
    liftText: '该用户可以立即在单聊、群聊和聊天室中发送消息。群组和聊天室自己的禁言名单不受影响。',
    liftDone: '禁言已解除',
  },
  {
    about: 'Users who are muted in the whole app: they cannot send to users, groups or chat rooms until the mute ends by itself.',
    on: 'Enabled',
    off: 'Not enabled',
    offTitle: 'Global mute is not enabled for this app',
    offHint: 'Once enabled, muted users are listed here, and mutes are added, changed and lifted. Until then earlier mutes have no effect.',

    mutes: 'Muted users',
    empty: 'No muted users',
    id: 'User ID',
    chat: 'One-to-one chats',
    groups: 'Groups',
    rooms: 'Chat rooms',
    forever: 'For ever',

    add: 'Add mute',
    addText: 'While muted, the user cannot send messages in that type of chat. It ends by itself. Mutes that the user already has stay where “Not muted” is chosen.',
    addNone: 'Choose a time for at least one type of chat',
    addDone: (id) => `User ${id} muted`,
    edit: 'Edit',
    lift: 'Lift mute',
    liftTitle: (id) => `Lift the mutes of ${id}?`,
    liftText: 'The user can send to users, groups and chat rooms at once. The mute lists of single groups and chat rooms stay as they are.',
    liftDone: 'Mutes lifted',
  },
);
