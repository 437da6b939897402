import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of the test's own, removed after it. Call it at the top of a `describe` or file. */
export function scratchFolder(): { readonly dir: string } {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'secure-chat-sqlite-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })
  return {
    get dir() {
      return dir
    },
  }
}
