import { fromBase64Url } from './bytes.ts'

/** The JSON object inside a base64url part of a JOSE serialisation; undefined when it is none, or not canonical base64url. */
export function decodeJsonPart(part: string): Record<string, unknown> | undefined {
  const bytes = fromBase64Url(part)
  if (!bytes) return undefined
  try {
    // A byte order mark is kept, so that JSON.parse refuses it.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Exactly these members, none more, none less. */
export function hasExactly(value: Record<string, unknown>, members: readonly string[]): boolean {
  return (
    Object.keys(value).length === members.length &&
    members.every((member) => Object.hasOwn(value, member))
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
