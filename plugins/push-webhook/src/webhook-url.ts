const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** @throws Error that does not show the URL: its path or query may be a secret */
export function parseWebhookUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw new Error('url is no URL.')
  if (url.username !== '' || url.password !== '') {
    throw new Error('url has a user or password in it. Leave it out: the signature says who calls.')
  }
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
  if (!isSafe) {
    throw new Error('url must be https. Only on this machine (localhost, 127.0.0.1) http will do.')
  }
  return url
}
