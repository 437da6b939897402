/** Deeper nesting is refused, as in the HTTP API (depth 20) with some room for the envelope. */
const maxDepth = 24

const stringLiteral = /"(?:[^"\\]|\\.)*"/gs

/**
 * JSON in which every member name of an object occurs once (RFC 8259 leaves duplicates open, so two
 * implementations could read two things from one signed text). Undefined when it is not such JSON.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const bones = text.replace(stringLiteral, '')
  if (depthOf(bones) > maxDepth) return undefined
  // Outside string literals a colon stands once per member; JSON.parse silently merges duplicates.
  const written = bones.split(':').length - 1
  return written === countMembers(value) ? value : undefined
}

/** Strict JSON from bytes that must be valid UTF-8 without a byte order mark. */
export function parseStrictJsonBytes(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Does the object have exactly these members, with exactly these values? For protected headers. */
export function hasExactly(value: unknown, expected: Readonly<Record<string, unknown>>): boolean {
  if (!isObject(value)) return false
  const names = Object.keys(expected)
  return (
    Object.keys(value).length === names.length &&
    names.every((name) => Object.hasOwn(value, name) && value[name] === expected[name])
  )
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const children = Object.values(value)
  const own = Array.isArray(value) ? 0 : children.length
  return children.reduce((sum: number, child) => sum + countMembers(child), own)
}

function depthOf(bones: string): number {
  let depth = 0
  let deepest = 0
  for (const character of bones) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth -= 1
  }
  return deepest
}
