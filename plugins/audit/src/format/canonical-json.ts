/**
 * JSON by RFC 8785: no blanks, members sorted by the UTF-16 units of their names, strings and numbers as
 * `JSON.stringify` writes them, which is what the RFC prescribes. The same value always has the same bytes.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  // Written out, not by a sorted copy: in an object names that look like numbers always come first.
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
