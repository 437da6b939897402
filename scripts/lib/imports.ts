import { globSync, readFileSync } from 'node:fs'

export type Import = {
  readonly target: string
  readonly isTypeOnly: boolean
  /** Loaded when its code runs, not with the module. */
  readonly isDynamic: boolean
}

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** Imports and re-exports of a source file, in order. */
export function importsOf(file: string): Import[] {
  return Array.from(
    readFileSync(file, 'utf8').matchAll(statement),
    ([, typeKeyword, fixed, dynamic]) => ({
      target: fixed ?? dynamic ?? '',
      isTypeOnly: typeKeyword !== undefined,
      isDynamic: dynamic !== undefined,
    }),
  )
}

/** Every source file of every package and plugin. */
export function sourceFiles(folder = '{packages,plugins}/*'): string[] {
  return globSync(`${folder}/src/**/*.ts`).sort()
}
