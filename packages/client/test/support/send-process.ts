/** A process of its own that sends lines from a profile: node send-process.ts DIR SERVER TO FROM COUNT */
import { openAccount } from '../../src/index.ts'

const [dir = '', server = '', to = '', label = '', count = '0'] = process.argv.slice(2)
const account = await openAccount({ dir, server })
const states = new Map<string, number>()
for (let n = 0; n < Number(count); n += 1) {
  const { state } = await account.send(to, { text: `${label}-${n}` })
  states.set(state, (states.get(state) ?? 0) + 1)
}
account.close()
process.stdout.write(JSON.stringify(Object.fromEntries(states)))
