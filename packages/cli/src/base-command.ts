import { Command } from '@oclif/core/command'
import type { CommandContext } from './context.ts'
import { type GlobalFlags, globalFlags } from './input/flags.ts'

/** Every command of ours: the global flags, and the way from them to what a command works with. */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags

  /** Loaded when the command runs, so that help and completion stay quick. */
  protected async context(flags: GlobalFlags): Promise<CommandContext> {
    const { makeContext } = await import('./context.ts')
    const { configDir, dataDir, version } = this.config
    const userAgent = `secure-chat/${version} ${process.platform}-${process.arch} node-${process.version}`
    return makeContext(flags, { configDir, dataDir, userAgent })
  }

  /** For an end that is no error but not a full success either, such as a message kept for later. */
  protected endWith(code: number): void {
    process.exitCode = code
  }
}
