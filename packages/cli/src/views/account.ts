import type { Whoami } from '@secure-chat/client'
import { printable } from '@secure-chat/protocol/printable'
import type { CommandContext } from '../context.ts'
import type { Output } from '../output/output.ts'
import { relativeTime } from '../output/time.ts'
import { showPairs } from './pairs.ts'

type Shown = Pick<CommandContext, 'output' | 'now'>

export function showRegistered(
  account: { readonly name: string; readonly fingerprint: string; readonly server: string },
  output: Output,
): void {
  showPairs(
    [
      ['name', account.name],
      ['fingerprint', account.fingerprint],
      ['server', account.server],
    ],
    output,
  )
  if (!output.isTerminal) return
  output.notice(
    `\nWelcome, ${printable(account.name)}. Next: secure-chat users, secure-chat chat NAME`,
  )
}

export function showSignedIn(
  session: { readonly name: string; readonly session_id: string; readonly expires_at: string },
  { output, now }: Shown,
): void {
  const { name, session_id, expires_at } = session
  showPairs(
    [
      ['name', name],
      ['session', session_id],
      ['expires', time(expires_at, output, now())],
    ],
    output,
  )
}

export function showWhoami(me: Whoami, { output, now }: Shown): void {
  showPairs(
    [
      ['name', me.name],
      ['server', me.server],
      ['profile', me.profile],
      ['fingerprint', me.fingerprint],
      ['session', me.session_id ?? 'signed out'],
      ['expires', me.expires_at === null ? '' : time(me.expires_at, output, now())],
      ...(me.session_valid === false
        ? [['valid', 'no: the server ended the session'] as const]
        : []),
    ],
    output,
  )
  if (me.session_valid === false) {
    output.notice(output.hint(`To go on: secure-chat login ${me.name}`))
  }
}

function time(iso: string, output: Output, now: number): string {
  return output.isTerminal ? relativeTime(iso, now) : iso
}
