/** `npm run sbom`: the bill of materials (CycloneDX) of the published packages, on stdout (ASVS 15.1.2). */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { type Bill, shippedBill } from './lib/shipped-bill.ts'

type Manifest = { readonly name: string; readonly private?: boolean }

const published = globSync(['packages/*/package.json', 'plugins/*/package.json'])
  .map((path): Manifest => JSON.parse(readFileSync(path, 'utf8')))
  .filter((manifest) => manifest.private !== true)
  .map(({ name }) => name)
const whole: Bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  }),
)
process.stdout.write(`${JSON.stringify(shippedBill(whole, published), null, 2)}\n`)
