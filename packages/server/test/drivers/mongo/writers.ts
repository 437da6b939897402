import { isChatError, type UserName } from '@secure-chat/protocol'
import type { UserDatabase } from '../../../src/ports/index.ts'
import { account, newFingerprint, newUser, now, session } from '../user-rules/kit.ts'

export interface Writers {
  /** Writes as fast as it goes until `stop()`; resolves then. */
  start(): Promise<unknown>
  stop(): void
  /** Resolves when so many more accounts went through all of their life. */
  finishedLives(count: number): Promise<void>
  /** Expects all that was acknowledged so far, and nothing that nobody asked for. */
  compare(): Promise<void>
}

/** What one account was told, and what it only asked for: that may have come to pass or not. */
interface Life {
  readonly name: UserName
  isCreated: boolean
  seq: number
  askedSeq: number
  readonly opened: Set<string>
  readonly askedToEnd: Set<string>
  readonly ended: Set<string>
  isAskedToGo: boolean
  isGone: boolean
}

/** Writers of every kind that note what was acknowledged, whatever becomes of the database meanwhile. */
export function makeWriters(database: UserDatabase): Writers {
  const { users, sessions, pluginStorage } = database
  const lives: Life[] = []
  const counts = { asked: 0, acknowledged: 0 }
  let finished = 0
  let isStopped = false

  async function live(): Promise<void> {
    const life: Life = {
      name: newUser(),
      isCreated: false,
      seq: 0,
      askedSeq: 0,
      opened: new Set(),
      askedToEnd: new Set(),
      ended: new Set(),
      isAskedToGo: false,
      isGone: false,
    }
    lives.push(life)
    expect(await users.create(account(life.name))).toBe('created')
    life.isCreated = true
    const [first, second] = [session(life.name), session(life.name)]
    for (const each of [first, second]) {
      await sessions.create(each)
      life.opened.add(each.sidHash)
    }
    life.askedToEnd.add(first.sidHash)
    expect(await sessions.remove([first.sidHash], now)).toEqual([first.sidHash])
    life.ended.add(first.sidHash)
    while (life.seq < 3) await changeKey(life)
    counts.asked += 1
    await pluginStorage.increment('p', 'n', 1, { now })
    counts.acknowledged += 1
    if (lives.length % 3 === 0) {
      life.isAskedToGo = true
      await users.remove(life.name)
      life.isGone = true
    }
  }

  async function changeKey(life: Life): Promise<void> {
    life.askedSeq = life.seq + 1
    const change = {
      expectedSeq: life.seq,
      publicKey: `key ${life.askedSeq}`,
      fingerprint: newFingerprint(),
      at: now,
      proof: null,
    }
    expect(await users.changeKey(life.name, change)).toBe('changed')
    life.seq = life.askedSeq
  }

  async function lane(): Promise<void> {
    while (!isStopped) {
      try {
        await live()
        finished += 1
      } catch (error) {
        if (!isChatError(error, 'database_unavailable')) throw error
      }
    }
  }

  async function compareLife(life: Life): Promise<void> {
    const found = await users.find(life.name)
    if (life.isGone) expect(found).toBeUndefined()
    if (life.isCreated && !life.isAskedToGo) expect(found).toMatchObject({ name: life.name })
    if (life.isCreated) expect(await users.create(account(life.name))).toBe('taken')
    if (found !== undefined) {
      expect([life.seq, life.askedSeq]).toContain(found.seq)
      const changes = await users.keyChanges(life.name, 20)
      expect(changes.map(({ seq }) => seq)).toEqual([1, 2, 3].slice(0, found.seq))
      if (found.seq > 0) expect(found.publicKey).toBe(changes.at(-1)?.newKey)
    }
    for (const sidHash of life.opened) {
      const kept = await sessions.find(sidHash)
      if (life.ended.has(sidHash)) expect(kept).toBeUndefined()
      if (!life.askedToEnd.has(sidHash)) expect(kept).toMatchObject({ sidHash })
    }
  }

  return {
    start() {
      isStopped = false
      return Promise.all(Array.from({ length: 16 }, lane))
    },
    stop() {
      isStopped = true
    },
    async finishedLives(count) {
      for (const end = finished + count; finished < end; ) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    async compare() {
      expect(lives.filter((life) => life.isCreated).length).toBeGreaterThan(0)
      for (let start = 0; start < lives.length; start += 8) {
        await Promise.all(lives.slice(start, start + 8).map(compareLife))
      }
      const count = Number((await pluginStorage.get('p', 'n', now)) ?? 0)
      expect(count).toBeGreaterThanOrEqual(counts.acknowledged)
      expect(count).toBeLessThanOrEqual(counts.asked)
    },
  }
}
