import * as z from 'zod'
import type { MessageBody } from './message.ts'

const ids = z.array(z.string().min(1).max(64)).min(1).max(1000)
const text = z.object({ text: z.string(), re: z.string().min(1).max(64).nullish() })
const receipt = z.object({ ids, state: z.enum(['delivered', 'read']) })
const resend = z.object({ ids })

/** A message by what it means. */
export type MessageContent =
  | { readonly kind: 'text'; readonly text: string; readonly re?: string }
  | { readonly kind: 'receipt'; readonly ids: string[]; readonly state: 'delivered' | 'read' }
  | { readonly kind: 'resend'; readonly ids: string[] }
  /** A kind of a plugin, an unknown one, or a known one whose body is not what it should be: kept, and shown as such. */
  | { readonly kind: 'other'; readonly name: string; readonly body: unknown }

/** Reads the body by its kind. Never throws. */
export function readContent(message: Pick<MessageBody, 'kind' | 'body'>): MessageContent {
  const { kind, body } = message
  if (kind === 'text') {
    const parsed = text.safeParse(body)
    if (parsed.success) {
      const { re } = parsed.data
      return { kind, text: parsed.data.text, ...(re ? { re } : {}) }
    }
  }
  if (kind === 'receipt') {
    const parsed = receipt.safeParse(body)
    if (parsed.success) return { kind, ...parsed.data }
  }
  if (kind === 'resend') {
    const parsed = resend.safeParse(body)
    if (parsed.success) return { kind, ...parsed.data }
  }
  return { kind: 'other', name: kind, body }
}
