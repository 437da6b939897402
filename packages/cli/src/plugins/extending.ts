import type { Config } from '@oclif/core/interfaces'
import type { ExtensionsFor } from '../chat/index.ts'
import { noExtensions } from '../extensions.ts'
import { brokenOf } from './host-options.ts'

/** What the installed plugins add to a chat. No module of a plugin, or for plugins, is loaded where there is none. */
export async function extendingPlugins(config: Config): Promise<ExtensionsFor> {
  const broken = brokenOf(config)
  const isExtended = config.getPluginsList().some(({ hooks }) => hooks['chat:extend'] !== undefined)
  if (!isExtended && broken.length === 0) return noExtensions
  const { collectPlugins } = await import('./collect.ts')
  const { extensionsOf } = await import('./extensions.ts')
  return extensionsOf(await collectPlugins(config, broken))
}
