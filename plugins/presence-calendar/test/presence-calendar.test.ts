import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import {
  conformance,
  type ServerPluginTest,
  testServerPlugin,
} from '@secure-chat/plugin-sdk/testing'
import presenceCalendar from '../src/server.ts'
import { type CalendarServer, startCalendarServer } from './calendar-server.ts'
import { calendar, event } from './reading/calendars.ts'

// Each test starts a whole server, and a thread that loads the parser.
jest.setTimeout(60_000)

const minute = 60_000
const hour = 60 * minute

let calendars: CalendarServer
let folder: string
let chat: ServerPluginTest
beforeEach(async () => {
  calendars = await startCalendarServer()
  folder = await mkdtemp(join(tmpdir(), 'secure-chat-calendar-'))
})
afterEach(async () => {
  await chat?.close()
  await calendars.close()
  await rm(folder, { recursive: true, force: true })
})

const start = async (config: object) => {
  chat = await testServerPlugin(presenceCalendar, config)
}
const fromUrl = (more: object = {}, ofCalendar: object = {}) => ({
  users: { Bob: [{ url: calendars.url, ...ofCalendar }] },
  ...more,
})

const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
/** An event from so many milliseconds from now to so many. */
const between = (from: number, to: number, ...lines: string[]) => {
  const now = Date.now()
  return event(`DTSTART:${stamp(now + from)}`, `DTEND:${stamp(now + to)}`, ...lines)
}
const serve = (...events: string[]) => {
  calendars.answer = (_request, response) => response.end(calendar(...events))
}

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
const logged = (text: string) =>
  chat.logs('plugin.log').filter(({ msg }) => String(msg).startsWith(text))
const isBusy = async () => (await chat.presence('bob')).state === 'busy'
const meeting = { state: 'busy', text: 'In a meeting' }

test('a user is busy while an event runs, with the operator’s text, and otherwise as the server knows', async () => {
  serve(between(-hour, hour, 'SUMMARY:Merger'), between(2 * hour, 3 * hour))
  await start(fromUrl())
  await until(isBusy)
  expect(await chat.presence('bob')).toMatchObject(meeting)
  expect(await chat.presence('alice')).not.toMatchObject({ state: 'busy' })
  await chat.clock.jump(hour)
  expect((await chat.presence('bob')).state).not.toBe('busy')
  await chat.clock.jump(hour + 1000)
  expect(await chat.presence('bob')).toMatchObject(meeting)
})

test('what the server keeps of an answer is thrown away when an event starts or ends', async () => {
  serve(between(-hour, 10 * minute), between(hour, 2 * hour))
  await start(fromUrl({ refreshMinutes: 1440 }))
  await until(isBusy)
  const begins = chat.clock.now()
  await chat.clock.jump(10 * minute - 1000)
  expect(await isBusy()).toBe(true)
  await chat.clock.advance(1000)
  expect(await isBusy()).toBe(false)
  await chat.clock.jump(begins + hour - 1000 - chat.clock.now())
  expect(await isBusy()).toBe(false)
  await chat.clock.advance(1000)
  expect(await isBusy()).toBe(true)
  expect(calendars.requests).toHaveLength(1)
})

