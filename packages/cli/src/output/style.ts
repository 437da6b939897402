import { styleText } from 'node:util'
import type { Environment } from '../config/environment.ts'

export type Style = {
  readonly isColour: boolean
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  warn(text: string): string
  bad(text: string): string
}

/** Judged per stream: a coloured terminal on stderr says nothing about a pipe on stdout. */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  { colour }: Pick<Environment, 'colour'>,
): Style {
  const isColour = colour === 'always' || (colour === 'auto' && stream.isTTY === true)
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColour ? styleText(format, text, { validateStream: false }) : text
  return {
    isColour,
    bold: paint('bold'),
    dim: paint('dim'),
    good: paint('green'),
    warn: paint('yellow'),
    bad: paint('red'),
  }
}
