/** `npm run audit`: no shipped dependency with a known weakness, as far as the registry tells (ASVS 15.1.2). */
import { spawnSync } from 'node:child_process'
import { auditVerdict } from './lib/audit-verdict.ts'

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: 120_000,
  shell: process.platform === 'win32',
})
const { isPassed, text } = auditVerdict(stdout ?? '')
process.stdout.write(`${text}\n`)
process.exitCode = isPassed ? 0 : 1
