import {
  createHmac,
  createPrivateKey,
  hash,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { type DerNode, derWriter, readDer, utf16 } from './der.ts'
import {
  openEncryptedPkcs8,
  passphraseNeeded,
  roundsMax,
  sealEncryptedPkcs8,
  tooMuchWork,
  wrongPassphrase,
} from './encrypted-pkcs8.ts'
import { invalidKeyFile } from './invalid-key-file.ts'

/** PFX (RFC 7292): the `.p12` and `.pfx` files of browsers, mail programs and Windows. */

const oids = {
  data: '1.2.840.113549.1.7.1',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  friendlyName: '1.2.840.113549.1.9.20',
  sha256: '2.16.840.1.101.3.4.2.1',
}

/** Digests a foreign file's MAC may use: name and block size in bytes. SHA-1 is what older tools write; we only read it. */
const macDigests: Readonly<Record<string, readonly [name: string, blockBytes: number]>> = {
  '1.3.14.3.2.26': ['sha1', 64],
  '2.16.840.1.101.3.4.2.4': ['sha224', 64],
  [oids.sha256]: ['sha256', 64],
  '2.16.840.1.101.3.4.2.2': ['sha384', 128],
  '2.16.840.1.101.3.4.2.3': ['sha512', 128],
}

/** As many as the key itself has, or the MAC would be the cheaper way to guess the passphrase. */
const macRounds = 600_000

/**
 * The private key of a PFX. Certificates are not looked at. Throws `wrong_passphrase` (also when the
 * file is damaged: its MAC cannot tell the two apart) and `invalid_key_file`.
 */
export function openPkcs12(pfx: DerNode, passphrase: string | undefined): KeyObject {
  const [, authSafe, mac] = pfx.children ?? []
  const content = dataOf(authSafe)
  if (content === undefined)
    throw invalidKeyFile('The PKCS#12 file is not protected by a passphrase, or damaged.')
  if (passphrase === undefined) throw passphraseNeeded()
  if (mac) checkMac(mac, content, passphrase)
  const safes = readDer(content)?.children ?? []
  const bags = safes.flatMap((safe) => readDer(dataOf(safe) ?? Buffer.alloc(0))?.children ?? [])
  const isKeyBag = (oid?: string) => oid === oids.keyBag || oid === oids.shroudedKeyBag
  const keys = bags.filter(({ children }) => isKeyBag(children?.[0]?.oid))
  if (keys.length > 1) throw invalidKeyFile('The PKCS#12 file holds several private keys.')
  const [bagId, bagValue] = keys[0]?.children ?? []
  const key = bagValue?.children?.[0]?.bytes()
  if (!key) throw invalidKeyFile('The PKCS#12 file holds no private key that can be read.')
  return bagId?.oid === oids.keyBag ? openPkcs8(key) : openEncryptedPkcs8(key, passphrase)
}

function openPkcs8(der: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw invalidKeyFile('The private key in the PKCS#12 file is damaged.', cause)
  }
}

/** A PFX with the key alone, under PBES2 and an HMAC-SHA-256; `name` is shown by tools that list it. */
export function sealPkcs12(pkcs8: Uint8Array, o: { passphrase: string; name: string }): Buffer {
  const {
    sequence,
    set,
    explicit0,
    oid,
    octets,
    integer,
    null: none,
    bmpString,
    parsed,
    bytes,
  } = derWriter()
  const bag = sequence(
    oid(oids.shroudedKeyBag),
    explicit0(parsed(sealEncryptedPkcs8(pkcs8, o.passphrase))),
    set(sequence(oid(oids.friendlyName), set(bmpString(o.name)))),
  )
  const data = (content: Uint8Array) => sequence(oid(oids.data), explicit0(octets(content)))
  const authSafe = bytes(sequence(data(bytes(sequence(bag)))))
  const salt = randomBytes(16)
  const digest = macOf({ digest: ['sha256', 64], salt, rounds: macRounds }, authSafe, o.passphrase)
  const digestInfo = sequence(sequence(oid(oids.sha256), none()), octets(digest))
  const mac = sequence(digestInfo, octets(salt), integer(macRounds))
  return bytes(sequence(integer(3), data(authSafe), mac))
}

/** The OCTET STRING in a ContentInfo of type data. */
function dataOf(contentInfo: DerNode | undefined): Buffer | undefined {
  const [type, content] = contentInfo?.children ?? []
  return type?.oid === oids.data ? content?.children?.[0]?.octets : undefined
}

function checkMac(mac: DerNode, content: Buffer, passphrase: string): void {
  const [digestInfo, saltNode, roundsNode] = mac.children ?? []
  const [algorithm, digestNode] = digestInfo?.children ?? []
  const digest = macDigests[algorithm?.children?.[0]?.oid ?? '']
  const salt = saltNode?.octets
  const rounds = roundsNode ? roundsNode.integer : 1
  if (!digest) {
    throw invalidKeyFile(
      'The PKCS#12 file is sealed in a way that is not supported. Save it again with an HMAC-SHA-256 MAC.',
    )
  }
  if (!salt || !digestNode?.octets || !rounds) throw invalidKeyFile('The PKCS#12 file is damaged.')
  if (rounds > roundsMax) throw tooMuchWork()
  const expected = macOf({ digest, salt, rounds }, content, passphrase)
  const given = digestNode.octets
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw wrongPassphrase()
}

function macOf(
  o: { digest: readonly [name: string, blockBytes: number]; salt: Buffer; rounds: number },
  content: Uint8Array,
  passphrase: string,
): Buffer {
  const [name, blockBytes] = o.digest
  const password = utf16(`${passphrase}\0`)
  // RFC 7292 appendix B.2 with ID 3; a MAC key is one digest long, so the first block is all.
  let key: Uint8Array = Buffer.concat([
    Buffer.alloc(blockBytes, 3),
    filled(o.salt, blockBytes),
    filled(password, blockBytes),
  ])
  for (let round = 0; round < o.rounds; round += 1) key = hash(name, key, 'buffer')
  return createHmac(name, key).update(content).digest()
}

/** Repeated up to the next multiple of `blockBytes`. */
function filled(bytes: Buffer, blockBytes: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes, bytes)
}
