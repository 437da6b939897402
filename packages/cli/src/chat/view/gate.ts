/** Holds back what a view is told while an editor has the terminal, and shows it in order afterwards. */
import type { ChatView } from './chat-view.ts'

export type Gate = { readonly view: ChatView; hold(): void; release(): void }

export function makeGate(inner: ChatView): Gate {
  let held: Array<() => void> | undefined
  const pass = (show: () => void) => {
    if (held) held.push(show)
    else show()
  }
  return {
    view: {
      line: (line) => pass(() => inner.line(line)),
      rule: (text) => pass(() => inner.rule(text)),
      notice: (text, tone) => pass(() => inner.notice(text, tone)),
      mark: (id, mark) => pass(() => inner.mark(id, mark)),
      pending(text) {
        let settle: (() => void) | undefined
        let isSettled = false
        pass(() => {
          if (!isSettled) settle = inner.pending(text)
        })
        return () => {
          isSettled = true
          pass(() => settle?.())
        }
      },
      connection: (state) => pass(() => inner.connection(state)),
      returnDraft: (text) => pass(() => inner.returnDraft(text)),
      close: () => inner.close(),
    },
    hold() {
      held ??= []
    },
    release() {
      const shows = held ?? []
      held = undefined
      for (const show of shows) show()
    },
  }
}
