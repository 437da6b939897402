/**
 * No broken or home-made cryptography in the sources: searches every package and plugin for
 * algorithms that have no place near keys, prints each find and exits 1. An exception names its
 * file, what it allows there and why; one that allows nothing any more is an error too, so the list
 * stays true.
 */
import { globSync, readFileSync } from 'node:fs'
import { findWeakCrypto } from './lib/crypto-rules.ts'

type Exception = { readonly file: string; readonly rule: string; readonly reason: string }

const exceptions: readonly Exception[] = [
  {
    file: 'packages/e2ee/src/encrypted-pkcs8.ts',
    rule: 'cbc',
    reason:
      'PBES2 (RFC 8018), the encryption of PKCS#8 files, has no authenticated cipher that other tools read. The key is checked after opening; the vault does not use it.',
  },
  {
    file: 'packages/e2ee/src/pkcs12.ts',
    rule: 'sha1',
    reason: 'MAC of PKCS#12 files of older tools: checked at import, never written.',
  },
]

const complaints: string[] = []
const used = new Set<Exception>()

for (const file of globSync(['packages/*/src/**/*.ts', 'plugins/*/src/**/*.ts']).sort()) {
  for (const { rule, line, text } of findWeakCrypto(readFileSync(file, 'utf8'))) {
    const exception = exceptions.find((allowed) => allowed.file === file && allowed.rule === rule)
    if (exception) used.add(exception)
    else complaints.push(`${file}:${line}: ${rule} (${text})`)
  }
}

for (const exception of exceptions.filter((allowed) => !used.has(allowed))) {
  complaints.push(
    `scripts/check-crypto.ts: the exception for ${exception.file} allows nothing any more`,
  )
}

for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
if (complaints.length > 0) process.exit(1)
