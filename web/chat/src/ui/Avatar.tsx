import { GroupIcon } from './icons';
import { useChat } from './store';

const hues = [212, 262, 338, 18, 36, 158, 186, 232];

function hue(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.codePointAt(0)!) >>> 0;
  return hues[sum % hues.length]!;
}

export function UserAvatar({ user, size = 40 }: { user: string; size?: number }) {
  const profile = useChat((state) => state.profiles[user]);
  const initial = [...(profile?.nickname ?? user)][0]?.toUpperCase() ?? '?';
  const picture = profile?.avatar && /^https?:\/\//.test(profile.avatar) ? profile.avatar : undefined;
  return (
    <span
      className="avatar"
      style={{ '--hue': hue(user), '--size': `${size}px` } as React.CSSProperties}
      aria-hidden="true"
    >
      {picture ? <img src={picture} alt="" referrerPolicy="no-referrer" /> : initial}
    </span>
  );
}

export function GroupAvatar({ id, size = 40 }: { id: string; size?: number }) {
  return (
    <span
      className="avatar avatar-group"
      style={{ '--hue': hue(id), '--size': `${size}px` } as React.CSSProperties}
      aria-hidden="true"
    >
      <GroupIcon size={Math.round(size * 0.52)} />
    </span>
  );
}
