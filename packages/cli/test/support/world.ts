import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import { type Home, makeHome } from './cli.ts'

export type World = { readonly server: TestServer; readonly home: Home; close(): Promise<void> }

/** A server, and one person's home with the accounts named, each in the profile of its name. */
export async function makeWorld(names: readonly string[]): Promise<World> {
  const server = await startTestServer()
  const home = makeHome(server.url)
  const close = async () => {
    await server.close()
    home.remove()
  }
  try {
    await Promise.all(names.map((name) => register(home, name)))
  } catch (error) {
    // An open server would keep the test run from ending.
    await close()
    throw error
  }
  return { server, home, close }
}

async function register(home: Home, name: string): Promise<void> {
  const args = ['register', name, '--password-file', home.passwordFile]
  const { code, stderr } = await home.run(args, { profile: name })
  if (code !== 0) throw new Error(`register ${name}: ${stderr}`)
}
