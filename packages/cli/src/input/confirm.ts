import { ChatError } from '@secure-chat/protocol/errors'
import type { Prompts } from '../output/prompts.ts'

export type Confirmation = {
  /** What has to be typed, or given by `--confirm`. */
  readonly name: string
  readonly given: string | undefined
  /** What will be lost, in a sentence. */
  readonly cost: string
}

/** Typed, not just a y: for what cannot be undone. @throws ChatError input_needed | usage */
export async function confirm(
  { name, given, cost }: Confirmation,
  prompts: Prompts,
  notice: (text: string) => void,
): Promise<void> {
  if (given === undefined && prompts.canAsk) notice(cost)
  const typed = given ?? (await prompts.ask(`Type ${name} to go on:`, `--confirm ${name}`))
  if (typed.trim() === name) return
  throw new ChatError('usage', `"${typed}" is not ${name}. Nothing was done.`)
}
