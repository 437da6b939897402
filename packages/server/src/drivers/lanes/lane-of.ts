const seed = 0x9747b28c
const mix = 0x5bd1e995

/**
 * The lane of a user: what Kafka's own clients answer for a key (murmur2 of its bytes, without the sign, modulo the
 * partitions), so whoever writes with the user as key and leaves the choice to such a client meets the same lane.
 */
export function laneOf(user: string, lanes: number): number {
  return (murmur2(user) & 0x7fffffff) % lanes
}

/** MurmurHash 2 over a text of ASCII, 32 bits, with Kafka's seed. */
export function murmur2(text: string): number {
  const { length } = text
  let hash = seed ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let four = Math.imul(
      text.charCodeAt(at) |
        (text.charCodeAt(at + 1) << 8) |
        (text.charCodeAt(at + 2) << 16) |
        (text.charCodeAt(at + 3) << 24),
      mix,
    )
    four = Math.imul(four ^ (four >>> 24), mix)
    hash = Math.imul(hash, mix) ^ four
  }
  if (at < length) {
    for (let left = length - at - 1; left >= 0; left -= 1) {
      hash ^= text.charCodeAt(at + left) << (8 * left)
    }
    hash = Math.imul(hash, mix)
  }
  hash = Math.imul(hash ^ (hash >>> 13), mix)
  return hash ^ (hash >>> 15)
}
