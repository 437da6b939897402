import type { Home } from '../setup/scratch.ts'
import type { Server } from '../setup/server.ts'
import type { Terminal } from '../setup/terminal.ts'

/** What a picture shows: a shell of Alice's, in which somebody types. */
export type Scene = {
  readonly name: string
  /** The file, from the root of the repository. */
  readonly picture: string
  /** In the window's frame. */
  readonly title: string
  /** Read aloud in place of the picture. */
  readonly describe: string
  readonly columns: number
  /** Folders of plugins that Alice has linked. */
  readonly plugins?: readonly string[]
  /** Of the server, as in `secure-chat.config.json` in its folder, where it may put files. */
  readonly config?: (folder: string) => object
  /** For what differs each time the scene is played, beside what does so in every scene. */
  readonly masks?: readonly Mask[]
  play(stage: Stage): Promise<void>
}

/** What is found first is shown as the first of these, and so on; all that follow as the last. */
export type Mask = readonly [pattern: RegExp, ...shown: string[]]

/** Before each scene: a new server, on which Alice and Bob have accounts. */
export type Stage = {
  readonly server: Server
  readonly alice: Home
  readonly bob: Home
  /** Alice's shell at its prompt; what it shows in the end is the picture. */
  readonly shell: Terminal
  /** Bob's own chat with Alice, outside the picture. */
  bobJoins(): Promise<Terminal>
}
