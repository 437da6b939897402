import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from 'jest'

const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node'] },
}

const suite = (name: string, rootDir: string) => ({
  ...shared,
  displayName: name,
  rootDir,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
})

const config: Config = {
  projects: [
    ...['protocol', 'e2ee', 'client', 'plugin-sdk', 'server', 'cli', 'create-plugin'].map((name) =>
      suite(name, `<rootDir>/packages/${name}`),
    ),
    ...readdirSync(join(import.meta.dirname, 'plugins')).map((name) =>
      suite(name, `<rootDir>/plugins/${name}`),
    ),
    suite('e2e', '<rootDir>/e2e'),
    suite('bench', '<rootDir>/bench'),
    suite('scripts', '<rootDir>/scripts'),
  ],
}

export default config
