import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Call, Capability, ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Log } from '../../ports/index.ts'
import type { PluginPackage } from '../load/find-package.ts'
import type { LoadedPlugin } from '../load/load-plugin.ts'
import { startFault } from '../load/start-fault.ts'
import { within } from '../load/within.ts'
import { textOf } from '../text-of.ts'
import type { ThreadData } from './plugin-thread.ts'
import { remoteContributions } from './remote-contributions.ts'
import { callContext, noteOf } from './server-calls.ts'
import type { ThreadContributions } from './thread-contributions.ts'
import { linkThreads, type ThreadLink } from './thread-link.ts'

interface Description {
  readonly name: string
  readonly capabilities: readonly Capability[]
  readonly declares: readonly string[]
}

interface Thread {
  readonly worker: Worker
  readonly link: ThreadLink
}

/** How long a thread whose call was late may take to give any sign of life. */
const signOfLifeMs = 1000
const restartFirstMs = 250
const restartMaxMs = 30_000
/** A leak ends the thread, not the server. */
const memoryMaxMb = 256

/**
 * A plugin in a worker thread: to the rest of the host it looks like any other. A thread that hangs (a late call, and
 * no sign of life within a second after) or dies is ended and started again; its calls fail meanwhile.
 */
export async function loadIsolated(
  pluginPackage: PluginPackage,
  { createMs, log }: { readonly createMs: number; readonly log: Log },
): Promise<LoadedPlugin> {
  const { use, version } = pluginPackage
  /** In the log, as of any other plugin; until it is read, the operator's word for it. */
  let shownName = use
  let thread: Thread | undefined
  let ctx: ServerContext | undefined
  let given: unknown
  let changed: ((name: string) => void) | undefined
  let onRestarted: (() => void) | undefined
  let isWanted = true
  /** How often it was wanted, and not: what was begun before is void. */
  let life = 0
  let isStarting = false
  let restartMs = restartFirstMs
  let lastCall = 0

  function serve(method: string, args: unknown[]): unknown {
    if (ctx === undefined) throw new TypeError('The plugin is not made yet.')
    if (method === 'server') return callContext(ctx, String(args[0]), Object(args[1]))
    if (method === 'changed') return changed?.(String(args[0]))
    return noteOf(ctx, method, args)
  }

  function start(): Thread {
    const isSource = extname(import.meta.url) === '.ts'
    const data: ThreadData = { pluginPackage, createMs }
    const worker = new Worker(
      new URL(`./plugin-thread${extname(import.meta.url)}`, import.meta.url),
      {
        workerData: data,
        name: `plugin ${use}`,
        resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb },
        ...(isSource && {
          execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
        }),
      },
    )
    worker.unref()
    const link = linkThreads(worker, serve, (err) => {
      log.warn({ event: 'plugin.failed', plugin: shownName, hook: 'thread', err }, 'plugin failed')
    })
    const started: Thread = { worker, link }
    worker.on('error', (err) => {
      log.error(
        { event: 'plugin.thread_failed', plugin: shownName, err },
        'thread of a plugin failed',
      )
      link.fail(new Error(`its thread failed: ${textOf(err)}`))
    })
    worker.on('exit', () => {
      link.fail(new Error('its thread has ended'))
      if (thread === started) {
        thread = undefined
        void restart()
      }
    })
    thread = started
    return started
  }

  /** Everything up to the point where calls can be answered. */
  async function bringUp(): Promise<void> {
    const { link } = start()
    await link.ask('load')
    await link.ask('config', given)
    await link.ask('create')
    if (changed !== undefined) link.tell('watch')
  }

  async function restart(): Promise<void> {
    if (!isWanted || isStarting || ctx === undefined) return
    const begun = life
    const isVoid = () => life !== begun
    isStarting = true
    await new Promise((resolve) => setTimeout(resolve, restartMs).unref())
    if (isVoid()) return
    restartMs = Math.min(restartMs * 2, restartMaxMs)
    try {
      const isUp = await within(
        bringUp().then(() => true),
        createMs,
      )
      if (isVoid()) return
      if (!isUp) throw new Error(`it was not made within ${createMs / 1000} s`)
      isStarting = false
      log.warn({ event: 'plugin.restarted', plugin: shownName }, 'plugin was started again')
      onRestarted?.()
    } catch (err) {
      if (isVoid()) return
      log.error(
        { event: 'plugin.failed', plugin: shownName, err },
        'plugin could not be started again',
      )
      await stop()
      if (isVoid()) return
      isStarting = false
      void restart()
    }
  }

  /** Whether it is wanted from now on. */
  function want(isSo: boolean): void {
    isWanted = isSo
    life += 1
    isStarting = false
    restartMs = restartFirstMs
  }

  async function stop(): Promise<void> {
    const ending = thread
    thread = undefined
    await ending?.worker.terminate()
  }

  /** The loop of a thread that only waits answers at once; one that spins never does. */
  async function endIfHung({ worker, link }: Thread): Promise<void> {
    if (
      await within(
        link.ask('ping').catch(() => true),
        signOfLifeMs,
      )
    )
      return
    log.error({ event: 'plugin.hung', plugin: shownName }, 'plugin hangs: its thread is ended')
    await worker.terminate()
  }

  async function call(
    hook: string,
    subject: unknown,
    { signal, requestId }: Call,
  ): Promise<unknown> {
    const at = thread
    if (at === undefined || isStarting) throw new Error('its thread is being started again')
    const id = ++lastCall
    const onAbort = () => {
      at.link.tell('abort', id)
      void endIfHung(at)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const answer = await at.link.ask('call', id, hook, subject, requestId)
      restartMs = restartFirstMs
      return answer
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  const description = await readDescription()
  shownName = description.name

  async function readDescription(): Promise<Description> {
    const { link } = start()
    try {
      const loaded = await within(link.ask('load'), createMs + signOfLifeMs)
      if (loaded !== undefined) return loaded as Description
    } catch (error) {
      await stop()
      if (isFault(error)) throw error
      throw startFault('plugin_not_loadable', use, `could not be loaded: ${textOf(error)}`, error)
    }
    await stop()
    throw startFault('plugin_not_loadable', use, `was not loaded within ${createMs / 1000} s`)
  }

  return {
    ...description,
    version,
    async checkConfig(value) {
      want(true)
      given = value
      let isDone: boolean | undefined
      try {
        // It may have been ended, and be wanted again. The wait is bounded, and keeps the process alive meanwhile.
        const isFresh = thread === undefined
        const { link } = thread ?? start()
        const work = async () => {
          if (isFresh) await link.ask('load')
          await link.ask('config', given)
          return true
        }
        isDone = await within(work(), createMs + signOfLifeMs)
      } catch (error) {
        if (isFault(error)) throw error
        throw startFault('plugin_bad_config', use, `cannot take its config along: ${textOf(error)}`)
      }
      if (isDone) return undefined
      const what = `has not checked its config within ${createMs / 1000} s`
      throw startFault('plugin_bad_config', use, what)
    },
    async create(context) {
      ctx = context
      let made: unknown
      try {
        made = await within(presentLink().ask('create'), createMs + signOfLifeMs)
      } catch (error) {
        if (isFault(error)) throw error
        throw startFault('plugin_create_failed', use, `could not be made: ${textOf(error)}`, error)
      }
      if (made === undefined) {
        throw startFault('plugin_create_timeout', use, `was not made within ${createMs / 1000} s`)
      }
      return remoteContributions(made as ThreadContributions, { call, watch, close })
    },
    onRestarted(listener) {
      onRestarted = listener
    },
    async end() {
      want(false)
      await stop()
    },
  }

  function presentLink(): ThreadLink {
    if (thread === undefined) throw new Error('its thread has ended')
    return thread.link
  }

  /** From here on an end of the thread is the end. */
  async function close(): Promise<void> {
    want(false)
    await thread?.link.ask('close')
  }

  function watch(announce: (name: string) => void): () => void {
    changed = announce
    thread?.link.tell('watch')
    return () => {
      changed = undefined
      thread?.link.tell('unwatch')
    }
  }
}

function isFault(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'config_invalid'
  )
}
