// The one list of pages: routes, menus, breadcrumbs and titles follow from it. How to add one: src/features/README.md.

import {
  AppstoreOutlined,
  BarChartOutlined,
  ClusterOutlined,
  ControlOutlined,
  FieldTimeOutlined,
  MessageOutlined,
  SafetyCertificateOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ComponentType } from 'react';
import type { Me, Permission } from '@/api/types/account';
import type { NavKey } from './texts';

export interface PageEntry {
  label: NavKey;
  /** Below `/`, `/account/` or `/app/:org/:app/`. */
  path: string;
  page: () => Promise<{ default: ComponentType }>;
  /** Who may see it; everybody when absent. The server decides, this only keeps its refusals out of the menus. */
  permission?: Permission;
  /** Whether this installation, or this account, has the page. */
  available?: (me: Me) => boolean;
}

/** Something to fold, with pages inside. A group without pages to show is not shown. */
export interface GroupEntry {
  label: NavKey;
  icon: ComponentType;
  children: readonly PageEntry[];
}

/** A heading of the left menu and what stands below it. */
export interface Section {
  label: NavKey;
  icon: ComponentType;
  children: readonly (PageEntry | GroupEntry)[];
}

/** Pages without a left menu. The first one is where signing in leads to. */
export const topPages: readonly PageEntry[] = [
  { label: 'home', path: 'home', page: () => import('@/features/home/HomePage') },
  { label: 'developer', path: 'developer', page: () => import('@/features/developer/DeveloperPage') },
];

/** Pages of an app. */
export const appMenu: readonly Section[] = [
  {
    label: 'appOverview',
    icon: AppstoreOutlined,
    children: [
      { label: 'appDetail', path: 'detail', page: () => import('@/features/apps/DetailPage') },
      { label: 'appAuth', path: 'auth', page: () => import('@/features/apps/AuthPage') },
    ],
  },
  {
    label: 'im',
    icon: MessageOutlined,
    children: [
      { label: 'imOverview', path: 'im/overview', page: () => import('@/features/overview/OverviewPage') },
      {
        label: 'featureConfig',
        icon: ControlOutlined,
        children: [
          {
            label: 'featureOverview',
            path: 'im/features',
            page: () => import('@/features/features/FeaturesPage'),
          },
          { label: 'callbacks', path: 'im/callbacks', page: () => import('@/features/callbacks/CallbacksPage') },
          { label: 'security', path: 'im/security', page: () => import('@/features/security/SecurityPage') },
          {
            label: 'sensitiveWords',
            path: 'im/sensitive-words',
            page: () => import('@/features/sensitiveWords/SensitiveWordsPage'),
          },
        ],
      },
      {
        label: 'moderation',
        icon: SafetyCertificateOutlined,
        children: [
          {
            label: 'moderationOverview',
            path: 'im/moderation/overview',
            page: () => import('@/features/moderation/OverviewPage'),
            permission: 'moderation_read',
          },
          {
            label: 'moderationRules',
            path: 'im/moderation/rules',
            page: () => import('@/features/moderation/RulesPage'),
            permission: 'moderation_read',
          },
          {
            label: 'moderationTest',
            path: 'im/moderation/test',
            page: () => import('@/features/moderation/TestPage'),
            permission: 'moderation_read',
          },
          {
            label: 'moderationHistory',
            path: 'im/moderation/history',
            page: () => import('@/features/moderation/HistoryPage'),
            permission: 'moderation_read',
          },
          {
            label: 'keywordLists',
            path: 'im/moderation/lists',
            page: () => import('@/features/moderation/KeywordListsPage'),
            permission: 'moderation_read',
          },
          {
            label: 'moderationTags',
            path: 'im/moderation/tags',
            page: () => import('@/features/moderation/TagsPage'),
            permission: 'moderation_read',
          },
          { label: 'reports', path: 'im/reports', page: () => import('@/features/reports/ReportsPage') },
          { label: 'mutes', path: 'im/mutes', page: () => import('@/features/mutes/MutesPage'), permission: 'operations' },
        ],
      },
      {
        label: 'operations',
        icon: UserOutlined,
        children: [
          { label: 'users', path: 'im/users', page: () => import('@/features/users/UsersPage'), permission: 'operations' },
          { label: 'groups', path: 'im/groups', page: () => import('@/features/groups/GroupsPage'), permission: 'operations' },
          { label: 'rooms', path: 'im/rooms', page: () => import('@/features/rooms/RoomsPage'), permission: 'operations' },
        ],
      },
      {
        label: 'statistics',
        icon: BarChartOutlined,
        children: [
          { label: 'userStats', path: 'im/stats/users', page: () => import('@/features/stats/UserStatsPage'), permission: 'statistics' },
          { label: 'groupStats', path: 'im/stats/groups', page: () => import('@/features/stats/GroupStatsPage'), permission: 'statistics' },
          { label: 'roomStats', path: 'im/stats/rooms', page: () => import('@/features/stats/RoomStatsPage'), permission: 'statistics' },
          { label: 'messageStats', path: 'im/stats/messages', page: () => import('@/features/stats/MessageStatsPage'), permission: 'statistics' },
        ],
      },
      {
        label: 'liveQueries',
        icon: FieldTimeOutlined,
        children: [
          { label: 'realtime', path: 'im/queries/realtime', page: () => import('@/features/queries/RealtimePage'), permission: 'statistics' },
          { label: 'hotData', path: 'im/queries/hot', page: () => import('@/features/queries/HotPage'), permission: 'statistics' },
          { label: 'delivery', path: 'im/queries/delivery', page: () => import('@/features/queries/DeliveryPage'), permission: 'statistics' },
          { label: 'connections', path: 'im/queries/connections', page: () => import('@/features/queries/ConnectionsPage'), permission: 'statistics' },
        ],
      },
    ],
  },
];

