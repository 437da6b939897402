import { join } from 'node:path'
import { signUp } from '../load/accounts.ts'
import { startSecureChat } from '../load/processes.ts'
import { runSendRound, type SendRound, sendRequests } from '../load/send-round.ts'
import { type BenchPlugin, writePlugins } from './server-plugins.ts'

/** A server with plugins under load. */
export type PluginServer = {
  send(count: number, connections: number): Promise<SendRound>
  stop(): Promise<void>
}

const users = 32

export async function startWithPlugins(
  folder: string,
  name: string,
  plugins: readonly BenchPlugin[],
): Promise<PluginServer> {
  const server = await startSecureChat({
    ...(plugins.length > 0 && { SECURE_CHAT_CONFIG: writePlugins(join(folder, name), plugins) }),
    // What failures a plugin has is measured, not shown.
    LOG_LEVEL: 'error',
  })
  const recipients = Array.from({ length: users }, (_, index) => `user${index}`)
  const senders = await signUp(server.url, recipients)
  return {
    send: (count, connections) =>
      runSendRound(server, sendRequests(server.url, { senders, recipients, count }), connections),
    stop: () => server.stop(),
  }
}
