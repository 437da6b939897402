import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'

/** The body of an API call, byte for byte. */
export function readBody(file: string, stdin: NodeJS.ReadStream): Promise<Buffer> {
  return file === '-' ? buffer(stdin) : readFile(file)
}