/** Pages of the account, its organisation and, for the operator, the installation. */
export const accountMenu: readonly Section[] = [
  {
    label: 'account',
    icon: UserOutlined,
    children: [
      { label: 'accountInfo', path: 'info', page: () => import('@/features/account/InfoPage') },
      { label: 'accountSecurity', path: 'security', page: () => import('@/features/account/SecurityPage') },
      {
        label: 'members',
        path: 'members',
        page: () => import('@/features/members/MembersPage'),
        permission: 'members',
      },
      { label: 'audit', path: 'audit', page: () => import('@/features/audit/AuditPage'), permission: 'audit_own' },
    ],
  },
  {
    label: 'installation',
    icon: ClusterOutlined,
    children: [
      {
        label: 'organisations',
        path: 'organisations',
        page: () => import('@/features/account/OrganisationsPage'),
        permission: 'manage_installation',
      },
    ],
  },
];

export function isGroup(entry: PageEntry | GroupEntry): entry is GroupEntry {
  return 'children' in entry;
}

export function maySee({ permission, available }: PageEntry, me: Me): boolean {
  return (permission === undefined || me.permissions.includes(permission)) && (available?.(me) ?? true);
}

/** Each page of these sections with the labels that lead to it. */
export function pagesOf(sections: readonly Section[]): { entry: PageEntry; trail: NavKey[] }[] {
  return sections.flatMap((section) =>
    section.children.flatMap((entry) =>
      isGroup(entry)
        ? entry.children.map((page) => ({ entry: page, trail: [section.label, entry.label, page.label] }))
        : [{ entry, trail: [section.label, entry.label] }],
    ),
  );
}

/** What of these sections the account may see, without empty headings. */
export function visible(sections: readonly Section[], me: Me): Section[] {
  return sections
    .map((section) => ({
      ...section,
      children: section.children
        .map((entry) =>
          isGroup(entry) ? { ...entry, children: entry.children.filter((page) => maySee(page, me)) } : entry,
        )
        .filter((entry) => (isGroup(entry) ? entry.children.length > 0 : maySee(entry, me))),
    }))
    .filter((section) => section.children.length > 0);
}
