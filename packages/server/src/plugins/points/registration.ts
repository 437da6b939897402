import type { Call } from '@secure-chat/plugin-sdk/server'
import type { Hook } from '../calls/hook.ts'
import { inOrder, isPassedOver, pluginFailed, rejectedByPlugin } from './refusal.ts'
import { readRegistration } from './verdict.ts'

/** One plugin that may refuse registrations. */
export interface RegistrationStep {
  readonly hook: Hook
  readonly handler: (user: { name: string; fingerprint: string }, call: Call) => unknown
  readonly band?: 'early' | 'normal' | 'late' | undefined
  readonly isSkippedOnFailure: boolean
}

/** Undefined without a plugin for it. The chain throws `rejected_by_plugin` or `plugin_failed`. */
export function compileRegistration(
  steps: readonly RegistrationStep[],
): ((user: { name: string; fingerprint: string }, requestId: string) => Promise<void>) | undefined {
  if (steps.length === 0) return undefined
  const ordered = inOrder(steps)
  return async (user, requestId) => {
    for (const step of ordered) {
      let reason: string | undefined
      try {
        reason = await step.hook.run(
          step.handler,
          Object.freeze({ ...user }),
          requestId,
          readRegistration,
        )
      } catch (cause) {
        if (isPassedOver(step, cause)) continue
        throw pluginFailed(step.hook, cause)
      }
      if (reason !== undefined) throw rejectedByPlugin(reason)
    }
  }
}
