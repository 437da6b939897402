import { join } from 'node:path'
import type { Config } from '@oclif/core/interfaces'
import type { CommandContext } from '../../context.ts'
import type { PluginWork } from '../../services/plugins.ts'
import { makeNpm } from './npm.ts'

/** What installing works with. */
export function pluginWork(
  config: Config,
  { environment }: Pick<CommandContext, 'environment'>,
): PluginWork {
  return { config, npm: makeNpm(join(config.root, 'package.json'), environment.npmRegistry) }
}
