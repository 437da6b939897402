import type { ChatView } from '../chat/view/chat-view.ts'

/** One line as the chat shows it: rendered, safe for a terminal. */
export type ShownLine = {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly from: string
  readonly text: string
}

/** A chat without a terminal: what would stand on the screen, and how to wait for it. */
export type RecordingView = {
  readonly view: ChatView
  readonly lines: readonly ShownLine[]
  /** Remarks of the chat and of plugins, warnings as well. */
  readonly notices: readonly string[]
  /** What could not be sent and came back into the input line. */
  readonly drafts: readonly string[]
  /** Own lines on their way. */
  readonly pending: number
  /** Resolves as soon as it holds, looked at whenever something was shown. */
  until(holds: () => boolean): Promise<void>
}

export function makeRecordingView(): RecordingView {
  const lines: ShownLine[] = []
  const notices: string[] = []
  const drafts: string[] = []
  const waiting = new Set<() => void>()
  let pending = 0

  function changed(): void {
    for (const look of [...waiting]) look()
  }

  return {
    lines,
    notices,
    drafts,
    get pending() {
      return pending
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    view: {
      line({ id, direction, from, text }) {
        lines.push({ id, direction, from, text })
        changed()
      },
      rule: () => undefined,
      notice(text) {
        notices.push(text)
        changed()
      },
      mark: () => undefined,
      pending() {
        pending += 1
        let isSettled = false
        return () => {
          if (isSettled) return
          isSettled = true
          pending -= 1
          // What became of it is shown in the same turn.
          setImmediate(changed)
        }
      },
      connection: () => undefined,
      returnDraft(text) {
        drafts.push(text)
        changed()
      },
      close: () => undefined,
    },
  }
}
