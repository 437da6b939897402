#!/usr/bin/env node
// Plain syntax and no static import of what is new: an older Node must get as far as newer-node.js.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  import('./newer-node.js').then(({ runWithNewerNode }) =>
    runWithNewerNode(import.meta.url, refuse),
  )
} else {
  import('../dist/main.js').then(({ main }) => main(process.argv.slice(2)))
}

function refuse() {
  process.stderr.write(
    `A plugin for secure-chat needs Node.js 24.15 or newer, this is ${process.versions.node}. ` +
      'Install it from https://nodejs.org and type the same again.\n',
  )
  process.exitCode = 1
}
