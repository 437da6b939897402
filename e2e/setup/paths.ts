import { dirname, join } from 'node:path'

/** jest runs every project from the repository's root. */
export const root = process.cwd()
export const serverProgram = join(root, 'packages/server/bin/secure-chat-server.js')
export const cliProgram = join(root, 'packages/cli/bin/run.js')
/** The Node that runs the tests, first in the path of everything they start. */
export const nodeFolder = dirname(process.execPath)
