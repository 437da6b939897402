#!/usr/bin/env node
// Plain syntax and no static import: an older Node must get as far as the sentence below.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `secure-chat needs Node.js 24.15 or newer, this is ${process.versions.node}. ` +
      'Install it from https://nodejs.org, or in a clone of the repository type: npm install && npx secure-chat\n',
  )
  process.exit(1)
}
import('./start.js')
