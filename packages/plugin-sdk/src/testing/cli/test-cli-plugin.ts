import type { CliPlugin } from '../../cli/cli-plugin.ts'
import type { defineCliPlugin } from '../../cli/define-cli-plugin.ts'
import { importTesting } from '../import-testing.ts'
import type { ServerTesting } from '../server/server-testing.ts'
import type { CliTesting, StartedChat } from './cli-testing.ts'

/** What `defineCliPlugin` takes, or the hook that it gives. */
export type CliHalf = CliPlugin | ReturnType<typeof defineCliPlugin>

/**
 * Opens a real chat of `alice` with `bob`, end-to-end encrypted over a server on 127.0.0.1, with these plugins at work
 * on alice's side, in the order of the list. Time is real: a handler has its 5 s.
 *
 * Needs `@secure-chat/cli` and `@secure-chat/server` among the plugin's dev dependencies.
 *
 * @throws an error of code `plugin_error` for what is no plugin, or two that claim the same name
 * @example
 * import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'
 * import { testCliPlugin } from '@secure-chat/plugin-sdk/testing'
 *
 * const shout = defineCliPlugin({
 *   name: 'shout',
 *   apiVersion: 1,
 *   transformOutgoing: { handler: (text) => text.toUpperCase() },
 * })
 *
 * const chat = await testCliPlugin(shout)
 * await chat.enter('hello')
 * const [first] = await chat.peer.received()
 * if (first?.text !== 'HELLO') throw new Error('It was not loud enough.')
 * await chat.close()
 */
export async function testCliPlugin(...plugins: readonly CliHalf[]): Promise<StartedChat> {
  const cli = await importTesting<CliTesting>('@secure-chat/cli/testing', 'startTestChat')
  const serverTesting = '@secure-chat/server/testing'
  const { startTestServer } = await importTesting<ServerTesting>(serverTesting, 'startTestServer')
  const values = await Promise.all(plugins.map(cliPluginOf))
  const server = await startTestServer({})
  try {
    const chat = await cli.startTestChat({
      server: server.url,
      me: 'alice',
      peer: 'bob',
      plugins: values,
    })
    return {
      ...chat,
      async close() {
        try {
          await chat.close()
        } finally {
          await server.close()
        }
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

/** As the program asks for it. */
export async function cliPluginOf(half: CliHalf): Promise<CliPlugin> {
  return typeof half === 'function' ? Reflect.apply(half, undefined, [{}]) : half
}
