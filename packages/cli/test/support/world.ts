import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import { type Home, makeHome } from './cli.ts'

export type World = { readonly server: TestServer; readonly home: Home; close(): Promise<void> }

/** A server, and one person's home with the accounts named, each in the profile of its name. */
export async function makeWorld(names: readonly string[]): Promise<World> {
  const server = await startTestServer()
  const home = makeHome(server.url)
  await Promise.all(names.map((name) => register(home, name)))
  return {
    server,
    home,
    async close() {
      await server.close()
      home.remove()
    },
  }
}

async function register(home: Home, name: string): Promise<void> {
  const args = ['register', name, '--password-file', home.passwordFile]
  const { code, stderr } = await home.run(args, { profile: name })
  if (code !== 0) throw new Error(`register ${name}: ${stderr}`)
}
