import type { Notice } from '@secure-chat/e2ee'
import type { Context } from '../messaging/context.ts'
import type { LineNotice } from '../messaging/line.ts'

/** Gaps a message shows, as notices of its line. */
export function gapNotices(kid: string, notices: readonly Notice[]): LineNotice[] {
  const numbers = notices.flatMap((notice) =>
    notice.kind === 'gap'
      ? Array.from({ length: notice.to - notice.from + 1 }, (_, at) => notice.from + at)
      : [],
  )
  return numbers.length === 0 ? [] : [{ kind: 'gap', kid, numbers }]
}

/**
 * Takes numbers that came after all, or never will because the server refused them, off the lines that
 * call them missing. @returns tags of the lines that still miss something
 */
export function fillGaps(
  { lines }: Context,
  gapLines: readonly string[],
  kid: string,
  numbers: readonly number[],
): string[] {
  if (numbers.length === 0) return [...gapLines]
  return gapLines.filter((tag) => {
    const row = lines.get(tag)
    if (!row) return false
    const notices = row.line.notices.flatMap((notice) => without(notice, kid, numbers))
    const isOpen = notices.some((notice) => notice.kind === 'gap')
    const isFilled = !isOpen && row.line.kind === 'notice'
    lines.change(tag, (line) => ({
      ...line,
      notices,
      text: isFilled ? 'Something that was missing has come, or was never sent.' : line.text,
    }))
    return isOpen
  })
}

function without(notice: LineNotice, kid: string, numbers: readonly number[]): LineNotice[] {
  if (notice.kind !== 'gap' || notice.kid !== kid) return [notice]
  const left = notice.numbers.filter((n) => !numbers.includes(n))
  return left.length === 0 ? [] : [{ ...notice, numbers: left }]
}
