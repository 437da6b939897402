import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './environment.ts'

/** Where files lie, as oclif will have it: needed before its config is there. */
export function foldersOf({
  cacheHome,
  dataDir,
  dataHome,
}: Pick<Environment, 'cacheHome' | 'dataDir' | 'dataHome'>): {
  readonly cacheDir: string
  readonly dataDir: string
} {
  return {
    cacheDir: join(cacheHome ?? join(homedir(), '.cache'), 'secure-chat'),
    dataDir: dataDir ?? join(dataHome ?? join(homedir(), '.local/share'), 'secure-chat'),
  }
}
