/** Two people with accounts on one server, each at home. */
import { runCli } from './cli.ts'
import { type Home, makeHome } from './scratch.ts'
import type { Server } from './server.ts'

export async function makePerson(server: Pick<Server, 'url'>, name: string): Promise<Home> {
  const home = makeHome({ SECURE_CHAT_SERVER: server.url })
  const password = home.secretFile('password', `correct horse ${name} battery`)
  const env = { SECURE_CHAT_PASSWORD_FILE: password }
  const result = await runCli(home, ['register', name], { env })
  if (result.code !== 0) throw new Error(`register ${name}: ${result.code}\n${result.stderr}`)
  return { ...home, env: { ...home.env, ...env } }
}
