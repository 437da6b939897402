import { openDatabase, openQueue } from '../engines.ts'
import type { Engines } from '../migrate/index.ts'
import { systemClock } from '../ops/system-clock.ts'
import type { Log } from '../ports/index.ts'
import { loadDrivers } from '../server-plugins.ts'
import { isSameDatabase, isSameQueue, type Place } from './place.ts'

type Close = () => Promise<unknown>

/** Runs work on the engines of both places; one that they share is opened once. Whatever was opened is closed. */
export async function withEngines<T>(
  from: Place,
  to: Place,
  log: Log,
  work: (source: Engines, target: Engines) => Promise<T>,
): Promise<T> {
  const closers: Close[] = []
  const keep = <E extends { close(): Promise<void> }>(engine: E): E => {
    closers.push(() => engine.close())
    return engine
  }
  const open = async ({ settings }: Place, shared: Partial<Engines>): Promise<Engines> => {
    const plugins = await loadDrivers(settings, { clock: systemClock, log })
    closers.push(plugins.close)
    const deps = { clock: systemClock, log, drivers: plugins.drivers }
    return {
      database: shared.database ?? keep(await openDatabase(settings, deps)),
      queue: shared.queue ?? keep(await openQueue(settings, deps)),
    }
  }
  try {
    const source = await open(from, {})
    const target = await open(to, {
      ...(isSameDatabase(from, to) && { database: source.database }),
      ...(isSameQueue(from, to) && { queue: source.queue }),
    })
    return await work(source, target)
  } finally {
    for (const close of closers.reverse()) {
      // What was acknowledged is kept by then, and the outcome of the work is what counts.
      await close().catch((err: unknown) => log.warn({ err }, 'an engine did not close in order'))
    }
  }
}
