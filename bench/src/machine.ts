import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

const require = createRequire(import.meta.url)

const packages = {
  embedded: ['express', '@oclif/core'],
  kafka: ['express', '@platformatic/kafka', 'kafkajs', 'mongoose'],
} as const

/** The engine that a run of the benchmarks is about. */
export type Engine = keyof typeof packages

/** What the figures were measured on, and with which versions. */
export function describeMachine(engine: Engine): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const versions = packages[engine].map((name) => `${name} ${versionOf(name)}`)
  return [
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${memory} GiB, ${type()} ${release()}`,
    `Node ${process.versions.node}, SQLite ${process.versions.sqlite}, ${versions.join(', ')}`,
    ...(engine === 'kafka' ? [services()] : []),
  ].join('\n')
}

/** The Java side: one broker without replicas, and a stand-in where MongoDB is named. */
function services(): string {
  const java = /version "([^"]+)"/.exec(
    spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr,
  )
  const kafka = artifactVersion('kafka', 'kafka_2.13')
  const standIn = artifactVersion('mongo', 'mongo-java-server-h2-backend')
  return `Apache Kafka ${kafka} (1 broker, KRaft, loopback), MongoDB stand-in mongo-java-server ${standIn}, Java ${java?.[1]}`
}

function artifactVersion(service: string, artifact: string): string {
  const pom = new URL(`../../e2e/services/${service}/pom.xml`, import.meta.url)
  const pattern = new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)<`)
  return pattern.exec(readFileSync(pom, 'utf8'))?.[1] ?? 'not found'
}

function versionOf(name: string): string {
  const found = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? []
  for (const path of found) {
    try {
      return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return 'not found'
}
