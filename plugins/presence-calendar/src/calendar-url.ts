const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Also `webcal:`, as calendars hand it out: it means https. @throws Error that does not show the URL, which may be a secret */
export function parseCalendarUrl(text: string, what: string): URL {
  const url = URL.parse(text.replace(/^webcals?:/i, 'https:'))
  if (url === null) throw new Error(`${what}.url is no URL.`)
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      `${what}.url has a user or password in it: use a token, or an address with a secret in it.`,
    )
  }
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
  if (isSafe) return url
  throw new Error(
    `${what}.url must be https. Only on this machine (localhost, 127.0.0.1) http will do.`,
  )
}
