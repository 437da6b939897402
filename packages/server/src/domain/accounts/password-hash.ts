import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

/** Parameters of argon2id (RFC 9106): OWASP's first recommendation for password storage. */
export interface HashCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
}

export const presentCost: HashCost = { memoryKiB: 19_456, passes: 2, parallelism: 1 }

interface ParsedHash extends HashCost {
  readonly salt: Buffer
  readonly tag: Buffer
}

const version = 19
const phc =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Hashes a password into a PHC string. Runs off the event loop. */
export async function hashPassword(
  password: string,
  cost: HashCost = presentCost,
): Promise<string> {
  const salt = randomBytes(16)
  const tag = await derive(password, { ...cost, salt, tagLength: 32 })
  const parameters = `m=${cost.memoryKiB},t=${cost.passes},p=${cost.parallelism}`
  return `$argon2id$v=${version}$${parameters}$${unpadded(salt)}$${unpadded(tag)}`
}

/** Constant-time comparison of the derived tag. A string that is no PHC string of argon2id is a fault, not a wrong password. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const { salt, tag, ...cost } = parse(hash)
  const derived = await derive(password, { ...cost, salt, tagLength: tag.length })
  return timingSafeEqual(derived, tag)
}

/** True for a hash that was made with less than the present parameters. */
export function isOutdated(hash: string, cost: HashCost = presentCost): boolean {
  const made = parse(hash)
  return made.memoryKiB < cost.memoryKiB || made.passes < cost.passes
}

function derive(
  password: string,
  o: HashCost & { readonly salt: Buffer; readonly tagLength: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    argon2(
      'argon2id',
      {
        message: Buffer.from(password, 'utf8'),
        nonce: o.salt,
        parallelism: o.parallelism,
        tagLength: o.tagLength,
        memory: o.memoryKiB,
        passes: o.passes,
      },
      (error, tag) => (error ? reject(error) : resolve(tag)),
    )
  })
}

function parse(hash: string): ParsedHash {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(hash) ?? []
  if (salt === undefined || tag === undefined) throw new TypeError('Not a PHC string of argon2id.')
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

/** PHC strings use base64 without padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
