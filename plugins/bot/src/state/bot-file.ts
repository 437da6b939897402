/** What a bot knows after a restart, in one SQLite file that only one bot at a time can have open. */
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/plugin-sdk/cli'
import type { BotState } from '../bot.ts'

export interface BotFile {
  readonly state: BotState
  /** Is the bot done with this message? */
  isDone(from: string, id: string): boolean
  /** Done, and by this answer if there is one. Durable when it returns. */
  setDone(from: string, id: string, answer?: string): void
  /** Is this message of the bot's own an answer that it gave? */
  isAnswer(id: string): boolean
  /** Counts an attempt, before it is made. @returns how many there are with it */
  countAttempt(from: string, id: string): number
  lastRun(task: string): number | undefined
  setLastRun(task: string, at: number): void
  close(): void
  [Symbol.dispose](): void
}

/** So many messages are remembered; what is older was marked as read long ago and does not come again. */
const doneMax = 10_000

const schema = `
  CREATE TABLE IF NOT EXISTS done (
    position INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, id TEXT NOT NULL, answer TEXT, UNIQUE (sender, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS done_by_answer ON done (answer) WHERE answer IS NOT NULL;
  CREATE TABLE IF NOT EXISTS attempt (sender TEXT NOT NULL, id TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (sender, id)) STRICT;
  CREATE TABLE IF NOT EXISTS value (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS task (name TEXT PRIMARY KEY, last_run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

/** @throws ChatError `plugin_error` when another process has it, `file_damaged`, `file_unreadable` */
export function openBotFile(path: string): BotFile {
  const database = opened(path)
  const run = (sql: string, ...values: Array<string | number | null>) =>
    database.prepare(sql).run(...values)
  const get = (sql: string, ...values: string[]) => database.prepare(sql).get(...values)
  return {
    state: {
      get<T>(key: string) {
        const row = get('SELECT json FROM value WHERE key = ?', key)
        // What the bot itself put there.
        return row === undefined ? undefined : (JSON.parse(String(row.json)) as T)
      },
      set(key, value) {
        const json = JSON.stringify(value)
        if (json === undefined) run('DELETE FROM value WHERE key = ?', key)
        else run('INSERT OR REPLACE INTO value VALUES (?, ?)', key, json)
      },
      keys: (prefix = '') =>
        database
          .prepare('SELECT key FROM value WHERE substr(key, 1, ?) = ? ORDER BY key')
          .all([...prefix].length, prefix)
          .map(({ key }) => String(key)),
    },
    isDone: (from, id) =>
      get('SELECT 1 FROM done WHERE sender = ? AND id = ?', from, id) !== undefined,
    setDone(from, id, answer) {
      database.exec('BEGIN IMMEDIATE')
      try {
        run(
          'INSERT OR IGNORE INTO done (sender, id, answer) VALUES (?, ?, ?)',
          from,
          id,
          answer ?? null,
        )
        run('DELETE FROM attempt WHERE sender = ? AND id = ?', from, id)
        run('DELETE FROM done WHERE position <= (SELECT max(position) FROM done) - ?', doneMax)
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    isAnswer: (id) => get('SELECT 1 FROM done WHERE answer = ?', id) !== undefined,
    countAttempt(from, id) {
      const row = get(
        'INSERT INTO attempt VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count',
        from,
        id,
      )
      return Number(row?.count)
    },
    lastRun(task) {
      const row = get('SELECT last_run FROM task WHERE name = ?', task)
      return row === undefined ? undefined : Number(row.last_run)
    },
    setLastRun: (task, at) => void run('INSERT OR REPLACE INTO task VALUES (?, ?)', task, at),
    close: () => database.close(),
    [Symbol.dispose]: () => database.close(),
  }
}

function opened(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    database = new DatabaseSync(path, { timeout: 0 })
    chmodSync(path, 0o600)
    // The lock goes with the process, however it ends: two that run one bot would answer everything twice.
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; BEGIN IMMEDIATE',
    )
    database.exec(`${schema} COMMIT`)
    return database
  } catch (error) {
    database?.close()
    throw explained(path, error)
  }
}

const busy = 5
const notADatabase = 26
const corrupt = 11

function explained(path: string, cause: unknown): Error {
  const code: unknown = Reflect.get(Object(cause), 'errcode')
  const primary = typeof code === 'number' ? code & 0xff : undefined
  if (primary === busy) {
    return new ChatError('plugin_error', 'This bot is running already, in another process.', {
      cause,
      suggestions: ['Another bot on the same profile needs another name: --name NAME'],
    })
  }
  if (primary === notADatabase || primary === corrupt) {
    return new ChatError('file_damaged', `What the bot remembers is damaged: ${path}.`, {
      cause,
      suggestions: ['Move the file away to start anew. What was answered stays answered.'],
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ChatError('file_unreadable', `${path} cannot be opened: ${reason}.`, { cause })
}
