import { useTexts } from '@/i18n';
import { DayPage } from './DayPage';
import { statsTexts } from './texts';

/** 数据统计 / 用户. */
export default function UserStatsPage() {
  const t = useTexts(statsTexts);
  return (
    <DayPage
      about={t.aboutUsers}
      cards={(now) => [
        { label: t.monthPeak, value: now?.month_peak.active_users, hint: now && t.reachedOn(now.month_peak.day) },
        { label: t.users, value: now?.today.users },
        { label: t.activeUsers, value: now?.today.active_users },
        { label: t.newUsers, value: now?.today.new_users },
      ]}
      charts={[
        {
          title: t.dailyUsers,
          figures: [
            { figure: 'active_users', name: t.dau },
            { figure: 'new_users', name: t.newUsersLine },
            { figure: 'deleted_users', name: t.deletedUsers },
          ],
        },
        { title: t.totalUsers, figures: [{ figure: 'users', name: t.users }] },
        { title: t.connectionsPeak, figures: [{ figure: 'peak_connections', name: t.connectionsPeak }] },
      ]}
    />
  );
}
