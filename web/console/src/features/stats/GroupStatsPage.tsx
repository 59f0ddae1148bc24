import { useTexts } from '@/i18n';
import { DayPage } from './DayPage';
import { statsTexts } from './texts';

/** 数据统计 / 群组. */
export default function GroupStatsPage() {
  const t = useTexts(statsTexts);
  return (
    <DayPage
      about={t.aboutGroups}
      cards={(now) => [
        { label: t.groups, value: now?.today.groups },
        { label: t.activeGroups, value: now?.today.active_groups },
        { label: t.newGroups, value: now?.today.new_groups },
        { label: t.dissolvedGroups, value: now?.today.dissolved_groups },
      ]}
      charts={[
        {
          title: t.dailyGroups,
          figures: [
            { figure: 'active_groups', name: t.active },
            { figure: 'new_groups', name: t.made },
            { figure: 'dissolved_groups', name: t.dissolved },
          ],
        },
        { title: t.groups, figures: [{ figure: 'groups', name: t.groups }] },
      ]}
    />
  );
}
