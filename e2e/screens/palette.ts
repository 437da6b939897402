import type { Colour } from './capture.ts'

export const window = {
  background: '#0d1117',
  text: '#e6edf3',
  bar: '#161b22',
  // Seen on a light page and on a dark one.
  edge: '#6e7681',
  title: '#9198a1',
}

const basic = [
  ...['#6e7681', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ...['#8b949e', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
]

const steps = [0, 95, 135, 175, 215, 255]

/** Of the palette of 256: sixteen by name, a cube of 6 × 6 × 6, 24 shades of grey. */
export function hexOf(colour: Exclude<Colour, undefined>): string {
  if (typeof colour === 'string') return colour
  const named = basic[colour]
  if (named !== undefined) return named
  if (colour >= 232) return hex([8 + 10 * (colour - 232)])
  const at = colour - 16
  return hex([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => steps[step] ?? 0))
}

function hex(parts: readonly number[]): string {
  const [red = 0, green = red, blue = red] = parts
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
