import { useTexts } from '@/i18n';
import { DayPage } from './DayPage';
import { statsTexts } from './texts';

/** 数据统计 / 聊天室. */
export default function RoomStatsPage() {
  const t = useTexts(statsTexts);
  return (
    <DayPage
      about={t.aboutRooms}
      cards={(now) => [
        { label: t.rooms, value: now?.today.rooms },
        { label: t.activeRooms, value: now?.today.active_rooms },
        { label: t.newRooms, value: now?.today.new_rooms },
        { label: t.dissolvedRooms, value: now?.today.dissolved_rooms },
        { label: t.roomMembers, value: now?.room_members },
      ]}
      charts={[
        {
          title: t.dailyRooms,
          figures: [
            { figure: 'active_rooms', name: t.active },
            { figure: 'new_rooms', name: t.made },
            { figure: 'dissolved_rooms', name: t.dissolved },
          ],
        },
        { title: t.roomMembersPeak, figures: [{ figure: 'peak_room_members', name: t.roomMembersPeak }] },
      ]}
    />
  );
}
