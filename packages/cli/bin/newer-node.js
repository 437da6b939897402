/**
 * For an older Node on the PATH: the same command line again with the Node that a workspace brings along. The
 * server has the same file; a package of its own would be more to install than it saves.
 */
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @param {string} url of the script to run
 * @param {() => void} refuse where there is no other Node
 */
export function runWithNewerNode(url, refuse) {
  const script = fileURLToPath(url)
  const node = nodeAbove(dirname(script))
  // The one found may be the one that runs already, under another path perhaps, and too old as well.
  if (node === undefined || realpathSync(node) === realpathSync(process.execPath)) return refuse()
  const args = [...process.execArgv, script, ...process.argv.slice(2)]
  // Before the other one runs, or a signal that it already expects would still end this one and orphan it.
  // What a terminal sends reaches both; this process only waits. What comes to it alone is passed on.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const child = spawn(node, args, { stdio: 'inherit' })
  child.on('error', refuse)
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function nodeAbove(folder) {
  const path = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node')
  if (existsSync(path)) return path
  const above = dirname(folder)
  return above === folder ? undefined : nodeAbove(above)
}
