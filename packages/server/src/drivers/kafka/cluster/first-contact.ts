import { ChatError } from '@secure-chat/protocol'
import type { Log } from '../../../ports/index.ts'
import { reasonsOf } from '../failure.ts'
import { within } from '../within.ts'
import type { Cluster } from './cluster.ts'

const firstContactMs = 4000

/**
 * Asks the brokers once, so that a wrong password or certificate is told where it was set. That nobody answers is no
 * reason not to start: brokers and servers are often started together.
 *
 * @throws ChatError `config_invalid` when a broker refuses who calls, or is not who it should be
 */
export async function firstContact(cluster: Cluster, log: Log): Promise<void> {
  try {
    await within(firstContactMs, cluster.metadata([]))
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
      `The Kafka of QUEUE_URL refuses this server, or is not who it should be (${reasonsOf(error)}). Check user, password, sasl and the TLS files.`,
      { cause: error },
    )
  }
}

/** Codes of the client and of Node's TLS, anywhere down the chain of causes. */
const mistakes =
  /^(PLT_KFK_AUTHENTICATION|PLT_KFK_USER|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/

function isOurMistake(error: unknown): boolean {
  for (let each = error, depth = 0; each !== undefined && depth < 8; depth += 1) {
    if (typeof each !== 'object' || each === null) return false
    if ('code' in each && mistakes.test(String(each.code))) return true
    each = 'cause' in each ? each.cause : undefined
  }
  return false
}
