import { join } from 'node:path'
import type { ProfileOptions } from '@secure-chat/client'
import { ChatError } from '@secure-chat/protocol/errors'
import { type Environment, readEnvironment } from './config/environment.ts'
import { type ProfilePlace, profilePlace } from './config/profile.ts'
import { openSettingsFile, type SettingsFile, settingTable } from './config/settings-file.ts'
import type { GlobalFlags } from './input/flags.ts'
import { makeOutput, type Output } from './output/output.ts'
import { makePrompts, type Prompts } from './output/prompts.ts'

/** What a command works with, made once from flags, environment and settings. */
export type CommandContext = {
  readonly output: Output
  readonly prompts: Prompts
  readonly environment: Environment
  readonly place: ProfilePlace
  readonly settings: SettingsFile
  readonly profile: ProfileOptions
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly now: () => number
}

export type Surroundings = {
  readonly configDir: string
  readonly dataDir: string
  readonly userAgent: string
}

export function makeContext(flags: GlobalFlags, surroundings: Surroundings): CommandContext {
  const environment = readEnvironment()
  const { stdin, stdout, stderr } = process
  const isPlain = flags.plain || environment.isPlain
  const { json: isJson = false, profile } = flags
  const output = makeOutput({ stdout, stderr, isJson, isPlain, environment, profile })
  const place = profilePlace(flags.profile ?? environment.profile ?? 'default', surroundings)
  const settings = openSettingsFile(place.settingsPath, output.notice)
  return {
    output,
    prompts: makePrompts({ stdin, stderr, isInputAllowed: !flags['no-input'] }),
    environment,
    place,
    settings,
    profile: profileOptions(flags, {
      environment,
      place,
      settings,
      userAgent: surroundings.userAgent,
    }),
    stdin,
    stdout,
    stderr,
    now: Date.now,
  }
}

/** Without a flag or variable the server is the one the profile signed in to. */
function profileOptions(
  flags: GlobalFlags,
  from: Pick<CommandContext, 'environment' | 'place' | 'settings'> & { userAgent: string },
): ProfileOptions {
  const server = flags.server ?? from.environment.server
  if (server !== undefined) checkServer(server)
  const { runtimeDir, proxy } = from.environment
  const timeouts = from.settings.all()
  return {
    dir: from.place.dataDir,
    profile: from.place.name,
    proxyEnv: proxy,
    userAgent: from.userAgent,
    allowPlaintext: flags.insecure,
    timeouts: {
      connectMs: Number(timeouts['connect-timeout']) * 1000,
      answerMs: Number(timeouts['answer-timeout']) * 1000,
    },
    ...(server !== undefined && { server }),
    ...(runtimeDir !== undefined && { runtimeDir: join(runtimeDir, 'secure-chat') }),
  }
}

function checkServer(server: string): void {
  if (settingTable.server.isValid(server)) return
  throw new ChatError('usage', `"${server}" is not the address of a server.`, {
    suggestions: [`--server ${settingTable.server.example}`],
  })
}
