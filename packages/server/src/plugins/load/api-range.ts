type Triple = readonly [number, number, number]

/**
 * Is the version within the range? npm's grammar of ranges for versions without pre-release, which is all that the
 * contract has: `^1`, `~1.2`, `1.x`, `>=1.2 <3`, `1 - 2`, `1 || 2`, `*`. What cannot be read is satisfied by nothing.
 */
export function satisfiesApi(version: string, range: string): boolean {
  const at = readFull(version)
  return range.split('||').some((part) => holds(at, part.trim()))
}

function holds(at: Triple, part: string): boolean {
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(part) ?? []
  if (from !== undefined && to !== undefined) {
    return matches(at, '>=', from) && matches(at, '<=', to)
  }
  const comparators = part.replace(/([<>=~^])\s+/g, '$1').split(/\s+/)
  return comparators.every((comparator) => {
    const [, operator, text] = /^(\^|~|>=|<=|>|<|=)?(.*)$/.exec(comparator) ?? []
    return matches(at, operator ?? '', text ?? '')
  })
}

function matches(at: Triple, operator: string, text: string): boolean {
  const given = readPartial(text)
  if (given === undefined) return false
  const low: Triple = [given[0] ?? 0, given[1] ?? 0, given[2] ?? 0]
  const isAtLeast = compare(at, low) >= 0
  switch (operator) {
    case '>=':
      return isAtLeast
    case '<':
      return !isAtLeast
    case '>':
      return isAtLeast && compare(at, nextAfter(given)) >= 0
    case '<=':
      return compare(at, nextAfter(given)) < 0
    case '^':
      return isAtLeast && compare(at, caretEnd(given)) < 0
    case '~':
      return isAtLeast && compare(at, nextAfter(given.slice(0, 2))) < 0
    default:
      return isAtLeast && compare(at, nextAfter(given)) < 0
  }
}

/** `1.2` ends before 1.3.0, `1` before 2.0.0, nothing never. */
function nextAfter(given: readonly number[]): Triple {
  const [major, minor, patch] = given
  if (major === undefined) return [Number.POSITIVE_INFINITY, 0, 0]
  if (minor === undefined) return [major + 1, 0, 0]
  return patch === undefined ? [major, minor + 1, 0] : [major, minor, patch + 1]
}

/** The left-most part that is not zero stays; before 1.0.0 that is a smaller one. */
function caretEnd(given: readonly number[]): Triple {
  const [major, minor] = given
  if (major === undefined || major > 0 || minor === undefined) return nextAfter(given.slice(0, 1))
  return minor > 0 || given.length < 3 ? nextAfter(given.slice(0, 2)) : nextAfter(given)
}

function readFull(version: string): Triple {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return [major, minor, patch]
}

/** The numbers that are given: `1.2.x` is [1, 2], `*` is []. */
function readPartial(text: string): readonly number[] | undefined {
  if (!/^(v?(\d+|[xX*])(\.(\d+|[xX*])){0,2})?$/.test(text)) return undefined
  const parts = text.replace('v', '').split('.')
  const open = parts.findIndex((part) => !/^\d+$/.test(part))
  return parts.slice(0, open < 0 ? parts.length : open).map(Number)
}

function compare(a: Triple, b: Triple): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
