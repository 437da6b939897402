import type { Contributions } from '@secure-chat/plugin-sdk/server'
import type {
  Envelope,
  EnvelopeCall,
  Transformed,
} from '../../domain/mailboxes/transform-pipeline.ts'
import type { Hook } from '../calls/hook.ts'
import { inOrder, isPassedOver, pluginFailed, rejectedByPlugin } from './refusal.ts'
import type { CheckedVerdict } from './verdict.ts'

/** One plugin's transform, ready to be called. */
export interface TransformStep {
  readonly hook: Hook
  readonly contribution: NonNullable<Contributions['transformEnvelope']>
  readonly band?: 'early' | 'normal' | 'late' | undefined
  readonly isSkippedOnFailure: boolean
  readonly readVerdict: (raw: unknown) => CheckedVerdict
}

/** The first name that is no user, if any. */
export type FirstUnknown = (names: readonly string[]) => Promise<string | undefined>

export type TransformChain = (envelope: Envelope, call: EnvelopeCall) => Promise<Transformed>

/** One chain per record type that a plugin names: what no plugin asks for costs nothing. */
export function compileTransforms(
  steps: readonly TransformStep[],
  firstUnknown: FirstUnknown,
): ReadonlyMap<string, TransformChain> {
  const ordered = inOrder(steps)
  const types = new Set(ordered.flatMap(({ contribution }) => contribution.types))
  return new Map(Array.from(types, (type) => [type, makeChain(ordered, type, firstUnknown)]))
}

function makeChain(
  ordered: readonly TransformStep[],
  original: string,
  firstUnknown: FirstUnknown,
): TransformChain {
  const concerns = (step: TransformStep, type: string) => step.contribution.types.includes(type)
  const chain = ordered.filter((step) => concerns(step, original))

  /** Who asked for the type as sent is still asked, so no plugin can slip a record past a filter by its type. */
  function restAfter(step: TransformStep, type: string): readonly TransformStep[] {
    return ordered
      .slice(ordered.indexOf(step) + 1)
      .filter((later) => concerns(later, original) || concerns(later, type))
  }

  async function checkCopies(
    { hook }: TransformStep,
    names: readonly string[],
    requestId: string,
  ): Promise<void> {
    const unknown = await firstUnknown(names)
    if (unknown !== undefined) throw hook.blame(`copies to ${unknown}, who is no user`, requestId)
  }

  return async (envelope, { requestId }) => {
    let current = envelope
    let copyTo: readonly string[] = []
    let steps: readonly TransformStep[] = chain
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]
      if (step === undefined) break
      let verdict: CheckedVerdict
      try {
        const { hook, contribution, readVerdict } = step
        const answer = hook.run(contribution.handler, current, requestId, readVerdict)
        // Each await is a turn of its own: none for a handler that answers at once.
        verdict = answer instanceof Promise ? await answer : answer
        if (verdict.kind === 'copy') await checkCopies(step, verdict.to, requestId)
      } catch (cause) {
        if (isPassedOver(step, cause)) continue
        throw pluginFailed(step.hook, cause)
      }
      switch (verdict.kind) {
        case 'pass':
          break
        case 'annotate':
          current = Object.freeze({
            ...current,
            meta: Object.freeze({ ...current.meta, ...verdict.meta }),
          })
          break
        case 'reject':
          throw rejectedByPlugin(verdict.reason)
        case 'copy':
          copyTo = [...copyTo, ...verdict.to]
          break
        case 'retype':
          current = Object.freeze({ ...current, type: verdict.type })
          steps = restAfter(step, verdict.type)
          index = -1
      }
    }
    return { type: current.type, meta: current.meta, copyTo }
  }
}
