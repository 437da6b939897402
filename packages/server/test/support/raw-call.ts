import { request as httpRequest } from 'node:http'
import { signRequest } from '@secure-chat/protocol'
import type { TestServer } from '../../src/testing.ts'
import type { TestUser } from './http.ts'

export type RawAnswer = { status: number; mediaType: string; text: string }
export type RawCall = { method: string; target: string; mediaType?: string; body?: Buffer }

/** A call whose target and body go out byte by byte as given, signed where there is a user. */
export async function callRaw(
  server: TestServer,
  user: TestUser | undefined,
  call: RawCall,
): Promise<RawAnswer> {
  const body = call.body ?? Buffer.alloc(0)
  const authorization = user && {
    authorization: signRequest({
      ...user.session,
      method: call.method,
      target: call.target,
      mediaType: call.mediaType ?? '',
      body,
      now: server.clock.now(),
    }),
  }
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const headers = {
      ...authorization,
      ...(call.mediaType !== undefined && {
        'content-type': call.mediaType,
        'content-length': body.length,
      }),
    }
    const request = httpRequest({
      hostname,
      port,
      method: call.method,
      path: call.target,
      headers,
    })
    request.once('error', reject)
    request.once('response', async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const mediaType = response.headers['content-type'] ?? ''
      resolve({
        status: response.statusCode ?? 0,
        mediaType,
        text: Buffer.concat(chunks).toString(),
      })
    })
    request.end(body)
  })
}
