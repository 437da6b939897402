import { ChatError } from '@secure-chat/protocol'
import { type Hook, HookFailure } from '../calls/hook.ts'

/** A chain that could not be run to its end. Who failed stands in the cause, which is for the log alone. */
export function pluginFailed(hook: Hook, cause: unknown): ChatError {
  return new ChatError(
    'plugin_failed',
    'A rule of this server could not be checked. Try again later, or tell its operator.',
    { cause, retryAfterS: Math.max(1, Math.ceil(hook.breaker.waitMs() / 1000)) },
  )
}

/** The operator lets a failure pass, or has switched the plugin off a moment ago. */
export function isPassedOver(
  { isSkippedOnFailure }: { readonly isSkippedOnFailure: boolean },
  cause: unknown,
): boolean {
  return isSkippedOnFailure || (cause instanceof HookFailure && cause.kind === 'ended')
}

/** What a plugin refused. The reason is its own, made printable. */
export function rejectedByPlugin(reason: string): ChatError {
  return new ChatError('rejected_by_plugin', reason, { members: { reason } })
}

const bands = ['early', 'normal', 'late'] as const

/** Bands first, then the order of the operator's list. */
export function inOrder<T extends { readonly band?: (typeof bands)[number] | undefined }>(
  steps: readonly T[],
): T[] {
  return bands.flatMap((band) => steps.filter((step) => (step.band ?? 'normal') === band))
}
