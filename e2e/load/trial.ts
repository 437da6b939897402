/** What every fault test does: people who send and listen all the time, and the count of it all in the end. */
import { type Account, newKeys, signUp } from '../setup/account.ts'
import { type Load, startLoad } from './flows.ts'
import { type Acknowledged, judge, total, type Verdict } from './judge.ts'
import { readMailbox } from './read-mailbox.ts'
import { type StreamWatch, watchStream } from './watch-stream.ts'

export type Trial = {
  readonly load: Load
  readonly recipients: readonly Account[]
  readonly streams: readonly StreamWatch[]
  /** Ends the load and counts: the mailboxes from their beginning, and what the streams delivered live. */
  finish(): Promise<{ readonly mailboxes: Verdict; readonly streams: Verdict }>
}

export type TrialOptions = {
  /** Of the nodes. All are alive at the beginning. */
  readonly urls: readonly string[]
  readonly senders?: number
  readonly recipients?: number
  readonly pauseMs?: number
}

export async function startTrial(o: TrialOptions): Promise<Trial> {
  const keys = newKeys()
  const people = async (word: string, count: number): Promise<Account[]> => {
    const accounts: Account[] = []
    for (let n = 0; n < count; n += 1) {
      accounts.push(await signUp(o.urls[n % o.urls.length] ?? '', `${word}-${n}`, keys))
    }
    return accounts
  }
  const senders = await people('sender', o.senders ?? 4)
  const recipients = await people('reader', o.recipients ?? 4)
  const streams = await Promise.all(recipients.map((account) => watchStream(account, o.urls)))
  const load = startLoad({
    urls: o.urls,
    senders,
    recipients: recipients.map(({ name }) => name),
    ...(o.pauseMs !== undefined && { pauseMs: o.pauseMs }),
  })
  return {
    load,
    recipients,
    streams,
    async finish() {
      await load.stop()
      const sent = recipients.map(({ name }) => sentTo(load.acknowledged, name))
      const mailboxes = await Promise.all(recipients.map((account) => readMailbox(account)))
      await Promise.all(streams.map((stream, index) => untilDelivered(stream, sent[index] ?? [])))
      await Promise.all(streams.map((stream) => stream.stop()))
      return {
        mailboxes: total(sent.map((messages, index) => judge(messages, mailboxes[index] ?? []))),
        streams: total(
          sent.map((messages, index) => judge(messages, streams[index]?.records ?? [])),
        ),
      }
    },
  }
}

function sentTo(acknowledged: readonly Acknowledged[], recipient: string): Acknowledged[] {
  return acknowledged.filter((message) => message.recipient === recipient)
}

/** What a stream still owes comes late, not never: only what never comes is for the judge. */
async function untilDelivered(stream: StreamWatch, sent: readonly Acknowledged[]): Promise<void> {
  const owed = new Set(sent.map(({ id }) => id))
  let looked = 0
  const holds = () => {
    for (; looked < stream.records.length; looked += 1)
      owed.delete(stream.records[looked]?.id ?? '')
    return owed.size === 0
  }
  await stream.until(holds)
}
