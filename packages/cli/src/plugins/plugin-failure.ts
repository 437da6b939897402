/** Calls into plugins: with a time limit, and every failure in words that name the plugin and what it was doing. */
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { goOnWithout } from './go-on-without.ts'

/** How long a handler may take. JavaScript cannot stop it; it is only not waited for any longer. */
const handlerBudgetMs = 5_000
/** How long a handler that was late is not asked again: each further message would wait as long. */
const restMs = 30_000

class LateError extends Error {
  constructor(budgetMs: number) {
    super(`it did not answer within ${budgetMs / 1000} s`)
  }
}

/** @param part of the contract, as `transformOutgoing` */
export function pluginFailure(plugin: string, part: string, cause: unknown): ChatError {
  if (isChatError(cause, 'plugin_error')) return cause
  return new ChatError(
    'plugin_error',
    `The plugin ${plugin} failed in ${part}: ${wordsOf(cause)}`,
    {
      cause,
      suggestions: [goOnWithout],
    },
  )
}

function wordsOf(cause: unknown): string {
  const words = cause instanceof Error ? messageOf(cause) || cause.name : String(cause)
  return /[.!?]$/.test(words) ? words : `${words}.`
}

/** A message of zod is a document in JSON: its issues say the same in words. By its form, for a plugin may bring a zod of its own. */
function messageOf(error: Error): string {
  if (error.name !== 'ZodError' || !('issues' in error) || !Array.isArray(error.issues)) {
    return error.message
  }
  const issues = error.issues.map(Object)
  return issues
    .map(({ path = [], message }) => [path.map(String).join('.'), message].filter(Boolean))
    .map((words) => words.join(': '))
    .join('; ')
}

/** Ends in time even when the work does not. @throws LateError */
export async function withinBudget<T>(work: () => T | Promise<T>, budgetMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new LateError(budgetMs)), budgetMs)
  try {
    return await Promise.race([work(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

export type Caller = <T>(plugin: string, part: string, work: () => T | Promise<T>) => Promise<T>

/** @param monotonic milliseconds */
export function makeCaller(monotonic: () => number, budgetMs = handlerBudgetMs): Caller {
  const restingUntil = new Map<string, number>()
  return async (plugin, part, work) => {
    const key = `${plugin} ${part}`
    if (monotonic() < (restingUntil.get(key) ?? 0)) {
      throw pluginFailure(plugin, part, new LateError(budgetMs))
    }
    try {
      return await withinBudget(work, budgetMs)
    } catch (error) {
      if (error instanceof LateError) restingUntil.set(key, monotonic() + restMs)
      throw pluginFailure(plugin, part, error)
    }
  }
}
