import { kafkaError } from '../wire/error-codes.ts'

/**
 * What to do with a batch after the broker's word on it.
 * - `stored`: acknowledge.
 * - `again`: the same bytes once more, to whoever leads the partition then; a broker that has them already says so.
 * - `renumber`: it has lost track of this producer's numbers, and the batch is not in the log; made anew under the next epoch.
 * - `smaller`: too large for the topic's settings; made anew in halves.
 * - `refuse`: rights or settings forbid it, and a retry would change nothing.
 */
export type Verdict = 'stored' | 'again' | 'renumber' | 'smaller' | 'refuse'

const verdicts = new Map<number, Verdict>([
  [kafkaError.none, 'stored'],
  [kafkaError.duplicateSequence, 'stored'],
  [kafkaError.outOfOrderSequence, 'renumber'],
  [kafkaError.invalidProducerEpoch, 'renumber'],
  [kafkaError.producerFenced, 'renumber'],
  [kafkaError.unknownProducerId, 'renumber'],
  [kafkaError.messageTooLarge, 'smaller'],
  [kafkaError.recordListTooLarge, 'smaller'],
  // INVALID_TOPIC_EXCEPTION, the two AUTHORIZATION_FAILED, INVALID_TIMESTAMP, UNSUPPORTED_VERSION,
  // UNSUPPORTED_FOR_MESSAGE_FORMAT, POLICY_VIOLATION, INVALID_RECORD
  ...[17, 29, 31, 32, 35, 43, 44, 87].map((code): [number, Verdict] => [code, 'refuse']),
])

/** Whatever is not known to be final is tried again until its deadline. */
export function verdictOn(errorCode: number): Verdict {
  return verdicts.get(errorCode) ?? 'again'
}
