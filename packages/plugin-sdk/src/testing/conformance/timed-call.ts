import { wordsOf } from './findings.ts'

/** How a call ended; `complaint` is what to say about it behind the name of the handler. */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'failed' | 'late'; readonly complaint: string }

const late = Symbol('late')

/** Calls it and waits no longer than the budget. What comes afterwards, and be it a rejection, goes nowhere. */
export async function timedCall(
  budgetMs: number,
  run: (signal: AbortSignal) => unknown,
): Promise<CallOutcome> {
  const budget = new AbortController()
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), budgetMs)
  })
  try {
    const running = run(budget.signal)
    const heldMs = performance.now() - startedAt
    if (heldMs > budgetMs) {
      Promise.resolve(running).catch(() => undefined)
      return { kind: 'late', complaint: `held the thread for ${Math.round(heldMs)} ms` }
    }
    const answering = Promise.resolve(running)
    answering.catch(() => undefined)
    const answer = await Promise.race([answering, timeout])
    if (answer === late) {
      return { kind: 'late', complaint: `had no answer within its budget of ${budgetMs} ms` }
    }
    // Who spins behind an `await` keeps the timer from running, too, and answers before it.
    if (performance.now() - startedAt > budgetMs) {
      return { kind: 'late', complaint: `held the thread beyond its budget of ${budgetMs} ms` }
    }
    return { kind: 'answered', answer }
  } catch (thrown) {
    return { kind: 'failed', complaint: complaintAbout(thrown) }
  } finally {
    clearTimeout(timer)
    budget.abort(new DOMException('The budget of this call is over.', 'TimeoutError'))
  }
}

const triesWhenLate = 3

/** A busy machine makes anybody late once; late three times in a row is late. */
export async function patientCall(
  budgetMs: number,
  run: (signal: AbortSignal) => unknown,
): Promise<CallOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await timedCall(budgetMs, run)
    if (outcome.kind !== 'late' || tries === triesWhenLate) return outcome
  }
}

/** What V8 says of an assignment to what is frozen. */
const frozen = /read.only property|not extensible|Cannot (?:delete|define|redefine|add) property/

function complaintAbout(thrown: unknown): string {
  const words = wordsOf(thrown)
  return frozen.test(words) ? `tried to change what it was given: ${words}` : `threw ${words}`
}
