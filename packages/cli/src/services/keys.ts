import { writeFileSync } from 'node:fs'
import type {
  Account,
  KeyImported,
  Profile,
  ProfileOptions,
  Rotated,
  Trust,
} from '@secure-chat/client'
import { ChatError } from '@secure-chat/protocol/errors'
import type { UserName } from '@secure-chat/protocol/user-name'
import type { KeyFile } from '../input/key-file.ts'

export type KeyRow = {
  readonly name: string
  readonly trust: Trust
  readonly fingerprint: string | null
}

export type ShownKey = {
  readonly name: string
  readonly fingerprint: string
  readonly trust: Trust | 'own'
  readonly safety_number: string | null
}

type Trusting = Pick<Account, 'trust'>

export function listKeys({ trust }: Trusting): KeyRow[] {
  return trust.list().map(({ name, trust, fingerprint }) => ({ name, trust, fingerprint }))
}

export async function showKey(
  name: UserName | undefined,
  { trust, me }: Pick<Account, 'trust' | 'me'>,
): Promise<ShownKey> {
  if (name === undefined || name === me.name) {
    return { name: me.name, fingerprint: me.fingerprint, trust: 'own', safety_number: null }
  }
  const key = await trust.show(name)
  return { name, fingerprint: key.fingerprint, trust: key.trust, safety_number: key.safety_number }
}

export type VerifyOptions = {
  readonly account: Trusting
  /** Gives the number that the other side sees, however it comes by it. */
  readonly read: (safetyNumber: string) => string | Promise<string>
}

/** @throws ChatError key_not_trusted when the numbers differ; nothing is changed then */
export async function verifyKey(
  name: UserName,
  { account, read }: VerifyOptions,
): Promise<ShownKey> {
  const { safety_number: number } = await account.trust.show(name)
  const answer = await read(number)
  const theirs = digits(answer)
  // The most important answer of all: no digits at all, such as `no`.
  if (theirs === '') throw differs(name)
  if (theirs.length !== number.length) {
    throw new ChatError(
      'usage',
      `A safety number has ${number.length} digits, this one has ${theirs.length}.`,
    )
  }
  if (theirs !== number) throw differs(name)
  await account.trust.verify(name)
  const key = await account.trust.show(name)
  return { name, fingerprint: key.fingerprint, trust: key.trust, safety_number: key.safety_number }
}

/** Accepts the key that the directory shows now. */
export async function trustKey(name: UserName, { trust }: Trusting): Promise<KeyRow> {
  await trust.accept(name)
  const key = await trust.show(name)
  return { name, trust: key.trust, fingerprint: key.fingerprint }
}

/** `skipped`: their key changed, so nothing is made for it before it is trusted. */
export async function rotateKeys(
  name: UserName | undefined,
  { trust }: Trusting,
): Promise<Rotated> {
  return trust.rotate(name)
}

export async function replaceKey(
  password: string,
  profile: Profile,
): Promise<{ fingerprint: string; seq: number }> {
  const { replaceKey: replace } = await import('@secure-chat/client')
  const { fingerprint, seq } = await replace(profile, { password })
  return { fingerprint, seq }
}

export type ImportInput = {
  readonly key: KeyFile
  readonly password: string
  readonly passphrase: string | undefined
}

/** Into the vault, which is made for it on a new device; the next login takes the key up. */
export async function importKey(
  { key, password, passphrase }: ImportInput,
  profile: ProfileOptions,
): Promise<KeyImported> {
  const { importProfileKey } = await import('@secure-chat/client')
  const file = { file: key.data, filePassphrase: key.passphrase }
  return importProfileKey(profile, { ...file, password, passphrase })
}

export type ExportInput = {
  readonly file: string
  readonly format: 'pkcs8' | 'pkcs12'
  readonly passphrase: string
}

/** Writes a file that is new and its owner's alone. @throws EEXIST */
export async function exportKey(
  { file, format, passphrase }: ExportInput,
  profile: Profile,
): Promise<{ file: string; format: string; fingerprint: string }> {
  const { exportProfileKey } = await import('@secure-chat/client')
  const data = exportProfileKey(profile, { format, passphrase })
  writeFileSync(file, data, { flag: 'wx', mode: 0o600 })
  return { file, format, fingerprint: profile.me().fingerprint }
}

function digits(text: string): string {
  return text.replace(/[^0-9]/g, '')
}

function differs(name: string): ChatError {
  return new ChatError(
    'key_not_trusted',
    `The safety numbers of you and ${name} were not found to be the same, so nothing was changed. Where they differ, one was mistyped or somebody stands between you: send ${name} no secrets.`,
    {
      suggestions: [
        `Ask ${name} in person or on a call to read theirs aloud once more.`,
        `secure-chat keys verify ${name}`,
      ],
    },
  )
}
