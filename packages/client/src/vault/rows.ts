import { ChatError } from '@secure-chat/protocol'

/** A row as node:sqlite gives it. */
export type Row = Record<string, null | number | bigint | string | Uint8Array>

export function textOf(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : unexpected(column)
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

export function integerOf(row: Row, column: string): number {
  const value = row[column]
  return typeof value === 'number' ? value : unexpected(column)
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  return value instanceof Uint8Array ? value : unexpected(column)
}

function unexpected(column: string): never {
  throw new ChatError(
    'file_damaged',
    `The profile's vault holds a value of another type than expected in the column ${column}. Put back a backup of the profile's folder.`,
  )
}
