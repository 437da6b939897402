import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jest } from '@jest/globals'
import { endpoints } from '@secure-chat/protocol'
import { makeApi } from '../../src/api/make-api.ts'
import { makeCertificate } from '../fixtures/certificate.ts'
import { errorOf, scratchFolders } from '../fixtures/folders.ts'
import { hastyClock, manualClock } from '../fixtures/manual-clock.ts'
import { json } from '../fixtures/scripted-server.ts'

jest.setTimeout(60_000)
const folders = scratchFolders()
const program = fileURLToPath(new URL('../fixtures/call-server.ts', import.meta.url))
const wellKnown = endpoints.wellKnown.examples?.response
const { key, cert } = makeCertificate('chat.test')
const servers: net.Server[] = []

afterAll(() => {
  for (const server of servers) server.close()
})

async function listen(server: net.Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const answer: http.RequestListener = (_, response) => json(response, 200, wellKnown)
const tlsPort = await listen(https.createServer({ key, cert }, answer))
const plainPort = await listen(http.createServer(answer))

/** A proxy that leads every CONNECT to our TLS server, and notes what it was asked for. */
const asked: string[] = []
const proxy = http.createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  response.writeHead(502).end()
})
proxy.on('connect', (request, client, head) => {
  asked.push(`CONNECT ${request.url}`)
  if (request.url?.startsWith('refused.test')) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  const server = net.connect(tlsPort, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    server.write(head)
    server.pipe(client).pipe(server)
  })
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
})
const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`

async function callInProcess(args: string[], extraCa?: string) {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', program]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...args], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: extraCa ?? '' },
  })
  return JSON.parse(stdout)
}

test('works through HTTPS_PROXY, with an authority named in NODE_EXTRA_CA_CERTS', async () => {
  const file = join(folders.make(), 'ca.pem')
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, cert)
  expect(await callInProcess(['https://chat.test', proxyUrl], file)).toEqual(wellKnown)
  expect(asked).toContain('CONNECT chat.test:443')
  expect(asked.filter((line) => !line.startsWith('CONNECT'))).toEqual([])
})

test('refuses a certificate nobody vouches for, and says how to name its authority', async () => {
  const refused = await callInProcess(['https://chat.test', proxyUrl])
  expect(refused.code).toBe('network_unreachable')
  expect(refused.message).toContain('NODE_EXTRA_CA_CERTS')
})

test('says that the proxy refused', async () => {
  const api = makeApi({
    server: new URL('https://refused.test'),
    proxyEnv: { HTTPS_PROXY: proxyUrl },
    clock: hastyClock(),
  })
  const error = await errorOf(() => api.call(endpoints.wellKnown))
  expect(error).toMatchObject({ code: 'network_unreachable' })
  expect(error.message).toContain('proxy')
})

test('never takes a proxy to this computer', async () => {
  const before = asked.length
  const server = new URL(`http://127.0.0.1:${plainPort}`)
  const api = makeApi({ server, proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } })
  await expect(api.call(endpoints.wellKnown)).resolves.toEqual(wellKnown)
  expect(asked).toHaveLength(before)
  api.close()
})

test('refuses plain http where https is asked for, and says to check the scheme', async () => {
  const server = new URL(`https://127.0.0.1:${plainPort}`)
  const error = await errorOf(() => makeApi({ server }).call(endpoints.wellKnown))
  expect(error).toMatchObject({ code: 'bad_answer' })
  expect(error.message).toContain('scheme and port')
})

test('refuses a certificate of another name, trusted or not', async () => {
  const server = new URL(`https://127.0.0.1:${tlsPort}`)
  const api = makeApi({ server, clock: hastyClock() })
  await expect(api.call(endpoints.wellKnown)).rejects.toMatchObject({ code: 'network_unreachable' })
})

test('gives up a connection that is not there within 10 s', async () => {
  // Takes the connection, but never answers the TLS handshake.
  const sockets: net.Socket[] = []
  const port = await listen(net.createServer((socket) => void sockets.push(socket)))
  const clock = manualClock()
  const api = makeApi({ server: new URL(`https://127.0.0.1:${port}`), clock })
  const waiting = clock.armed(10_000)
  const call = errorOf(() => api.call(endpoints.wellKnown))
  await waiting
  clock.advance(10_000)
  const error = await call
  expect(error).toMatchObject({ code: 'timeout', exit: 3 })
  expect(error.message).toContain('within 10 s')
  expect(clock.timers()).toBe(0)
  for (const socket of sockets) socket.destroy()
})
