import { errorTable, isErrorCode } from '@secure-chat/protocol/errors'
import { exitOf } from '../errors/exit.ts'

/** Pages of `secure-chat help TOPIC` that belong to no command. */
export const helpTopics: Readonly<Record<string, () => string>> = {
  'exit-codes': exitCodes,
  environment: () => environment,
  scripting: () => scripting,
}

const meanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'it worked'],
  [1, 'it failed'],
  [2, 'the command was not understood, or something is missing that cannot be asked for'],
  [3, 'network or server: not reached, too slow, not ready; a message that waits in the outbox'],
  [4, 'not signed in, or sign-in refused'],
  [5, 'a key is not trusted, or has changed'],
  [6, 'too many calls: wait'],
  [7, 'not found: no such user, session, address'],
  [8, 'partly done: of several recipients some failed'],
  [130, 'interrupted'],
]

function exitCodes(): string {
  const rows = meanings.map(([code, meaning]) => {
    const codes = Object.keys(errorTable)
      .filter(isErrorCode)
      .filter((name) => exitOf({ code: name, exit: errorTable[name].exit }) === code)
    return `  ${String(code).padStart(3)}  ${meaning}\n${wrapped(codes)}`
  })
  return `Exit codes, and the error codes behind them (\`error.code\` under --json):\n\n${rows.join('')}`
}

function wrapped(names: readonly string[]): string {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + name.length < 66)
      lines[lines.length - 1] = `${last} ${name}`
    else lines.push(name)
  }
  return lines.map((line) => `       ${line}\n`).join('')
}

const environment = `Environment variables:

  SECURE_CHAT_PROFILE          which of your accounts (flag: --profile)
  SECURE_CHAT_SERVER           address of the server (flag: --server)
  SECURE_CHAT_PASSWORD_FILE    file with the password, for register, login and the like
  SECURE_CHAT_PASSPHRASE_FILE  file that unlocks the vault where nothing else does: cron, containers
  SECURE_CHAT_PLAIN            1: lines and words only, for screen readers (flag: --plain)
  SECURE_CHAT_PAGER, PAGER     shows long history; empty or cat: none
  VISUAL, EDITOR               for /editor in the chat
  NO_COLOR, FORCE_COLOR        no colour; colour even in a pipe
  TERM=dumb                    as --plain, without colour
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   the way to the server
  NODE_EXTRA_CA_CERTS          further certificate authorities
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, XDG_RUNTIME_DIR   where files lie

Flags win over variables, variables over settings (secure-chat config).
`

const scripting = `Scripts:

  Data goes to stdout, everything else to stderr. In a pipe, lists are lines of
  tab-separated values: no header, no colour, exact times, nothing cut.
  --json answers with one document; \`listen\` prints one object a line.
  An error under --json is {"error":{"code","message","suggestions","exit"}} on stdout.

  $ secure-chat send ops "backup done" || secure-chat outbox
  $ df -h | secure-chat send ops,alice
  $ secure-chat messages --unread --json | jq -r '.messages[] | "\\(.from): \\(.text)"'
  $ secure-chat listen --exec 'jq -r .text >> incoming.txt'
  $ secure-chat login bot --profile bot --password-file bot.password --no-input

  --no-input asks nothing: what is missing is named, exit code 2.
  Secrets are never flags: --password-stdin, --password-file, SECURE_CHAT_PASSWORD_FILE.
  In cron and containers the vault opens by SECURE_CHAT_PASSPHRASE_FILE or login --remember.
  Several processes may use one profile at once.

  More: secure-chat help exit-codes, secure-chat help environment
`
