import { ChatError, type ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Connections } from './cluster.ts'
import { chainOf, reasonsOf } from './failure.ts'
import { metadataCall } from './metadata-request.ts'
import { within } from './waiting.ts'

const firstContactMs = 4000

/**
 * Asks the brokers once, so that a wrong password or certificate is told where it was set. That nobody answers is no
 * reason not to start: brokers and servers are often started together.
 *
 * @throws ChatError `config_invalid` when a broker refuses who calls, or is not who it should be
 */
export async function firstContact(
  { control }: Connections,
  log: ServerContext['log'],
): Promise<void> {
  try {
    await within(firstContactMs, ask(control))
  } catch (error) {
    if (!isOurMistake(error)) {
      log.warn(
        { reason: reasonsOf(error) },
        'Kafka does not answer yet; the server starts without it',
      )
      return
    }
    throw new ChatError(
      'config_invalid',
      `The Kafka of QUEUE_URL refuses this server, or is not who it should be (${reasonsOf(error)}). Check user, password, the SASL mechanism and the TLS files of the plugin queue-kafkajs.`,
      { cause: error },
    )
  }
}

async function ask(brokers: Connections['control']): Promise<void> {
  const { connectionPool } = await brokers.any()
  await connectionPool.send(metadataCall([]))
}

/** Codes of Node's TLS and names of kafkajs, anywhere down the chain of causes. */
const mistakes = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/

function isOurMistake(error: unknown): boolean {
  return [...chainOf(error)].some((each) => {
    const { name, code, type } = Object(each)
    return /^KafkaJSSASL/.test(name) || /SASL/.test(type) || mistakes.test(code)
  })
}
