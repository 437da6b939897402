/** One package may extend either program or both. */
export type Half = 'server' | 'cli'

/** What is to be written, all questions answered. */
export interface Plan {
  /** Of the plugin, without the prefix of its package. */
  readonly name: string
  readonly halves: readonly Half[]
  /** Absolute. */
  readonly folder: string
}

export const packageNameOf = (name: string): string => `secure-chat-plugin-${name}`
