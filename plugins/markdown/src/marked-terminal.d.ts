/** What of marked-terminal is used here; its own types are of an older marked. */
declare module 'marked-terminal' {
  import type { MarkedExtension } from 'marked'

  type Style = (text: string) => string
  type Options = Partial<
    Record<
      | 'blockquote'
      | 'code'
      | 'codespan'
      | 'del'
      | 'em'
      | 'firstHeading'
      | 'heading'
      | 'hr'
      | 'href'
      | 'html'
      | 'link'
      | 'listitem'
      | 'paragraph'
      | 'strong'
      | 'table',
      Style
    >
  > & {
    width?: number
    reflowText?: boolean
    showSectionPrefix?: boolean
    unescape?: boolean
    emoji?: boolean
    tab?: number
    tableOptions?: { style: { head: string[]; border: string[] } }
  }
  export function markedTerminal(options: Options): MarkedExtension
}
