import { randomInt } from 'node:crypto'
import type { Settings } from './config.ts'
import { type ListUsers, makeListUsers } from './domain/accounts/list-users.ts'
import { makeReadPublicKey, type ReadPublicKey } from './domain/accounts/public-keys.ts'
import type { Background } from './domain/common/background.ts'
import { type Blocks, makeBlocks } from './domain/mailboxes/blocks.ts'
import { type Contacts, makeContacts } from './domain/mailboxes/contacts.ts'
import { makeDeliver } from './domain/mailboxes/deliver.ts'
import { type Directory, makeDirectory } from './domain/mailboxes/directory.ts'
import { type ExchangeKeys, makeExchangeKeys } from './domain/mailboxes/exchange-keys.ts'
import { makeReadMailbox, type ReadMailbox } from './domain/mailboxes/read-mailbox.ts'
import { makeRememberedAnswers } from './domain/mailboxes/remembered-answers.ts'
import { makeRetention } from './domain/mailboxes/retention.ts'
import { makeSendLimits } from './domain/mailboxes/send-limits.ts'
import { makeSendMessage, type SendMessage } from './domain/mailboxes/send-message.ts'
import { makeSystemRecords, type SystemRecords } from './domain/mailboxes/system-records.ts'
import { emptyPipeline, type TransformPipeline } from './domain/mailboxes/transform-pipeline.ts'
import { makePresence, type Presence } from './domain/presence/presence.ts'
import type { PresenceProvider } from './domain/presence/presence-provider.ts'
import type { SessionEvents } from './domain/sessions/session-events.ts'
import type { Sessions } from './domain/sessions/sessions.ts'
import { makeLiveConnections } from './domain/streams/live-connections.ts'
import {
  type MailboxStreams,
  makeMailboxStreams,
  type StreamMember,
} from './domain/streams/mailbox-stream.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'

/** The rules of mailboxes, presence and who may write to whom. */
export interface MessagingServices {
  readonly sendMessage: SendMessage
  readonly exchangeKeys: ExchangeKeys
  readonly readMailbox: ReadMailbox
  readonly streams: MailboxStreams
  readonly presence: Presence
  readonly listUsers: ListUsers
  readonly readPublicKey: ReadPublicKey
  readonly directory: Directory
  readonly contacts: Contacts
  readonly blocks: Blocks
  readonly systemRecords: SystemRecords
}

type MessagingSettings = Pick<
  Settings,
  | 'rateLimit'
  | 'limitMessagesPerMinute'
  | 'limitMessagesPerMinuteToOne'
  | 'limitMessagesBurst'
  | 'limitExchangesPerHour'
  | 'retentionDays'
  | 'retentionBytes'
>

export interface MessagingDeps {
  readonly settings: MessagingSettings
  readonly database: UserDatabase
  readonly queue: MessageQueue
  readonly clock: Clock
  readonly log: Log
  readonly sessionEvents: SessionEvents
  readonly sessions: Pick<Sessions, 'hold'>
  /** What plugins contribute; none by default. */
  readonly pipeline?: TransformPipeline
  readonly presenceProviders?: () => readonly PresenceProvider[]
  /** 0 to 1; only spreads reconnects. */
  readonly random?: () => number
}

const everySecondMs = 1000
/** Of streams and long polls: far beyond what devices and scripts of one person need. */
const openPerUserMax = 256
const everyMinuteMs = 60_000

/** The services, and what the server does with them as a whole. */
export interface Messaging {
  readonly services: MessagingServices
  /** Begins what is repeated: presence, comments of streams, retention. */
  start(background: Background): void
  /** Open calls end so that their clients come back; new ones do not wait. */
  drain(): void
  /** After the last request: writes what is only in memory. */
  close(): Promise<void>
}

export function buildMessaging(deps: MessagingDeps): Messaging {
  const { database, queue, clock, log } = deps
  const { users } = database
  const directory = makeDirectory({ users, blocks: database.blocks, clock })
  const contacts = makeContacts({ store: database.contacts, clock })
  const presence = makePresence({
    store: database.presence,
    clock,
    log,
    ...(deps.presenceProviders && { providers: deps.presenceProviders }),
  })
  const connections = makeLiveConnections<StreamMember>(deps.sessionEvents)
  const streams = makeMailboxStreams({
    queue,
    clock,
    connections,
    sessions: deps.sessions,
    presence,
    contacts,
    log,
    random: deps.random ?? fraction,
    openPerUserMax: deps.settings.rateLimit === 'on' ? openPerUserMax : Number.POSITIVE_INFINITY,
  })
  const services: MessagingServices = {
    ...sending(deps, directory, contacts),
    readMailbox: makeReadMailbox({ queue, clock, waiting: connections }),
    streams,
    presence,
    listUsers: makeListUsers({ users, presence, clock }),
    readPublicKey: makeReadPublicKey({ users }),
    directory,
    contacts,
    blocks: makeBlocks({ store: database.blocks, directory }),
    systemRecords: makeSystemRecords({ queue, clock, contacts }),
  }
  const retention = makeRetention({
    queue,
    clock,
    keepDays: deps.settings.retentionDays,
    maxBytes: deps.settings.retentionBytes,
  })
  return {
    services,
    start(background) {
      background.repeat('retention', everyMinuteMs, retention)
      background.repeat('presence', everySecondMs, presence.refresh)
      background.repeat('stream comments', everySecondMs, async () => streams.beat())
    },
    drain: () => connections.shutdown(),
    async close() {
      connections.close()
      await presence.settle()
    },
  }
}

function sending(
  { database, queue, clock, settings, pipeline = emptyPipeline }: MessagingDeps,
  directory: Directory,
  contacts: Contacts,
): Pick<MessagingServices, 'sendMessage' | 'exchangeKeys'> {
  const limits = makeSendLimits({
    clock,
    settings: {
      isOn: settings.rateLimit === 'on',
      messagesPerMinute: settings.limitMessagesPerMinute,
      messagesPerMinuteToOne: settings.limitMessagesPerMinuteToOne,
      messageBurst: settings.limitMessagesBurst,
      exchangesPerHourPerPair: settings.limitExchangesPerHour,
    },
  })
  const answers = makeRememberedAnswers({ clock })
  const deliver = makeDeliver({ queue, directory, pipeline, clock })
  return {
    sendMessage: makeSendMessage({ deliver, directory, limits, answers }),
    exchangeKeys: makeExchangeKeys({
      deliver,
      directory,
      users: database.users,
      contacts,
      limits,
      answers,
    }),
  }
}

function fraction(): number {
  return randomInt(1_000_000) / 1_000_000
}
