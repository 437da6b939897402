/** Hashes by number, 32 bytes each: a million entries are 32 MB. */
export interface HashList {
  /** Behind the last one. */
  push(hash: string): void
  /** Undefined where there is none. */
  at(index: number): string | undefined
}

const bytes = 32

export function makeHashList(): HashList {
  let buffer = Buffer.alloc(64 * bytes)
  let count = 0
  return {
    push(hash) {
      if (count * bytes === buffer.length)
        buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)])
      buffer.write(hash, count * bytes, 'hex')
      count += 1
    },
    at: (index) =>
      index >= 0 && index < count
        ? buffer.toString('hex', index * bytes, (index + 1) * bytes)
        : undefined,
  }
}
