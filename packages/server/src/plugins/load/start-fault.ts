import { ChatError } from '@secure-chat/protocol'

/**
 * What can be wrong with a plugin at start, in the order in which it is looked at, each with what the operator can
 * do. `docs/plugins/server.md` says the same; a test compares them.
 */
export const startFaults = {
  plugin_not_found:
    'Install it beside the configuration file, or give the path of its folder. A package built from sources needs its build first.',
  plugin_no_server_half:
    'Its package.json must name the module as "secureChat": { "server": "./…" }; a plugin of the CLI alone is installed with: secure-chat plugins install',
  plugin_api_range:
    'Update the plugin, or the server: its package.json says by "secureChat.api" which versions of the contract it works with.',
  plugin_not_loadable:
    'The fault is in the plugin: tell its author, or go back to the last version.',
  plugin_no_default_export:
    'Its module must say: export default defineServerPlugin({ … }). Tell its author.',
  plugin_bad_shape: 'What it exports is no plugin. Tell its author.',
  plugin_api_version: 'Update the plugin, or the server.',
  plugin_name_taken: 'Remove one of the two from the list.',
  plugin_not_granted: 'Read what the plugin does, then add what is missing to its "grant".',
  plugin_cannot_isolate: 'Leave "isolate" out for this plugin.',
  plugin_bad_config: 'Correct the "config" of this plugin.',
  plugin_create_failed: 'It may miss something that it needs; its own page says what.',
  plugin_create_timeout:
    'It may wait for a service that does not answer. What takes longer belongs after its start.',
  plugin_keys_differ: 'Declared and returned must be the same. Tell its author.',
  plugin_bad_contribution: 'The fault is in the plugin. Tell its author.',
  plugin_scheme_taken: 'Remove one of the two from the list.',
} as const

/** The stable name of a failed step of the start-up checklist. */
export type StartFaultCode = keyof typeof startFaults

/** `config_invalid` for whoever starts the server, with the step's own code as member `plugin_code`. */
export function startFault(
  code: StartFaultCode,
  plugin: string,
  what: string,
  cause?: unknown,
): ChatError {
  return new ChatError(
    'config_invalid',
    `Plugin ${plugin} ${what} (${code}). ${startFaults[code]}`,
    {
      members: { plugin_code: code, plugin },
      ...(cause !== undefined && { cause }),
    },
  )
}
