import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import xterm from '@xterm/headless'
import { capture } from '../../screens/capture.ts'
import { masked } from '../../screens/mask.ts'
import type { Mask } from '../../screens/scene.ts'
import { scenes } from '../../screens/scenes/index.ts'
import { svgOf } from '../../screens/svg.ts'
import { root } from '../../setup/paths.ts'
import { useWideCharacters } from '../../setup/wide-characters.ts'

async function screenOf(written: string) {
  const emulator = new xterm.Terminal({ cols: 40, rows: 5, allowProposedApi: true })
  useWideCharacters(emulator.unicode)
  await new Promise<void>((resolve) => emulator.write(written, resolve))
  return capture(emulator.buffer.active)
}

async function textsOf(written: string, masks: readonly Mask[] = []): Promise<string[]> {
  const rows = masked(await screenOf(written), masks)
  const svg = svgOf(rows, { title: 't', describe: 'd', columns: 40 })
  return [
    ...svg.matchAll(
      /<text x="([\d.]+)" y="[\d.]+" textLength="([\d.]+)" lengthAdjust="spacingAndGlyphs"(?: fill="(.*?)")?( .*)?>(.*)<\/text>/g,
    ),
  ].map(([, x, length, fill, more, text]) =>
    [(Number(x) - 16) / 8.4, Number(length) / 8.4, fill, more?.trim(), text]
      .map((value) => (typeof value === 'number' ? Math.round(value) : value))
      .filter((value) => value !== undefined)
      .join(' '),
  )
}

test('text stands in its columns, however wide a font thinks it is', async () => {
  expect(await textsOf('ab  c 日本 d 👋!')).toEqual([
    '0 2 ab',
    '4 1 c',
    '6 2 日',
    '8 2 本',
    '11 1 d',
    '13 2 👋',
    '15 1 !',
  ])
  expect(await textsOf('a ✓ b é ── x')).toEqual([
    '0 1 a',
    '2 1 ✓',
    '4 1 b',
    '6 1 é',
    '8 2 ──',
    '11 1 x',
  ])
})

test('looks are kept: colours of each kind, bold, italic, underlined, dim', async () => {
  const written =
    '\x1b[31mred\x1b[0m \x1b[38;5;208mof 256\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[0m\r\n' +
    '\x1b[1mb\x1b[0m \x1b[3mi\x1b[0m \x1b[4mu\x1b[0m \x1b[2md\x1b[0m'
  expect(await textsOf(written)).toEqual([
    '0 3 #ff7b72 red',
    '4 6 #ff8700 of 256',
    '11 3 #010203 rgb',
    '0 1 font-weight="bold" b',
    '2 1 font-style="italic" i',
    '4 1 text-decoration="underline" u',
    '6 1 opacity="0.65" d',
  ])
})

test('what is inverse has its colours the other way round, blanks too', async () => {
  const svg = svgOf(await screenOf('\x1b[7m a \x1b[0m'), { title: 't', describe: 'd', columns: 40 })
  expect(svg).toContain('width="25.2" height="20" fill="#e6edf3"/>')
  expect(svg).toContain('fill="#0d1117">a</text>')
})

test('text is text, whatever is in it', async () => {
  expect(await textsOf('</text><script>"&amp;')).toEqual([
    '0 21 &lt;/text&gt;&lt;script&gt;&quot;&amp;amp;',
  ])
})

test('what differs each time is shown the same, and what stands behind moves with it', async () => {
  const night =
    'at 2026-03-06T23:59:01.123Z\r\n── Friday 6 March 2026 ──\r\n23:59 \x1b[1mbob:\x1b[0m 4711, 4712, 4713 \x1b[1mend'
  expect(await textsOf(night, [[/\b47\d\d\b/g, 'one', 'another']])).toEqual([
    '0 27 at 2026-11-23T14:03:00.000Z',
    '0 2 ──',
    '3 23 Monday 23 November 2026',
    '27 2 ──',
    '0 5 14:03',
    '6 4 font-weight="bold" bob:',
    '11 21 one, another, another',
    '33 3 font-weight="bold" end',
  ])
})

test('a picture says by words what is on it, and brings no code, font or address with it', () => {
  for (const { picture } of scenes) {
    const svg = readFileSync(join(root, picture), 'utf8')
    expect(svg).toMatch(/<title>[^<]+<\/title>\n<desc>[^<]+<\/desc>/)
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /<(?:script|style|image|foreignObject|a)\b|@import|url\(|\son\w+=|href/,
    )
  }
})
