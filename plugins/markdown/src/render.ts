import type { Theme } from '@secure-chat/plugin-sdk/cli'
import { Marked } from 'marked'
import { markedTerminal } from 'marked-terminal'

/** What could be Markdown at all: everything else is left as it was typed. */
const mayBeMarked = /[*_`~[\]|]|^ {0,3}(?:#{1,6} |>|[-+*] |\d+[.)] )|^ {0,3}(?:---|===)/m

/**
 * In UTF-16 units. What marked does grows with the square of some texts: at this length it takes a moment, at the
 * longest message half a minute, in which the reader's chat would stand still.
 */
export const longest = 8_000

/** For a terminal; undefined where there is nothing to set apart, or more than a chat can wait for. */
export function renderMarkdown(text: string, theme: Theme): string | undefined {
  if (text.length > longest || !mayBeMarked.test(text)) return undefined
  const rendered = markedFor(theme).parse(text, { async: false })
  const shown = rendered.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
  return shown === text ? undefined : shown
}

/** Every style is the theme's: what marked-terminal would choose itself does not pass the filter of the program. */
function markedFor(theme: Theme): Marked {
  const { bold, dim, italic, code } = theme
  const asItIs = (text: string) => text
  return new Marked({ gfm: true, breaks: true }).use(
    markedTerminal({
      blockquote: dim,
      code,
      codespan: code,
      del: (text) => `~${text}~`,
      em: italic,
      firstHeading: bold,
      heading: bold,
      hr: dim,
      href: asItIs,
      html: asItIs,
      link: asItIs,
      listitem: asItIs,
      paragraph: asItIs,
      strong: bold,
      table: asItIs,
      width: theme.width,
      reflowText: false,
      showSectionPrefix: false,
      emoji: false,
      tab: 2,
      tableOptions: { style: { head: [], border: [] } },
    }),
    {
      renderer: {
        // Colouring by language would bring colours of its own.
        code: ({ text }) =>
          `${text
            .split('\n')
            .map((line) => `  ${code(line)}`)
            .join('\n')}\n\n`,
        // The address stays readable, and no sequence makes a link of something else.
        link({ href, tokens }) {
          return theme.link(this.parser.parseInline(tokens), href)
        },
        // marked-terminal takes what stands in a list as it was typed.
        text(token) {
          const inner = 'tokens' in token ? token.tokens : undefined
          return inner ? this.parser.parseInline(inner) : false
        },
        hr: () => `${dim('─'.repeat(Math.min(theme.width, 20)))}\n\n`,
        // marked-terminal writes one before the item, where marked has it inside too.
        checkbox: () => '',
        image: ({ href, text }) => theme.link(text, href),
      },
    },
  )
}
