/** Widths as today's terminals have them: the emulator's own table is that of Unicode 6, where an emoji takes one cell. */
import type { IUnicodeHandling } from '@xterm/headless'

const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u
const unseen = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u

export function useWideCharacters(unicode: IUnicodeHandling): void {
  unicode.register({ version: 'wide', wcwidth, charProperties })
  unicode.activeVersion = 'wide'
}

function wcwidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint >= 0x20 && codePoint < 0x7f) return 1
  const character = String.fromCodePoint(codePoint)
  if (unseen.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** The emulator's packed form: width in bits 1 and 2; bit 0 says that it belongs to the character before. */
function charProperties(codePoint: number, preceding: number): number {
  const width = wcwidth(codePoint)
  const before = (preceding >> 1) & 3
  const isJoined = width === 0 && before > 0
  return ((isJoined ? before : width) << 1) | (isJoined ? 1 : 0)
}
