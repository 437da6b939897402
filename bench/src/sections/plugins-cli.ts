import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuMicrosOfChildren } from '../load/cpu-time.ts'
import { startSecureChat } from '../load/processes.ts'
import { median, ms, type Section } from '../report.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const program = join(root, 'packages/cli/bin/run.js')
const plugins = 20
const pairs = 21

/** Whole processes as shipped, in turn with the same account in a home without plugins. */
export async function pluginsCli(): Promise<Section> {
  const home = mkdtempSync(join(tmpdir(), 'secure-chat-bench-plugins-'))
  const server = await startSecureChat()
  try {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    const passwordFile = join(home, 'password')
    writeFileSync(passwordFile, 'bench only, not a secret', { mode: 0o600 })
    const run = (data: string, ...args: string[]) => {
      const env = {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        XDG_DATA_HOME: join(home, data),
        XDG_CACHE_HOME: join(home, 'cache'),
        XDG_RUNTIME_DIR: home,
        SECURE_CHAT_SERVER: server.url.href,
        SECURE_CHAT_PASSWORD_FILE: passwordFile,
      }
      const started = performance.now()
      const computed = cpuMicrosOfChildren()
      const result = spawnSync(process.execPath, [program, ...args], { env, cwd: root })
      const took = performance.now() - started
      if (result.status !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`)
      const cpu = (cpuMicrosOfChildren() - computed) / 1000
      return { took, cpu, said: `${result.stdout}${result.stderr}` }
    }
    run('bare', 'register', 'alice')
    run('extended', 'register', 'bob')
    installPlugins(join(home, 'extended', 'secure-chat'))
    const compare = (...args: string[]) => {
      // Finds the commands of the plugins, which is done once after an install.
      const loaded = run('extended', ...args) && run('extended', ...args)
      if (loaded.said.includes(loadedMark)) throw new Error(`${args.join(' ')} loaded a plugin`)
      const added = Array.from({ length: pairs }, () => {
        const bare = run('bare', ...args)
        const extended = run('extended', ...args)
        return { took: extended.took - bare.took, cpu: extended.cpu - bare.cpu }
      })
      // The counter has steps of 10 ms, which a mean evens out and a median would show.
      const cpu = added.reduce((sum, one) => sum + one.cpu, 0) / pairs / plugins
      return { cpu, took: median(added.map((one) => one.took)) / plugins }
    }
    // By what is computed: how long a process takes says more of what else the machine does.
    const row = (what: string, { cpu, took }: { cpu: number; took: number }) => ({
      what,
      value: `${ms(cpu)} of a core each (time: ${ms(took)})`,
      goal: '≤ 5 ms each',
      isMet: cpu <= 5,
    })
    return {
      name: 'plugins-cli',
      title: `${plugins} installed CLI plugins, commands that use none (whole processes, ${pairs} pairs)`,
      rows: [
        row('`secure-chat whoami`: what a plugin adds', compare('whoami')),
        row('`secure-chat config`: what a plugin adds', compare('config')),
      ],
    }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

const loadedMark = 'the code of a plugin was loaded'

/** Each with a command and a chat hook, and no list of its commands: the costliest that a plugin can be. */
function installPlugins(dataDir: string): void {
  const names = Array.from({ length: plugins }, (_, index) => `secure-chat-plugin-bench-${index}`)
  for (const name of names) {
    const folder = join(dataDir, 'node_modules', name)
    const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
    mkdirSync(join(folder, 'dist/commands'), { recursive: true })
    const oclif = { commands: './dist/commands', hooks: { 'chat:extend': './dist/chat.js' } }
    const secureChat = { api: '^1' }
    const manifest = { name, version: '1.0.0', type: 'module', secureChat, oclif }
    write('package.json', JSON.stringify(manifest))
    const mark = `process.stderr.write('${loadedMark}')\n`
    write(
      `dist/commands/${name}.js`,
      `import { Command } from '@oclif/core'\n${mark}export default class extends Command { async run() {} }\n`,
    )
    write(
      'dist/chat.js',
      `import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'\n${mark}export default defineCliPlugin({ name: '${name}', apiVersion: 1 })\n`,
    )
  }
  const list = names.map((name) => ({ name, tag: 'latest', type: 'user' }))
  const oclif = { schema: 1, plugins: list }
  writeFileSync(join(dataDir, 'package.json'), JSON.stringify({ private: true, oclif }))
}
