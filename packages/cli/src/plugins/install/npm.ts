/** npm as it comes with this program, under the Node that runs it: whatever the computer has of both does not matter. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ChatError, type ErrorCode } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import { withoutPassword } from '../without-password.ts'

/**
 * Installs one package, named by a spec of npm's, into the folder. The signal ends npm at once.
 *
 * @throws ChatError
 */
export type InstallByNpm = (spec: string, folder: string, signal: AbortSignal) => Promise<void>

/** @param program any file of this program's package */
export function makeNpm(program: string, registry: string | undefined): InstallByNpm {
  return async (spec, folder, signal) => {
    const source = registry === undefined ? [] : [`--registry=${registry}`]
    const args = [npmOf(program), 'install', ...flags, ...source, '--', spec]
    const { code, stderr } = await run(args, folder, signal)
    if (code !== 0) throw failureOf(stderr)
  }
}

/**
 * Nothing of a package runs while it is being installed; a copy of a folder, not a link to it. Where it goes and that
 * npm writes down what came is told as well: the user's own npm may be set to do otherwise.
 */
const flags = [
  '--location=project',
  // A registry that is not there is told within seconds; npm would try for over a minute.
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=4000',
  '--no-global',
  '--no-dry-run',
  '--save',
  '--package-lock',
  '--no-package-lock-only',
  '--lockfile-version=3',
  '--ignore-scripts',
  '--install-links',
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  '--no-update-notifier',
  '--loglevel=error',
]

/** @throws ChatError plugin_error where this program was installed without some of its parts */
function npmOf(program: string): string {
  try {
    return join(createRequire(program).resolve('npm/package.json'), '../bin/npm-cli.js')
  } catch (cause) {
    throw notStarted(cause)
  }
}

function notStarted(cause: unknown): ChatError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
  const text = `npm, which comes with secure-chat, cannot be started: ${reason}.`
  return new ChatError('plugin_error', text, { cause, suggestions: ['Install secure-chat again.'] })
}

type Ended = { readonly code: number | null; readonly stderr: string }

function run(args: readonly string[], cwd: string, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (error) => reject(notStarted(error)))
    child.once('close', (code) => resolve({ code, stderr }))
  })
}

const codes: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:E404|ETARGET|ENOENT)$/, 'not_found'],
  [
    /^(?:ENOTFOUND|ECONN\w+|EAI_\w+|ETIMEDOUT|ERR_SOCKET\w*|EHOSTUNREACH|ENETUNREACH)$/,
    'network_unreachable',
  ],
  [/^(?:ENOSPC|EDQUOT)$/, 'disk_full'],
]

/** npm's own words, without its prefixes and where it keeps its log. */
function failureOf(stderr: string): ChatError {
  const lines = stderr
    .split('\n')
    .filter((line) => /^npm (?:error|ERR!)/i.test(line) && !/complete log|debug-0\.log/.test(line))
    .map((line) => line.replace(/^npm (?:error|ERR!)\s?/i, '').trim())
  const [, npmCode = ''] = lines.map((line) => /^code (\S+)$/.exec(line)).find(Boolean) ?? []
  const code = codes.find(([form]) => form.test(npmCode))?.[1] ?? 'plugin_error'
  // `404 Not Found …`, `enoent Could not read …`: the code goes before each line.
  const prefix = new RegExp(`^(?:${npmCode.toLowerCase()}|${npmCode.replace(/^E/, '')})\\b\\s*`)
  const words = lines
    .filter(
      (line) => !/^(?:code|errno|syscall|path) |^[a-z]\w*: (?:'.*'|-?\d+),?$|^[{}]+$/.test(line),
    )
    .map((line) => (npmCode === '' ? line : line.replace(prefix, '')))
    // Of its own stack, like the members of an error above.
    .filter((line) => line !== '' && !line.startsWith('at '))
    .slice(0, 2)
  const text = words.length > 0 ? words.join(' ') : `npm ended with ${npmCode || 'an error'}.`
  const suggestions =
    code === 'network_unreachable'
      ? [
          'Is this computer online? For a proxy or another registry the settings of npm hold here too (~/.npmrc).',
          'A package that is here already: secure-chat plugins install ./FILE.tgz',
        ]
      : undefined
  return new ChatError(code, `npm says: ${printable(withoutPassword(text), 500)}`, {
    ...(suggestions && { suggestions }),
  })
}
