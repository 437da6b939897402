import { createRequire } from 'node:module'
import type Forge from 'node-forge'

type Asn1 = Forge.asn1.Asn1

const require = createRequire(import.meta.url)

// Loaded when a key file is touched and not before: 30 ms that sending and reading never need.
function loadForge(): typeof Forge {
  return require('node-forge')
}

/** Universal tags (X.680 §8.4) of what key files are made of. */
const tags = { integer: 2, octets: 4, oid: 6, sequence: 16, set: 17, bmpString: 30 } as const

/** One ASN.1 value, taken apart by the reader's expectations: each accessor is undefined where the value is something else. */
export type DerNode = {
  /** Members of a SEQUENCE, a SET or an explicit context tag. */
  readonly children: readonly DerNode[] | undefined
  readonly oid: string | undefined
  /** An OCTET STRING's bytes, joined when a BER writer cut it into pieces. */
  readonly octets: Buffer | undefined
  /** A non-negative INTEGER below 2³¹. */
  readonly integer: number | undefined
  readonly isContext: boolean
  /** Its encoding, tag and length included. */
  readonly bytes: () => Buffer
}

/**
 * Reads one DER (or BER) value that fills `bytes`; undefined when it does not. node-forge bounds the
 * nesting (256) and never allocates by a claimed length; the caller bounds the size.
 */
export function readDer(bytes: Uint8Array): DerNode | undefined {
  const forge = loadForge()
  try {
    return nodeOf(forge, forge.asn1.fromDer(binary(bytes), true))
  } catch {
    return undefined
  }
}

function nodeOf(forge: typeof Forge, asn1: Asn1): DerNode {
  const { value } = asn1
  const isUniversal = asn1.tagClass === 0
  const children = Array.isArray(value) ? value.map((child) => nodeOf(forge, child)) : undefined
  const raw = typeof value === 'string' ? Buffer.from(value, 'latin1') : undefined
  return {
    children: !isUniversal || [16, 17].includes(asn1.type) ? children : undefined,
    oid: isUniversal && asn1.type === tags.oid && raw ? readOid(forge, raw) : undefined,
    octets: isUniversal && asn1.type === tags.octets ? (raw ?? joined(children)) : undefined,
    integer: isUniversal && asn1.type === tags.integer && raw ? readInteger(raw) : undefined,
    isContext: asn1.tagClass === 0x80,
    bytes: () => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1'),
  }
}

function readOid(forge: typeof Forge, raw: Buffer): string | undefined {
  return raw.length === 0 ? undefined : forge.asn1.derToOid(binary(raw))
}

function readInteger(raw: Buffer): number | undefined {
  if (raw.length === 0 || raw.length > 5) return undefined
  const value = raw.readIntBE(0, raw.length)
  return value >= 0 && value < 2 ** 31 ? value : undefined
}

function joined(children: readonly DerNode[] | undefined): Buffer | undefined {
  const pieces = children?.map(({ octets }) => octets)
  return pieces?.every((piece) => piece !== undefined) ? Buffer.concat(pieces) : undefined
}

/** Writes DER. */
export type DerWriter = {
  sequence: (...members: readonly Asn1[]) => Asn1
  set: (...members: readonly Asn1[]) => Asn1
  /** [0] EXPLICIT */
  explicit0: (member: Asn1) => Asn1
  oid: (dotted: string) => Asn1
  integer: (value: number) => Asn1
  octets: (bytes: Uint8Array) => Asn1
  null: () => Asn1
  bmpString: (text: string) => Asn1
  /** DER that is already written. */
  parsed: (der: Uint8Array) => Asn1
  bytes: (value: Asn1) => Buffer
}

export function derWriter(): DerWriter {
  const { asn1 } = loadForge()
  const made = (tag: number, value: string | Asn1[]) =>
    asn1.create(0, tag, Array.isArray(value), value)
  return {
    sequence: (...members) => made(tags.sequence, [...members]),
    set: (...members) => made(tags.set, [...members]),
    explicit0: (member) => asn1.create(0x80, 0, true, [member]),
    oid: (dotted) => made(tags.oid, asn1.oidToDer(dotted).getBytes()),
    integer: (value) => made(tags.integer, asn1.integerToDer(value).getBytes()),
    octets: (bytes) => made(tags.octets, binary(bytes)),
    null: () => made(5, ''),
    // node-forge takes the text itself and writes it as UTF-16.
    bmpString: (text) => made(tags.bmpString, text),
    parsed: (der) => asn1.fromDer(binary(der), true),
    bytes: (value) => Buffer.from(asn1.toDer(value).getBytes(), 'latin1'),
  }
}

/** Big-endian UTF-16, as the PKCS#12 key derivation takes text. */
export function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

/** node-forge's bytes: one character each. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
