#!/usr/bin/env node
// Plain syntax and no static import of what is new: an older Node must get as far as newer-node.js.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  import('./newer-node.js').then(({ runWithNewerNode }) =>
    runWithNewerNode(import.meta.url, refuse),
  )
} else {
  import('./start.js')
}

function refuse() {
  const message =
    `secure-chat needs Node.js 24.15 or newer, this is ${process.versions.node}. ` +
    'Install it from https://nodejs.org, or in a clone of the repository type: npm install && npx secure-chat'
  if (process.argv.includes('--json')) {
    const error = { code: 'config_invalid', message, suggestions: [], exit: 1 }
    process.stdout.write(`${JSON.stringify({ error })}\n`)
  } else {
    process.stderr.write(`${message}\n`)
  }
  process.exitCode = 1
}
