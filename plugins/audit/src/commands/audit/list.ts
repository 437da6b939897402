import { Command, Flags } from '@oclif/core'
import { clientFlags, openClient } from '@secure-chat/plugin-sdk/cli'
import { entryColumns } from '../../list/entry-columns.ts'
import { listEntries } from '../../list/list-entries.ts'
import { parseMoment } from '../../moment.ts'
import { jsonDocument, table } from '../../output.ts'

export default class AuditList extends Command {
  static override summary = 'List what the server stored: who wrote to whom, when and how much'
  static override description =
    'Lists entries of the audit log, oldest first. Piped: time, type (or kind of entry), sender, recipient, bytes, id, SHA-256 of the ciphertext. Times: 2h, 3d, today, yesterday, 2026-11-23, or ISO 8601.'
  static override examples = [
    '$ secure-chat audit list',
    '$ secure-chat audit list --user bob --since yesterday',
    '$ secure-chat audit list --since 2026-11-01 --until 2026-12-01 --limit 100000 --json',
  ]
  static override baseFlags = clientFlags
  static override flags = {
    user: Flags.string({ description: 'Only from or to this user', helpValue: 'NAME' }),
    since: Flags.string({ description: 'From this time on', helpValue: 'TIME' }),
    until: Flags.string({ description: 'Before this time', helpValue: 'TIME' }),
    limit: Flags.integer({
      description: 'The newest so many',
      default: 100,
      min: 1,
      max: 1_000_000,
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditList)
    const { user, limit, since, until } = flags
    const now = Date.now()
    const filter = {
      user,
      limit,
      since: since === undefined ? undefined : parseMoment(since, now),
      until: until === undefined ? undefined : parseMoment(until, now),
    }
    const client = await openClient(this.config)
    try {
      const { entries, isBroken } = await listEntries(client, filter)
      if (flags.json) this.log(jsonDocument({ entries, verified: !isBroken }))
      else this.show(table(entryColumns, entries, process.stdout.isTTY === true))
      if (isBroken) this.logToStderr('This log is broken: secure-chat audit verify says where.')
    } finally {
      await client.close()
    }
  }

  private show(text: string): void {
    if (text !== '') this.log(text)
    else if (process.stdout.isTTY === true) this.logToStderr('Nothing in the log matches.')
  }
}
