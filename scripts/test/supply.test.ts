import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Bill } from '../lib/shipped-bill.ts'

type Locked = {
  readonly version?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly integrity?: string
  readonly inBundle?: boolean
}

const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
)
const installed = Object.entries(lock.packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && !link,
)

test('every dependency is locked to a version and its hash', () => {
  const open = installed.filter(
    ([, { version, integrity, inBundle }]) => !version || !(integrity || inBundle),
  )
  expect(open.map(([path]) => path)).toEqual([])
})

test('nothing that is shipped needs a script at its installation', () => {
  const scripted = installed.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
  expect(scripted.map(([path]) => path)).toEqual([])
})

test('the bill of materials is CycloneDX: all that is shipped, nothing of development', () => {
  const text = execFileSync(process.execPath, ['scripts/sbom.ts'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const bill: Bill = JSON.parse(text)
  expect(bill.bomFormat).toBe('CycloneDX')
  const refs = bill.components.map((one) => one['bom-ref'])
  const shipped = installed
    .filter(
      ([, { dev, devOptional, optional, inBundle }]) =>
        !(dev || devOptional || optional || inBundle),
    )
    .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
  expect(shipped.filter((ref) => !refs.includes(ref))).toEqual([])
  expect(refs).toEqual(expect.arrayContaining([expect.stringMatching(/^jose@6/)]))
  expect(bill.components.map(({ name }) => name)).not.toContain('jest')
}, 60_000)
