import type { Call } from '../../server/call.ts'
import type { Envelope } from '../../server/envelope.ts'
import type { ServerPlugin } from '../../server/server-plugin.ts'
import { hostileEnvelopes } from '../hostile-envelopes.ts'
import {
  complaintAboutPresence,
  complaintAboutRegistration,
  complaintAboutVerdict,
} from './answers.ts'
import type { Findings } from './findings.ts'
import type { ObservedPlugin } from './observed-plugin.ts'
import { patientCall } from './timed-call.ts'

export interface DriveOptions {
  readonly findings: Findings
  readonly budgetMs: number
}

interface Hook {
  readonly name: string
  readonly subjects: readonly unknown[]
  readonly handler: (subject: never, call: Call) => unknown
  /** What is wrong with an answer. */
  readonly complain: (answer: unknown) => string | undefined
}

/** Names that are allowed, and that an object used as a table answers for. */
const names = ['constructor', 'valueof', 'a0', '00', `z${'-'.repeat(31)}`, 'alice']

/** Calls of the context that one call of a handler may lead to. */
const callsPerCall = 100

const nothing = () => undefined

/** Whom the handlers hear of as somebody with an account. */
export const namesOfAccounts: readonly string[] = [
  ...new Set([
    ...names,
    ...hostileEnvelopes().flatMap(({ sender, recipient }) => [sender, recipient]),
  ]),
]

/** Calls every handler with everything that a server may hand to it. */
export async function driveServer(
  plugin: ServerPlugin,
  observed: ObservedPlugin,
  { findings, budgetMs }: DriveOptions,
): Promise<void> {
  for (const { name, subjects, handler, complain } of hooksOf(plugin, observed)) {
    const before = observed.calls
    let handled = 0
    for (const subject of subjects) {
      const outcome = await patientCall(budgetMs, (signal) => {
        handled += 1
        return handler(subject as never, Object.freeze({ signal, requestId: 'conformance' }))
      })
      const complaint = outcome.kind === 'answered' ? complain(outcome.answer) : outcome.complaint
      if (complaint !== undefined)
        findings.add(`fails in ${name}, which ${complaint} ${asked(subject)}`)
      // The next ones would take as long.
      if (complaint !== undefined) break
    }
    const calls = observed.calls - before
    if (calls > callsPerCall * handled) {
      findings.add(
        `floods the server from ${name}: ${calls} calls of ctx for ${handled} of the handler, at most ${callsPerCall} for each`,
      )
    }
  }
}

function hooksOf(plugin: ServerPlugin, { contributions = {} }: ObservedPlugin): Hook[] {
  const { transformEnvelope, onEnvelopeStored, presence, onUserRegistering } = contributions
  const users = names.map((name) => Object.freeze({ name }))
  const sessions = names.map((name) => Object.freeze({ name, sessionId: '00112233aabbccdd' }))
  const watching = { complain: nothing }
  const hooks: Array<Hook | undefined> = [
    transformEnvelope && {
      name: 'transformEnvelope',
      subjects: envelopesOf(transformEnvelope.types),
      handler: transformEnvelope.handler,
      complain: (answer) => complaintAboutVerdict(answer, plugin),
    },
    onEnvelopeStored && {
      ...watching,
      name: 'onEnvelopeStored',
      subjects: envelopesOf(onEnvelopeStored.types),
      handler: onEnvelopeStored.handler,
    },
    presence && {
      name: 'presence.lookup',
      subjects: [[], names, Array.from({ length: 500 }, (_, at) => `user-${at}`)].map(
        Object.freeze,
      ),
      handler: presence.lookup,
      complain: complaintAboutPresence,
    },
    onUserRegistering && {
      name: 'onUserRegistering',
      subjects: users.map((user) => Object.freeze({ ...user, fingerprint: 'f'.repeat(64) })),
      handler: onUserRegistering.handler,
      complain: complaintAboutRegistration,
    },
    watcher('onUserRegistered', contributions.onUserRegistered, users),
    watcher('onSignedIn', contributions.onSignedIn, sessions),
    watcher(
      'onPresenceChanged',
      contributions.onPresenceChanged,
      users.map((user) => Object.freeze({ ...user, state: 'away', text: '\u202e'.repeat(140) })),
    ),
    watcher('onSignedOut', contributions.onSignedOut, sessions),
    watcher('onUserRemoved', contributions.onUserRemoved, users),
  ]
  return hooks.filter((hook) => hook !== undefined)
}

function watcher(
  name: string,
  handler: Hook['handler'] | undefined,
  subjects: readonly unknown[],
): Hook | undefined {
  return handler && { name, subjects, handler, complain: nothing }
}

/** The corpus, under the types that the plugin asked for. */
function envelopesOf(types: readonly string[]): Envelope[] {
  const [first = 'CHAT_MESSAGE'] = types
  return hostileEnvelopes().flatMap((envelope, at) =>
    at === 0
      ? types.map((type) => Object.freeze({ ...envelope, type }))
      : [types.includes(envelope.type) ? envelope : Object.freeze({ ...envelope, type: first })],
  )
}

function asked(subject: unknown): string {
  const text = JSON.stringify(subject)
  return `for ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`
}
