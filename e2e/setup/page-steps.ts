/** What a page tells its reader to do, in order: so that a test can do it, and page and test cannot drift. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'commands'
      readonly commands: readonly string[]
      /** Of the comment above: `fails`, `terminal: NAME`, `stops: NAME`. */
      readonly mark: string | undefined
      /** Lines of the `text` block below; `…` stands for anything. */
      readonly shown: readonly string[]
    }

const fence = /(?:^<!-- (.+?) -->\n)?^```(\S*)(?: title=(\S+))?\n([\s\S]*?)^```$/gm

/** @throws where a block is of a kind that nobody would run */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = []
  for (const [, mark, kind = '', path, text = ''] of page.matchAll(fence)) {
    const last = steps.at(-1)
    if (kind === 'sh') steps.push({ kind: 'commands', commands: linesOf(text), mark, shown: [] })
    else if (kind === 'ts' && path !== undefined) steps.push({ kind: 'file', path, text })
    else if (kind === 'text' && last?.kind === 'commands') {
      steps.splice(-1, 1, { ...last, shown: linesOf(text) })
    } else throw new Error(`What is to be done with this block (${kind})?\n${text}`)
  }
  return steps
}

/** Whether the lines are in the text, in this order. */
export function isShown(lines: readonly string[], text: string): boolean {
  const parts = lines.map((line) => line.split('…').map(escaped).join('.*'))
  return new RegExp(parts.join('[^]*')).test(text)
}

function linesOf(text: string): string[] {
  return text.trim().split('\n')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
