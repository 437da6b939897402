import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cliJson, runCli } from '../../setup/cli.ts'
import { eventually } from '../../setup/eventually.ts'
import { root } from '../../setup/paths.ts'
import type { Scene } from '../scene.ts'

export const audit: Scene = {
  name: 'audit',
  picture: 'plugins/audit/screen.svg',
  title: 'secure-chat audit verify',
  describe: 'An auditor verifies the log, and is told which entry somebody changed later.',
  columns: 96,
  plugins: ['plugins/audit'],
  config: () => ({
    plugins: [
      {
        use: join(root, 'plugins/audit'),
        grant: ['onEnvelopeStored', 'routes'],
        config: { auditors: ['alice'] },
      },
    ],
  }),
  masks: [
    [/\b\d{8}T\d{9}Z-[0-9a-f]{12}\b/g, '20261123T140300000Z-2f379ce58b46'],
    [/\b[0-9a-f]{64}\b/g, '49bd2781b6c382d97dc3b5c7ad585f72db42dc10e0982f6dc9bb373f157e24e4'],
    [/\b[0-9a-f]{16}…/g, '24e82eba9e9c550d…'],
  ],
  async play({ server, alice, bob, shell }) {
    await runCli(bob, ['send', 'alice', 'see you at eight'])
    await runCli(alice, ['send', 'bob', 'eight it is'])
    await eventually('all is recorded', 60_000, async () => {
      const { entries } = Object(await cliJson(alice, ['audit', 'list']))
      return entries.filter(({ envelope }: { envelope?: unknown }) => envelope).length === 4
    })
    shell.type('secure-chat audit verify\r')
    await shell.until(/link holds[^$]*\n\$$/)
    changeRecipient(join(server.dataDir, 'users.sqlite'))
    shell.type('secure-chat audit verify\r')
    await shell.until(/BROKEN[^$]*\n\$$/)
  },
}

/** What somebody can do who has the database. */
function changeRecipient(path: string): void {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  try {
    const { changes } = database
      .prepare(
        `UPDATE plugin_value SET value = replace(value, '"recipient":"bob"', '"recipient":"mallory"')
         WHERE plugin = 'audit' AND key = (
           SELECT max(key) FROM plugin_value WHERE plugin = 'audit' AND value LIKE '%"recipient":"bob"%')`,
      )
      .run()
    if (changes !== 1) throw new Error(`${changes} entries were changed, one was to be.`)
  } finally {
    database.close()
  }
}
