import { readMessageHeader } from '@secure-chat/e2ee'
import type { Account } from '../../src/index.ts'
import { isSend, type Sent } from './wire.ts'

/** Ciphertexts that left, by kid and number: more than one under a number is a key used twice. */
export function envelopesByNumber(sent: readonly Sent[]): Map<string, Set<string>> {
  const byNumber = new Map<string, Set<string>>()
  for (const each of sent) {
    const message = isSend(each) ? messageOf(each.body) : undefined
    const header = message === undefined ? undefined : readMessageHeader(message)
    if (message === undefined || !header) continue
    const key = `${header.kid} ${header.n}`
    byNumber.set(key, (byNumber.get(key) ?? new Set()).add(message))
  }
  return byNumber
}

export function expectNoNumberTwice(sent: readonly Sent[]): void {
  const twice = [...envelopesByNumber(sent)].filter(([, envelopes]) => envelopes.size > 1)
  expect(twice.map(([number]) => number)).toEqual([])
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined
  return typeof body.message === 'string' ? body.message : undefined
}

/** What is said in the conversation, without remarks of the program. */
export function said(account: Account, name: string): string[] {
  return account
    .messages({ with: name, limit: 10_000 })
    .filter(({ kind }) => kind !== 'notice' && kind !== 'system')
    .map(({ from, text }) => `${from}: ${text}`)
}

/** Texts that came from the contact and could be read. */
export function heard(account: Account, name: string): string[] {
  return account
    .messages({ with: name, limit: 10_000 })
    .filter(
      ({ direction, state, kind }) => direction === 'in' && state === 'received' && kind === 'text',
    )
    .map(({ text }) => text)
}

/** Remarks in the conversation and at its lines. */
export function remarks(account: Account, name?: string): string[] {
  const query = name === undefined ? {} : { with: name }
  return account
    .messages({ ...query, limit: 10_000 })
    .flatMap(({ kind, text, notices }) => [
      ...(kind === 'notice' || kind === 'system' ? [text] : []),
      ...notices,
    ])
}
