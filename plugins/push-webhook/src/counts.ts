import type { ServerContext } from '@secure-chat/plugin-sdk/server'

/** What the operator watches. `ctx.metrics` has no gauge: what waits is `taken` less `left`. */
export function makeCounts({ counter, histogram }: ServerContext['metrics']) {
  return {
    taken: counter('taken_total', 'Notices that began to wait on this node, also after a start.'),
    left: counter(
      'left_total',
      'Notices that wait no longer on this node, whatever became of them.',
    ),
    sent: counter('sent_total', 'Notices that the receiver took.'),
    retried: counter('retried_total', 'Requests that failed and are made again.'),
    failed: counter('failed_total', 'Notices given up: refused, too many tries, or too old.'),
    dropped: counter('dropped_total', 'Messages of which nobody is told: too many notices wait.'),
    merged: counter('merged_total', 'Messages that a waiting notice tells of as well.'),
    obsolete: counter('obsolete_total', 'Notices whose recipient was there before they were sent.'),
    delay: histogram('delay_seconds', 'From a message to the answer of the receiver.'),
  }
}

export type Counts = ReturnType<typeof makeCounts>
