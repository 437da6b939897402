/** Whoever may write to a topic may write anything; readers must get what is a message, and nothing may stop them. */
import { foreignRecordRules } from '@secure-chat/e2e/kafka-rules'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import type { MessageQueue } from '../../../src/ports/index.ts'
import { newUser, readAll, record } from '../queue-rules/kit.ts'
import { type Others, othersAt } from './by-others.ts'
import { openForRules, openTestQueue } from './open-test-queue.ts'

foreignRecordRules(openForRules)

describeWithServices('records of others', () => {
  let queue: MessageQueue
  let others: Others
  let user: UserName

  beforeAll(async () => {
    const { port } = await sharedKafka()
    queue = await openTestQueue(port)
    others = othersAt(port)
  })
  afterAll(async () => {
    await queue.close()
    await others.close()
  })
  beforeEach(async () => {
    user = newUser()
    await queue.createMailbox(user)
  })

  const messages = async () => (await readAll(queue, user)).map(({ message }) => message)
  const valid = (text: string) => JSON.stringify(record(text))

  test.each(['snappy', 'lz4', 'zstd'] as const)('may be compressed by %s', async (compression) => {
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${'zażółć '.repeat(200)}`)
    await others.write(user, texts.map(valid), { compression })
    await queue.enqueue(user, record('ours'))
    expect(await messages()).toEqual([...texts, 'ours'])
    const { items } = await queue.read(user, { limit: 20 })
    const after = items.at(-1)?.cursor
    const rest = await readAll(queue, user, { limit: 7, ...(after && { after }) })
    expect(rest.map(({ message }) => message)).toEqual([...texts.slice(20), 'ours'])
  })
})
