import { Command } from '@oclif/core/command'
import type { ExtensionsFor } from './chat/index.ts'
import type { CommandContext } from './context.ts'
import { noExtensions } from './extensions.ts'
import { type GlobalFlags, globalFlags } from './input/flags.ts'
import { userAgentOf } from './user-agent.ts'

/** Every command of ours: the global flags, and the way from them to what a command works with. */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags

  /** Loaded when the command runs, so that help and completion stay quick. */
  protected async context(flags: GlobalFlags): Promise<CommandContext> {
    const { makeContext } = await import('./context.ts')
    const { configDir, dataDir, version } = this.config
    return makeContext(flags, { configDir, dataDir, userAgent: userAgentOf(version) })
  }

  /** What installed plugins add; their code is loaded here and nowhere else. @throws ChatError plugin_error */
  protected async extensions(flags: GlobalFlags): Promise<ExtensionsFor> {
    const { extendingPlugins } = await import('./plugins/extending.ts')
    return flags['no-plugins'] ? noExtensions : extendingPlugins(this.config)
  }

  /** For an end that is no error but not a full success either, such as a message kept for later. */
  protected endWith(code: number): void {
    process.exitCode = code
  }
}
