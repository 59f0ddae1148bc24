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
  WalletOutlined,
} from '@ant-design/icons';
import type { PageEntry, Section } from './pages';
import type { Session } from './session';

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
      {
        label: 'restTest',
        path: 'rest-test',
        page: () => import('@/features/restTest/RestTestPage'),
        permission: 'reveal_secret',
        available: mayIssueTokens,
      },
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
          {
            label: 'plans',
            path: 'im/plans',
            page: () => import('@/features/purchase/PlansPage'),
            permission: 'purchase',
            steps: [
              {
                label: 'purchase',
                path: 'im/purchase',
                page: () => import('@/features/purchase/PurchasePage'),
                permission: 'purchase',
              },
              {
                label: 'pay',
                path: 'im/purchase/:no/pay',
                page: () => import('@/features/purchase/PayPage'),
                permission: 'purchase',
              },
              {
                label: 'purchaseDone',
                path: 'im/purchase/:no/done',
                page: () => import('@/features/purchase/DonePage'),
                permission: 'purchase',
              },
            ],
          },
          {
            label: 'push',
            children: [
              {
                label: 'pushCertificates',
                path: 'im/push/certs',
                page: () => import('@/features/push/CertificatesPage'),
                permission: 'features',
              },
              {
                label: 'pushTemplates',
                path: 'im/push/templates',
                page: () => import('@/features/push/TemplatesPage'),
                permission: 'features',
              },
            ],
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
          { label: 'pushStats', path: 'im/stats/push', page: () => import('@/features/stats/PushStatsPage'), permission: 'statistics' },
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
      {
        label: 'billingOrgs',
        path: 'billing-orgs',
        page: () => import('@/features/billingAdmin/OrgsPage'),
        permission: 'manage_installation',
        available: hasBilling,
      },
      {
        label: 'billingRecharges',
        path: 'billing-recharges',
        page: () => import('@/features/billingAdmin/RechargesPage'),
        permission: 'manage_installation',
        available: hasBilling,
      },
      {
        label: 'catalogue',
        path: 'catalogue',
        page: () => import('@/features/billingAdmin/CataloguePage'),
        permission: 'manage_installation',
      },
    ],
  },
];

/** 费用中心. */
export const billingMenu: readonly Section[] = [
  {
    label: 'billing',
    icon: WalletOutlined,
    children: [
      {
        label: 'billingAccount',
        path: 'account',
        page: () => import('@/features/billing/AccountPage'),
        permission: 'billing_read',
        available: hasBilling,
      },
      {
        label: 'orders',
        path: 'orders',
        page: () => import('@/features/billing/OrdersPage'),
        permission: 'billing_read',
        available: hasBilling,
      },
      {
        label: 'bills',
        path: 'bills',
        page: () => import('@/features/billing/BillsPage'),
        permission: 'billing_read',
        available: hasBilling,
      },
      {
        label: 'recharges',
        path: 'recharges',
        page: () => import('@/features/billing/RechargesPage'),
        permission: 'billing_read',
        available: hasBilling,
      },
    ],
  },
];

/** An app token can do what the secret can. */
function mayIssueTokens({ me }: Session): boolean {
  return me.may_reveal_secret;
}

function hasBilling({ installation }: Session): boolean {
  return installation.billing;
}
