/** What a broker holds, as the kernel and its own JVM count it. Linux only. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '@secure-chat/e2e/services'
import { residentBytes } from '../load/processes.ts'

export type Footprint = {
  readonly residentBytes: number
  /** Of the JVM's heap after a full collection; not a number without `jcmd`. */
  readonly heapBytes: number
  readonly openFiles: number
  /** Memory areas, of which the kernel grants a process `vm.max_map_count`. */
  readonly maps: number
  /** Blocks of its data folder. */
  readonly diskBytes: number
}

/** A topic has a leader in the metadata before its broker has made its files: waits until their number rests. */
export async function footprintOf({ pid, folder }: Service): Promise<Footprint> {
  for (let before = -1, now = openFiles(pid); now !== before; now = openFiles(pid)) {
    before = now
    await sleep(2_000)
  }
  return {
    heapBytes: liveHeapBytes(pid),
    residentBytes: residentBytes(pid),
    openFiles: openFiles(pid),
    maps: readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').length - 1,
    diskBytes: blocksIn(folder),
  }
}

/** What the kernel grants the process: open files and memory areas. */
export function limitsOf(pid: number): { readonly openFiles: number; readonly maps: number } {
  const files = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]
  return {
    openFiles: Number(files),
    maps: Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8')),
  }
}

export function footprintText({ residentBytes, heapBytes, ...f }: Footprint): string {
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`
  return [
    `${mib(residentBytes)} resident (${mib(heapBytes)} live heap)`,
    `${f.openFiles.toLocaleString('en')} open files`,
    `${f.maps.toLocaleString('en')} maps`,
    `${mib(f.diskBytes)} on disk`,
  ].join(', ')
}

/** Growth from one state to another for each of `count` topics. */
export function growthText(from: Footprint, to: Footprint, count: number): string {
  const kib = (figure: 'residentBytes' | 'heapBytes' | 'diskBytes') =>
    `${((to[figure] - from[figure]) / count / 1024).toFixed(1)} KiB`
  const each = (figure: 'openFiles' | 'maps') => ((to[figure] - from[figure]) / count).toFixed(2)
  return `${kib('residentBytes')} resident (${kib('heapBytes')} live heap), ${each('openFiles')} open files, ${each('maps')} maps, ${kib('diskBytes')} on disk`
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function liveHeapBytes(pid: number): number {
  spawnSync('jcmd', [String(pid), 'GC.run'])
  const { stdout } = spawnSync('jcmd', [String(pid), 'GC.heap_info'], { encoding: 'utf8' })
  return Number(/heap +total \d+K, used (\d+)K/.exec(stdout ?? '')?.[1] ?? Number.NaN) * 1024
}

/** The broker renames and deletes while this walks: what is gone takes no room. */
function blocksIn(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const stat = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
    bytes += (stat?.blocks ?? 0) * 512
  }
  return bytes
}
