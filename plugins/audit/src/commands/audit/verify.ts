import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, Flags } from '@oclif/core'
import { clientFlags, openClient } from '@secure-chat/plugin-sdk/cli'
import { jsonDocument } from '../../output.ts'
import { readPin, writePin } from '../../verify/pin-file.ts'
import { readNamedFile } from '../../verify/read-file.ts'
import { reportText } from '../../verify/report-text.ts'
import { verifyLog } from '../../verify/verify-log.ts'

export default class AuditVerify extends Command {
  static override summary = 'Check that the audit log of the server was not changed'
  static override description =
    'Reads the whole log and checks every hash and link on this computer. With --save it remembers the end of the log, and with --against it notices when what was there then is gone or another. Piped: chain, first, last, state, hash of the last entry. Exit code 1: the log is broken, and where.'
  static override examples = [
    '$ secure-chat audit verify',
    '$ secure-chat audit verify --against audit.pin --save audit.pin',
    '$ secure-chat audit verify --key operator.pub --keep-days 90 --json',
  ]
  static override baseFlags = clientFlags
  static override flags = {
    save: Flags.string({
      description: 'Keep the end of the log in this file, if the log is good',
      helpValue: 'FILE',
    }),
    against: Flags.string({
      description: 'Compare with what was kept in this file',
      helpValue: 'FILE',
    }),
    key: Flags.string({
      description: "The operator's public key (PEM): checkpoints have to be signed with it",
      helpValue: 'FILE',
    }),
    'keep-days': Flags.integer({
      description: 'Entries have to be kept for so many days',
      helpValue: 'N',
      min: 1,
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditVerify)
    const { save, against, 'keep-days': keepDays } = flags
    const key = flags.key === undefined ? undefined : readNamedFile(flags.key)
    const pin = this.pinOf(against, save)
    const client = await openClient(this.config)
    try {
      const { report, pin: next } = await verifyLog(client, { keepDays, pin, key, now: Date.now })
      if (report.valid && save !== undefined) writePin(save, next)
      const isTerminal = process.stdout.isTTY === true
      const { data, remarks } = reportText(report, isTerminal)
      if (flags.json) this.log(jsonDocument(report))
      else if (data !== '') this.log(data)
      if (!flags.json) for (const remark of remarks) this.logToStderr(remark)
      if (!report.valid) process.exitCode = 1
    } finally {
      await client.close()
    }
  }

  /** The first time there is nothing to compare with, if the same file is to be written. */
  private pinOf(against: string | undefined, save: string | undefined) {
    if (against === undefined) return undefined
    const isFirst = save !== undefined && resolve(save) === resolve(against) && !existsSync(against)
    if (!isFirst) return { pin: readPin(against), name: `the file ${against}` }
    this.logToStderr(
      `There is no ${against} yet: this is the state that the next one is compared with.`,
    )
    return undefined
  }
}
