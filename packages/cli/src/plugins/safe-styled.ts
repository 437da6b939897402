/** What renderers answer: printable text, and of control sequences only those that `Theme` gives out. */
import type { Theme } from '@secure-chat/plugin-sdk/cli'
import { printable } from '@secure-chat/protocol/printable'

const sgr = (start: number, end: number) => (text: string) =>
  text === '' ? '' : `\x1b[${start}m${text}\x1b[${end}m`

const bold = sgr(1, 22)
const dim = sgr(2, 22)
const italic = sgr(3, 23)
const underlined = sgr(4, 24)
const cyan = sgr(36, 39)
const asItIs = (text: string) => text

/** The sequences of the functions above. */
const ofTheme = /(\x1b\[(?:1|2|3|4|22|23|24|36|39)m)/

export function makeTheme(o: { readonly colour: boolean; readonly width: number }): Theme {
  const { colour, width } = o
  const styled = (style: (text: string) => string) => (colour ? style : asItIs)
  const link = styled(underlined)
  return Object.freeze({
    colour,
    width,
    bold: styled(bold),
    dim: styled(dim),
    italic: styled(italic),
    code: styled(cyan),
    // Terminals that hide the address behind the text would let the text lie about it.
    link: (text: string, url: string) =>
      text === url || text === '' ? link(url) : `${link(text)} (${url})`,
  })
}

/** Everything else is shown escaped; a style that was left open ends with the text. */
export function safeStyled(text: string, { colour }: Pick<Theme, 'colour'>): string {
  const parts = colour ? text.split(ofTheme) : [text]
  // Odd parts are what the pattern caught.
  const safe = parts.map((part, index) =>
    index % 2 === 1 ? part : printable(part, undefined, { lines: true }),
  )
  return parts.length === 1 ? safe.join('') : `${safe.join('')}\x1b[0m`
}
