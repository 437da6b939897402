import type { UserName } from '@secure-chat/protocol'

/** One row as node:sqlite returns it. */
export type Row = Record<string, unknown>

/** A column that the schema declares INTEGER NOT NULL. */
export function integerIn(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new TypeError(`Column ${column} holds no integer.`)
}

/** A column that the schema declares TEXT NOT NULL. */
export function textIn(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw new TypeError(`Column ${column} holds no text.`)
}

/** A column that the schema declares BLOB NOT NULL. */
export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw new TypeError(`Column ${column} holds no bytes.`)
}

/** A name that was parsed before it was stored. */
export function nameIn(row: Row, column: string): UserName {
  return textIn(row, column) as UserName
}
