const masked = '********'

/** Of an engine's URL everything but user, password and options: it helps to find a mistake and may be shown. */
export function withoutPassword(url: string): string {
  // Up to the last @: who forgot to escape one in a password must not see the rest of it shown.
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/).*@/is, `$1${masked}@`).replace(/\?.*$/s, '?…')
}
