/** Looks for a secret in bytes, in every spelling a program would write it in by mistake. */
import { Buffer } from 'node:buffer'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Secret = { readonly name: string; readonly bytes: Buffer }

export function secretText(name: string, text: string): Secret {
  return { name, bytes: Buffer.from(text, 'utf8') }
}

/** Names of the secrets that occur, with where: empty is what a test expects. */
export function findSecrets(
  secrets: readonly Secret[],
  places: ReadonlyArray<{ readonly place: string; readonly bytes: Buffer }>,
): string[] {
  return secrets.flatMap(({ name, bytes }) => {
    const spellings = spellingsOf(bytes)
    return places.flatMap(({ place, bytes: content }) =>
      spellings
        .filter(({ text }) => content.includes(text))
        .map(({ spelling }) => `${name} as ${spelling} in ${place}`),
    )
  })
}

/** Every file below a folder, those of SQLite's side files too. */
export function filesUnder(
  folder: string,
  isLeftOut: (path: string) => boolean = () => false,
): { place: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isLeftOut(path))
    .map((place) => ({ place, bytes: readFileSync(place) }))
}

function spellingsOf(bytes: Buffer): { spelling: string; text: Buffer | string }[] {
  // Inside a longer base64 text a value starts at one of three places; the outer characters mix with neighbours.
  const inBase64 = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return shifted.slice(Math.ceil((shift * 8) / 6) || 0, -4)
  })
  const base64 = inBase64.flatMap((text) => [
    { spelling: 'base64', text },
    { spelling: 'base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') },
  ])
  return [
    { spelling: 'bytes', text: bytes },
    { spelling: 'UTF-16', text: Buffer.from(bytes.toString('utf8'), 'utf16le') },
    { spelling: 'hex', text: bytes.toString('hex') },
    { spelling: 'HEX', text: bytes.toString('hex').toUpperCase() },
    ...base64.filter(({ text }) => text.length >= 12),
  ]
}