test('titles are shown where the operator says so, and out of office is away', async () => {
  serve(between(-hour, hour, 'SUMMARY:Planning'))
  await start(fromUrl({ titles: true }))
  await until(isBusy)
  expect(await chat.presence('bob')).toMatchObject({ state: 'busy', text: 'Planning' })
  serve(between(-hour, hour, 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'))
  await chat.clock.jump(10 * minute)
  await until(async () => (await chat.presence('bob')).state === 'away')
  expect(await chat.presence('bob')).toMatchObject({ text: 'Out of office' })
})

test('a start, and a look-up, waits for no calendar', async () => {
  calendars.answer = () => undefined
  await start(fromUrl())
  await calendars.requested(1)
  expect((await chat.presence('bob')).state).not.toBe('busy')
  // What hangs is given up.
  await chat.clock.advance(30_000)
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([
    { calendar: 'users.Bob.0', why: 'no answer within 30 s' },
  ])
})

test('a token is sent, and a calendar that has not changed is not sent again', async () => {
  calendars.answer = ({ headers }, response) => {
    if (headers['if-none-match'] === '"v1"') response.writeHead(304).end()
    else response.setHeader('etag', '"v1"').end(calendar(between(-hour, 20 * 24 * hour)))
  }
  await start(fromUrl({ refreshMinutes: 60 }, { token: 'abc' }))
  await until(isBusy)
  expect(calendars.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer abc',
    accept: 'text/calendar',
  })
  expect(calendars.requests[0]?.headers).not.toHaveProperty('if-none-match')
  await chat.clock.jump(hour)
  await calendars.requested(2)
  expect(calendars.requests[1]?.headers['if-none-match']).toBe('"v1"')
  await until(isBusy)
  // What is known ends after a week: before, it is asked for again whole.
  await until(async () => {
    const { length } = calendars.requests
    await chat.clock.jump(12 * hour)
    await calendars.requested(length + 1)
    await chat.settle()
    return calendars.requests.at(-1)?.headers['if-none-match'] === undefined
  })
  await until(isBusy)
})

test('while a calendar cannot be read its last copy counts, for so long', async () => {
  serve(between(-hour, 100 * hour))
  await start(fromUrl({ keepHours: 2 }))
  await until(isBusy)
  calendars.answer = (_request, response) => response.writeHead(500).end()
  await chat.clock.jump(10 * minute)
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([
    { why: 'status 500', msg: 'a calendar cannot be read: the last copy is used' },
  ])
  await chat.clock.jump(hour)
  expect(await isBusy()).toBe(true)
  await chat.clock.jump(hour)
  await until(async () => !(await isBusy()))
  serve(between(-hour, 100 * hour))
  await chat.clock.jump(10 * minute)
  await until(isBusy)
  expect(logged('a calendar can be read again')).toHaveLength(1)
})

test.each([
  ['a redirect', 302, 'status 302: redirects are not followed'],
  ['a refusal', 403, 'status 403'],
])('%s is not followed, and neither URL nor token is in any log', async (_name, status, why) => {
  calendars.answer = (_request, response) =>
    response.writeHead(status, { location: '/elsewhere' }).end()
  await start(fromUrl({}, { token: 'token-9c1d' }))
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([{ why }])
  expect(calendars.requests).toHaveLength(1)
  const lines = JSON.stringify(chat.logs())
  expect(lines).not.toContain('private-7f3a')
  expect(lines).not.toContain('token-9c1d')
  // Asked again sooner than when all is well.
  await chat.clock.jump(30_000)
  await calendars.requested(2)
})

test.each([
  ['says so', (size: number) => ({ 'content-length': String(size) })],
  ['does not say so', () => ({})],
])('a calendar that is too large and %s is not read to its end', async (_name, headers) => {
  let isClosed = false
  calendars.answer = (_request, response) => {
    response.on('close', () => (isClosed = true))
    response.writeHead(200, headers(50_000_000))
    response.write('x'.repeat(200_000))
  }
  await start(fromUrl({ maxMegabytes: 0.1 }))
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([
    { why: 'it is larger than 0.1 MB (maxMegabytes)' },
  ])
  await until(() => isClosed)
})

test('one calendar that fails spoils no other, of the same user or another', async () => {
  calendars.answer = (request, response) => {
    if (request.url?.endsWith('broken.ics')) response.end('<html>Sign in</html>')
    else if (request.url?.endsWith('reset.ics')) response.destroy()
    else
      response.end(
        calendar(between(-hour, hour), event('RRULE:FREQ=NEVER', 'DTSTART:20260101T000000Z')),
      )
  }
  const at = (file: string) => ({ url: calendars.url.replace('calendar.ics', file) })
  await start({
    users: { bob: [at('broken.ics'), at('calendar.ics')], alice: [at('reset.ics')] },
  })
  await until(isBusy)
  await until(() => logged('a calendar cannot be read').length === 2)
  const why = logged('a calendar cannot be read').map(({ calendar: label, why }) => [label, why])
  expect(Object.fromEntries(why)).toMatchObject({
    'users.bob.0': 'it is no calendar: it has no BEGIN:VCALENDAR',
    'users.alice.0': expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
  })
  expect(logged('events of a calendar cannot be understood')).toMatchObject([
    { calendar: 'users.bob.1', events: 1 },
  ])
})

test('a file is read, and again when it has changed', async () => {
  const file = join(folder, 'bob.ics')
  await start({ users: { bob: [{ file }] } })
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([
    { why: 'the file cannot be read (ENOENT)' },
  ])
  await writeFile(file, calendar(between(-hour, hour)))
  await chat.clock.jump(30_000)
  await until(isBusy)
  await writeFile(file, calendar(between(5 * hour, 6 * hour)))
  await utimes(file, 1, 1)
  await chat.clock.jump(10 * minute)
  await until(async () => !(await isBusy()))
})

test('what is no regular file is not waited for', async () => {
  const pipe = join(folder, 'bob.ics')
  execFileSync('mkfifo', [pipe])
  await start({ users: { bob: [{ file: pipe }] } })
  await until(() => logged('a calendar cannot be read').length === 1)
  expect(logged('a calendar cannot be read')).toMatchObject([{ why: 'it is no regular file' }])
})

test('it conforms', async () => {
  serve(between(-hour, hour))
  await conformance(presenceCalendar, {
    config: { users: { alice: [{ url: calendars.url }], constructor: [{ file: '/nowhere' }] } },
  })
  expect(calendars.requests.length).toBeGreaterThan(0)
})
