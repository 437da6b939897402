import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

/**
 * helmet's headers never change, so they are asked once and written as they are: run as a middleware
 * it costs more than the proof check. Flat: name, value, name, value …, as `writeHead` takes it.
 */
function headersOf(options: Parameters<typeof helmet>[0]): readonly string[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  helmet(options)(response.req, response, () => {})
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}

const apiPolicy = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
}

/** On every answer that is not a page: nothing in it may be run, framed, sniffed or kept. */
export const securityHeaders: readonly string[] = headersOf({
  contentSecurityPolicy: apiPolicy,
  // These say something only about pages, or to browsers of long ago; each costs every answer its bytes.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
})

/** For a page of our own: no script, one style sheet, named by its hash (`sha256-…`). */
export function pageHeaders({ style }: { readonly style: string }): readonly string[] {
  return headersOf({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [`'${style}'`],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  })
}
