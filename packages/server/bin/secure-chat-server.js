#!/usr/bin/env node
// Plain old JavaScript up to the import: it must be readable by the Node it refuses.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 24 || (version[0] === 24 && version[1] < 15)) {
  process.stderr.write(
    'secure-chat-server needs Node 24.15 or newer, this is ' +
      process.versions.node +
      '. In a clone of the repository, `npm start` brings its own.\n',
  )
  process.exit(1)
} else {
  import('@secure-chat/server/command').then((command) => command.run(process.argv.slice(2)))
}
