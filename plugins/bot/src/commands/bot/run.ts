import { join } from 'node:path'
import { Args, Command, Flags } from '@oclif/core'
import { ChatError, clientFlags, openClient, printable } from '@secure-chat/plugin-sdk/cli'
import { type CheckedBot, namePattern } from '../../load/check-bot.ts'
import { commandBot } from '../../load/command-bot.ts'
import { loadFile } from '../../load/load-file.ts'
import { type BotEvent, eventLine, eventText } from '../../run/journal.ts'
import { runBot } from '../../run/run-bot.ts'
import { stopSignal } from '../../run/stop-signal.ts'
import { openBotFile } from '../../state/bot-file.ts'

export default class BotRun extends Command {
  static override summary = 'Answer messages by a program'
  static override description =
    'FILE is a module (.ts, .mts, .js, .mjs) that exports a bot: see the README of secure-chat-plugin-bot. It answers as the account that is signed in, end-to-end encrypted, until it is ended; what came while it was not running is answered first. --exec runs a command of the shell for each message instead, with the message as JSON on its stdin; what it prints is the answer. Under --json: one object a line for everything it does.'
  static override examples = [
    '$ secure-chat bot run echo.ts',
    '$ secure-chat bot run faq.mjs --profile helpdesk --json',
    "$ secure-chat bot run --exec 'python3 answer.py'",
    '$ secure-chat bot run reminder.ts --once',
  ]
  static override args = {
    file: Args.string({ description: 'The module of the bot' }),
  }
  static override baseFlags = clientFlags
  static override flags = {
    exec: Flags.string({
      description: 'Run this for each message, instead of a module',
      helpValue: 'COMMAND',
    }),
    name: Flags.string({
      description: 'What it remembers is kept under this name; that of the file unless set',
      helpValue: 'NAME',
    }),
    once: Flags.boolean({ description: 'Answer what has come, then end' }),
    timeout: Flags.integer({
      description: 'Seconds that an answer may take',
      helpValue: 'SECONDS',
      default: 30,
      min: 1,
      max: 3600,
    }),
    rate: Flags.integer({
      description: 'Messages of one user that are answered in a minute',
      helpValue: 'N',
      default: 30,
      min: 1,
      max: 10_000,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BotRun)
    const bot = await botOf(args.file, flags)
    const { timeout, rate, once } = flags
    const profile = flags.profile ?? process.env.SECURE_CHAT_PROFILE ?? 'default'
    const client = await openClient(this.config)
    const stop = stopSignal()
    try {
      using file = openBotFile(join(this.config.dataDir, 'bots', profile, `${bot.name}.sqlite`))
      await runBot({
        bot,
        client,
        file,
        journal: (event) => this.tell(event, flags.json),
        log: (text) => this.logToStderr(printable(text, undefined, { lines: true })),
        timeoutMs: timeout * 1000,
        perMinute: rate,
        isOnce: once,
        stopping: stop.signal,
      })
    } finally {
      await client.close()
    }
    process.exitCode = stop.exitCode()
  }

  private tell(event: BotEvent, isJson: boolean): void {
    const text = isJson ? eventLine(event) : eventText(event)
    if (text === undefined) return
    if (isJson) this.log(text)
    else this.logToStderr(text)
  }
}

function botOf(
  file: string | undefined,
  { exec, name }: { readonly exec: string | undefined; readonly name: string | undefined },
): CheckedBot | Promise<CheckedBot> {
  const usage = (text: string) =>
    new ChatError('usage', text, { suggestions: ['secure-chat help bot run'] })
  if (name !== undefined && !namePattern.test(name)) {
    throw usage('--name is made of up to 40 lower-case letters, digits and dashes.')
  }
  if ((file === undefined) === (exec === undefined)) {
    throw usage('Name the module of a bot, or a command with --exec: one of both.')
  }
  return file === undefined ? commandBot(exec ?? '', name) : loadFile(file, name)
}
