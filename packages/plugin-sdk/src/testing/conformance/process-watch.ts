import { runInThisContext } from 'node:vm'
import { type Findings, wordsOf } from './findings.ts'

/**
 * Reports what ends or spoils a process: rejections and errors that nobody took, and changes of what all code shares.
 * Meanwhile the runner's own listeners for such errors are away, so that they are counted once and here.
 *
 * @returns how to end it
 */
export function watchProcess(findings: Findings): () => void {
  const process = realProcess()
  const onRejection = (reason: unknown) =>
    findings.add(`leaves a rejection that nobody takes, which ends a server: ${wordsOf(reason)}`)
  const onException = (error: unknown) =>
    findings.add(`throws outside of any call, which ends a server: ${wordsOf(error)}`)
  const restore = [
    replaceListeners(process, 'unhandledRejection', onRejection),
    replaceListeners(process, 'uncaughtException', onException),
  ]
  loadFetch()
  const shared = sharedObjects()
  const before = shared.map(({ object }) => new Set(Reflect.ownKeys(object)))
  return () => {
    for (const each of restore) each()
    for (const [index, { name, object }] of shared.entries()) {
      const added = Reflect.ownKeys(object).filter((key) => !before[index]?.has(key))
      for (const key of added) {
        findings.add(`changes what all code shares: ${name} has got ${String(key)}`)
        Reflect.deleteProperty(object, key)
      }
    }
  }
}

/** Node loads it when it is first asked for and then leaves a mark on globalThis, which would be taken for the plugin's. */
function loadFetch(): void {
  Reflect.get(globalThis, 'Response')
}

/** Jest gives tests a copy of `process`, which no event of the real one reaches; elsewhere this is `process` itself. */
function realProcess(): NodeJS.Process {
  return runInThisContext('process')
}

function replaceListeners(
  process: NodeJS.Process,
  event: 'unhandledRejection' | 'uncaughtException',
  listener: (reason: unknown) => void,
): () => void {
  const others = process.rawListeners(event) as Array<(...given: unknown[]) => void>
  process.removeAllListeners(event)
  process.on(event, listener)
  return () => {
    process.removeListener(event, listener)
    for (const other of others) process.on(event, other)
  }
}

function sharedObjects(): ReadonlyArray<{ readonly name: string; readonly object: object }> {
  return [
    { name: 'Object.prototype', object: Object.prototype },
    { name: 'Array.prototype', object: Array.prototype },
    { name: 'String.prototype', object: String.prototype },
    { name: 'Function.prototype', object: Function.prototype },
    { name: 'Promise.prototype', object: Promise.prototype },
    { name: 'globalThis', object: globalThis },
  ]
}
