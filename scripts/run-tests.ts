/**
 * `npm test [-- PACKAGE … PATTERN …]`: every suite, or those of the named packages whose path matches, under jest,
 * and one plain closing line `N passed, N failed[, N skipped]` that CI and people can read without knowing jest.
 * Arguments with dashes are jest's own and passed through.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { servicesFolderVariable, stopSharedServices } from '../e2e/services/index.ts'

const suites = ['e2e', 'bench', 'scripts', ...readdirSync('packages'), ...readdirSync('plugins')]

type JestResult = {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numRuntimeErrorTestSuites: number
}

const scratch = mkdtempSync(join(tmpdir(), 'secure-chat-tests-'))
const report = join(scratch, 'jest.json')
const jest = join(
  dirname(createRequire(import.meta.url).resolve('jest/package.json')),
  'bin/jest.js',
)
const child = spawn(
  process.execPath,
  // ES modules run in jest only behind this flag; the warning it prints says nothing a reader can act on.
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    // Of kafkajs, which the tests look at the broker through.
    '--disable-warning=TimeoutNegativeWarning',
    jest,
    '--json',
    // How long until a test is said to hang. The first suite that needs the services waits for their start, on whatever machine.
    '--testTimeout=60000',
    ...workers(process.argv),
    `--outputFile=${report}`,
    ...jestArguments(process.argv.slice(2)),
  ],
  {
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, [servicesFolderVariable]: scratch },
  },
)

/** After its report there is nothing to wait for: what a failed test left running must not keep CI from its verdict. */
const lateMs = 20_000
let isLate = false
const watch = setInterval(() => {
  if (!existsSync(report)) return
  clearInterval(watch)
  setTimeout(() => {
    isLate = true
    process.stderr.write('Tests left something running; it was ended after the report.\n')
    child.kill('SIGKILL')
  }, lateMs).unref()
}, 1000)

child.on('exit', async (code, signal) => {
  clearInterval(watch)
  const result = readResult()
  await stopSharedServices(scratch)
  rmSync(scratch, { recursive: true, force: true })
  if (!result) {
    process.stderr.write(`The test runner ended without a report (${signal ?? `exit ${code}`}).\n`)
    process.exit(1)
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
  const skipped = result.numPendingTests > 0 ? `, ${result.numPendingTests} skipped` : ''
  process.stdout.write(`${result.numPassedTests} passed, ${failed} failed${skipped}\n`)
  process.exit((code === 0 || isLate) && result.success && failed === 0 ? 0 : 1)
})

/** Jest leaves a core for whoever watches, which on two cores leaves one; but suites wait for services and timeouts a third of their time. */
function workers(given: readonly string[]): readonly string[] {
  const isGiven = given.some((argument) => /^(-w|--maxWorkers|-i|--runInBand)/.test(argument))
  return isGiven ? [] : [`--maxWorkers=${Math.max(3, availableParallelism() - 1)}`]
}

function jestArguments(given: readonly string[]): readonly string[] {
  if (given.some((argument) => argument.startsWith('-'))) return given
  const projects = given.filter((word) => suites.includes(word))
  const patterns = given.filter((word) => !suites.includes(word))
  return [
    ...(projects.length > 0 ? ['--selectProjects', ...projects] : []),
    ...(patterns.length > 0 ? ['--testPathPatterns', ...patterns] : []),
  ]
}

function readResult(): JestResult | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as JestResult
  } catch {
    return undefined
  }
}
