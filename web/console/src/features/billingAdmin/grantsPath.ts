import { useApp } from '@/shell/app';

/** Below which the grants of the app are. */
export function useGrantsPath(): string {
  const { org, app } = useApp();
  return `/operator/apps/${org}/${app}/grants`;
}
