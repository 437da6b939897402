const masked = '********'

/** Of an engine's URL everything but user, password and options: it helps to find a mistake and may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, `$1${masked}@`).replace(/\?.*$/, '?…')
}
