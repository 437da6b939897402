import type { Rotated } from '@secure-chat/client'
import type { CommandContext } from '../context.ts'
import type { Output } from '../output/output.ts'
import type { Column } from '../output/table.ts'
import type { KeyRow, ShownKey } from '../services/keys.ts'
import { paintTrust } from './paint.ts'
import { showPairs } from './pairs.ts'

export const keyColumns: Column<KeyRow>[] = [
  { header: 'NAME', value: ({ name }) => name },
  {
    header: 'TRUST',
    value: ({ trust }) => trust,
    paint: (text, { trust }, style) => paintTrust(text, trust, style),
  },
  { header: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint ?? '' },
]

export function showContactKey(key: ShownKey, output: Output): void {
  const number = key.safety_number ?? ''
  showPairs(
    [
      ['name', key.name],
      ['trust', key.trust],
      ['fingerprint', key.fingerprint],
      ['safety number', output.isTerminal ? groups(number).join(' ') : number],
    ],
    output,
  )
}

export function showRotated({ rotated, skipped }: Rotated, output: Output): void {
  if (rotated.length > 0) output.line(`Fresh message keys for ${rotated.join(', ')}.`)
  else if (skipped.length === 0) output.line('No fresh message keys: there are no contacts yet.')
  if (skipped.length === 0) return
  const names = skipped.join(', ')
  output.notice(`Left out, because their key has changed and is not trusted yet: ${names}.`)
  for (const name of skipped) output.notice(output.hint(`  secure-chat keys verify ${name}`))
}

/** Shows the number for a comparison by eye, by ear or by camera; the number itself stands for a yes. */
export async function askWhetherSame(
  name: string,
  number: string,
  { output, prompts }: Pick<CommandContext, 'output' | 'prompts'>,
): Promise<string> {
  if (prompts.canAsk) {
    const fives = groups(number)
    const rows = [0, 4, 8].map((at) => `  ${fives.slice(at, at + 4).join(' ')}`)
    output.notice(`Safety number of you and ${name}:\n\n${rows.join('\n')}\n`)
    if (!output.isPlain) {
      const { qrCode } = await import('../output/qr.ts')
      output.notice(await qrCode(number))
    }
    output.notice(`Compare it with what ${name} sees, in person or on a call.`)
  }
  const answer = await prompts.ask(
    'Is it the same? Type yes, or the number that they see:',
    `--number DIGITS, the safety number that ${name} sees`,
  )
  return /^y(es)?$/i.test(answer.trim()) ? number : answer
}

function groups(number: string): string[] {
  return number.match(/.{1,5}/g) ?? []
}
