import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSecureChat } from '../load/processes.ts'
import { median, ms, type Section } from '../report.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bareFolder = join(root, 'bench/bare-oclif')
const bare = join(bareFolder, 'bin/run.js')
const ours = join(root, 'packages/cli/bin/run.js')
const pairs = 21

/** Whole processes, built as shipped (bundle, manifest, compile cache), in turn with a bare oclif program. */
export async function cliStart(): Promise<Section> {
  const home = mkdtempSync(join(tmpdir(), 'secure-chat-bench-cli-'))
  const server = await startSecureChat()
  try {
    const passwordFile = join(home, 'password')
    writeFileSync(passwordFile, 'bench only, not a secret', { mode: 0o600 })
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_RUNTIME_DIR: home,
      SECURE_CHAT_SERVER: server.url.href,
      SECURE_CHAT_PASSWORD_FILE: passwordFile,
    }
    const run = (program: string, ...args: string[]) => {
      const started = performance.now()
      const result = spawnSync(process.execPath, [program, ...args], { env, cwd: root })
      if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`)
      return performance.now() - started
    }
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync('npx', ['oclif', 'manifest', bareFolder], { cwd: root, stdio: 'ignore' })
    // A command of one of its plugins: oclif passes over, silently, those that are not among the dependencies.
    run(bare, 'help')
    run(ours, 'register', 'bob', '--profile', 'bob')
    run(ours, 'register', 'alice')
    run(ours, 'send', 'bob', 'first: exchanges the key')
    const bareTimes: number[] = []
    const compare = (...args: string[]) => {
      run(ours, ...args)
      run(bare, '--version')
      const ratios: number[] = []
      const times: number[] = []
      for (let pair = 0; pair < pairs; pair++) {
        const bareTime = run(bare, '--version')
        const ourTime = run(ours, ...args)
        bareTimes.push(bareTime)
        times.push(ourTime)
        ratios.push(ourTime / bareTime)
      }
      return { ratio: median(ratios), time: median(times) }
    }
    const version = compare('--version')
    const send = compare('send', 'bob', 'hello')
    return {
      name: 'cli-start',
      title: `Starting the CLI (whole processes, median of ${pairs} pairs)`,
      rows: [
        {
          what: '`secure-chat --version` against a bare oclif 5 program with the same plugins',
          value: `${version.ratio.toFixed(2)} (${ms(version.time)})`,
          goal: '≤ 1.10',
          isMet: version.ratio <= 1.1,
        },
        {
          what: '`secure-chat send` of a short message against the same bare program',
          value: `${send.ratio.toFixed(2)} (${ms(send.time)})`,
          goal: '≤ 2.50',
          isMet: send.ratio <= 2.5,
        },
        { what: 'the bare oclif 5 program', value: ms(median(bareTimes)) },
      ],
    }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
