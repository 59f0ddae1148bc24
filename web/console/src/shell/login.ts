/** The login page, which leads back to `here` afterwards. */
export function pathToLogin(here: string, login = '/user/login'): string {
  return here === '/' ? login : `${login}?next=${encodeURIComponent(here)}`;
}

/** Where to go after signing in: a path of this console, whatever the address says. */
export function nextPath(search: URLSearchParams): string {
  const next = search.get('next') ?? '/';
  const isOurs = next.startsWith('/') && !/^\/[/\\]/.test(next) && !next.startsWith('/user/');
  return isOurs ? next : '/';
}
