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
export const securityHeaders: readonly string[] = headersOf({ contentSecurityPolicy: apiPolicy })

/** For a page of our own whose scripts and styles are named by their hashes (`sha256-…`). */
export function pageHeaders(hashes: {
  readonly script: string
  readonly style: string
}): readonly string[] {
  return headersOf({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: [`'${hashes.script}'`],
        styleSrc: [`'${hashes.style}'`],
        connectSrc: ["'self'"],
        imgSrc: ['data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  })
}
