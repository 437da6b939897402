import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import {
  type Account,
  type Clock,
  openAccount,
  type ProfileOptions,
  registerAccount,
  systemClock,
} from '../../src/index.ts'
import { readyIdentity } from './ready-keys.ts'

/** A user on one device. */
export type Person = {
  name: string
  password: string
  options: ProfileOptions
  /** Opens the profile; each call is what another process would be. Closed at the end of the test. */
  open(changes?: Partial<ProfileOptions>): Promise<Account>
}

export type World = {
  server: TestServer
  person(name: string, changes?: Partial<ProfileOptions>): Promise<Person>
  folder(name: string): string
  close(): Promise<void>
}

/** A real server and real profiles with ready keys; those that they make later have 2,048 bits. */
export async function startWorld(o: { clock?: Clock } = {}): Promise<World> {
  const server = await startTestServer({ settings: { logLevel: 'silent' } })
  const root = mkdtempSync(join(tmpdir(), 'secure-chat-world-'))
  const opened: Account[] = []
  let folders = 0
  const folder = (name: string): string => {
    folders += 1
    return join(root, `${name}-${folders}`)
  }
  return {
    server,
    folder,
    async person(name, changes = {}) {
      const password = `correct horse ${name}`
      const options: ProfileOptions = {
        dir: folder(name),
        server: server.url,
        keyBits: 2048,
        clock: o.clock ?? systemClock,
        ...changes,
      }
      const identity = await readyIdentity()
      await registerAccount(options, { name, password, remember: true, identity })
      return {
        name,
        password,
        options,
        async open(more = {}) {
          const account = await openAccount({ ...options, ...more })
          opened.push(account)
          return account
        },
      }
    },
    async close() {
      for (const account of opened) account.close()
      await server.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** A system clock whose wall time can be moved. */
export function movableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    forward(ms) {
      ahead += ms
    },
  }
}
