/** The version of the contract with plugins, and the ranges in which plugins name what they were made for. */

/** Of `plugin-sdk`: a first number more breaks plugins, a second one more adds to what they can do. */
export const apiVersion = [1, 0, 0] as const

type Version = readonly [major: number, minor: number, patch: number]
type Comparator = (version: Version) => boolean

/**
 * Does the range take this version? The ranges of npm, as `^1`, `~1.2`, `1.x`, `>=1.1 <3`, `1 || 2`; undefined when
 * the text is none.
 */
export function takesApi(range: string, version: Version = apiVersion): boolean | undefined {
  const alternatives = range.split('||').map((part) => comparatorsOf(part.trim()))
  if (alternatives.some((all) => all === undefined)) return undefined
  return alternatives.some((all) => all?.every((takes) => takes(version)))
}

function comparatorsOf(part: string): Comparator[] | undefined {
  const comparators: Comparator[] = []
  for (const word of part.replaceAll(/([<>=^~])\s+/g, '$1').split(/\s+/)) {
    const comparator = comparatorOf(word)
    if (!comparator) return undefined
    comparators.push(comparator)
  }
  return comparators
}

const form = /^(\^|~|>=|<=|>|<|=)?v?(\d+|[xX*])?(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?$/

function comparatorOf(word: string): Comparator | undefined {
  const match = form.exec(word)
  if (!match) return undefined
  const [, operator = '=', ...texts] = match
  const given = texts.flatMap((text) => (text !== undefined && /^\d+$/.test(text) ? [+text] : []))
  const [major, minor, patch] = given
  if (major === undefined) return word === '' || /[xX*]/.test(word) ? () => true : undefined
  const low: Version = [major, minor ?? 0, patch ?? 0]
  switch (operator) {
    case '^':
      return between(low, caretEnd(low, given.length))
    case '~':
      return between(low, minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0])
    case '>=':
      return (version) => compare(version, low) >= 0
    case '<':
      return (version) => compare(version, low) < 0
    case '>':
      return (version) => compare(version, wholeEnd(low, given.length)) >= 0
    case '<=':
      return (version) => compare(version, wholeEnd(low, given.length)) < 0
    default:
      return between(low, wholeEnd(low, given.length))
  }
}

/** The first version behind those that the given numbers name: of `1` it is 2.0.0. */
function wholeEnd([major, minor, patch]: Version, given: number): Version {
  if (given === 1) return [major + 1, 0, 0]
  return given === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1]
}

/** Up to the next change of the first number that is not 0. */
function caretEnd([major, minor, patch]: Version, given: number): Version {
  if (major > 0 || given === 1) return [major + 1, 0, 0]
  return minor > 0 || given === 2 ? [0, minor + 1, 0] : [0, 0, patch + 1]
}

function between(low: Version, end: Version): Comparator {
  return (version) => compare(version, low) >= 0 && compare(version, end) < 0
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
