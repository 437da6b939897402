import { printable } from '@secure-chat/protocol/printable'
import { errorDocument } from '../errors/render.ts'
import type { Output } from '../output/output.ts'
import type { Column } from '../output/table.ts'
import type { PluginDetails, PluginRow } from '../services/plugin-list.ts'
import type { AddedPlugin, LinkedPlugin, UpdatedPlugin } from '../services/plugins.ts'
import { showPairs } from './pairs.ts'

/** Said with every install, and nowhere else. */
export function installedWarning({ name, source, integrity, pinned }: AddedPlugin): string {
  const from = `Plugins run with your rights: ${name} can read and do what you can. It came from ${source}`
  if (integrity === null) return printable(`${from}.`)
  const pin = pinned ? ', as pinned' : `. To pin this very package: --integrity ${integrity}`
  return printable(`${from}${pin}`)
}

export function showInstalled({ name, version }: AddedPlugin, output: Output): void {
  if (output.isTerminal) output.line(printable(`${name} ${version} is installed.`))
  else output.line(`${printable(name)}\t${printable(version)}`)
}

export function showLinked({ name, version, location }: LinkedPlugin, output: Output): void {
  if (output.isTerminal) output.line(printable(`${name} ${version} is linked from ${location}`))
  else output.line([name, version, location].map((value) => printable(value)).join('\t'))
}

export const updateColumns: Column<UpdatedPlugin>[] = [
  { header: 'PLUGIN', value: ({ name }) => name },
  { header: 'STATE', value: ({ state }) => state },
  { header: 'FROM', value: ({ from }) => from ?? '' },
  { header: 'TO', value: ({ to }) => to ?? '' },
]

export function updateDocument(updated: readonly UpdatedPlugin[]): object {
  return {
    plugins: updated.map(({ error, ...plugin }) => ({
      ...plugin,
      ...(error && errorDocument(error)),
    })),
  }
}

export const pluginColumns: Column<PluginRow>[] = [
  { header: 'PLUGIN', value: ({ name }) => name },
  { header: 'VERSION', value: ({ version }) => version ?? '' },
  { header: 'TYPE', value: ({ type }) => type },
  { header: 'LOCATION', value: ({ location }) => location },
  { header: 'PROBLEM', value: ({ problem }) => problem ?? '' },
]

export function showPlugin(plugin: PluginDetails, output: Output): void {
  const { chat } = plugin
  showPairs(
    [
      ['name', plugin.name],
      ['version', plugin.version ?? ''],
      ['type', plugin.type],
      ['location', plugin.location],
      ['source', plugin.source ?? ''],
      ['integrity', plugin.integrity ?? ''],
      ['pinned', plugin.pinned ? 'yes' : 'no'],
      ['api', plugin.api ?? ''],
      ['extends', plugin.extends.join(', ')],
      ['commands', plugin.commands.join(', ')],
      ['chat parts', chat?.parts.join(', ') ?? ''],
      ['slash commands', chat?.slash_commands.map((name) => `/${name}`).join(', ') ?? ''],
      ['kinds', chat?.kinds.join(', ') ?? ''],
      ['problem', plugin.problem ?? ''],
    ],
    output,
  )
}
