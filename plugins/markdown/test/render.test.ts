import { describe, expect, test } from '@jest/globals'
import type { Theme } from '@secure-chat/plugin-sdk/cli'
import { longest, renderMarkdown } from '../src/render.ts'

/** Tags instead of sequences, so that a test reads. */
const tags: Theme = {
  colour: true,
  width: 60,
  bold: (text) => `<b>${text}</b>`,
  dim: (text) => `<dim>${text}</dim>`,
  italic: (text) => `<i>${text}</i>`,
  code: (text) => `<code>${text}</code>`,
  link: (text, url) => (text === url ? url : `${text} (${url})`),
}

const plain: Theme = {
  ...tags,
  colour: false,
  bold: (text) => text,
  dim: (text) => text,
  italic: (text) => text,
  code: (text) => text,
}

const render = (text: string) => renderMarkdown(text, tags)

describe('markdown', () => {
  test('sets words apart', () => {
    expect(render('a **bold** and *soft* `word`')).toBe(
      'a <b>bold</b> and <i>soft</i> <code>word</code>',
    )
  })

  test('sets words apart in lists too', () => {
    expect(render('- **one** and `two`\n  - *three*')).toMatch(
      /^ *\* <b>one<\/b> and <code>two<\/code>\n *\* <i>three<\/i>$/,
    )
  })

  test('lists, quotes, headings and tables have their form without colour', () => {
    const shown =
      renderMarkdown(
        '# Plan\n\n- one\n- two\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |',
        plain,
      ) ?? ''
    for (const part of ['Plan', '* one', '* two', 'said', '│ a', '│ 1'])
      expect(shown).toContain(part)
    expect(shown).not.toMatch(/^\s|\s$|\x1b/)
  })

  test('a task has one box, a rule is a rule', () => {
    expect(render('- [x] done\n- [ ] todo')).toMatch(/^ *\* \[X\] +done\n *\* \[ \] +todo$/)
    expect(render('above\n\n***\n\nbelow')).toBe(`above\n\n<dim>${'─'.repeat(20)}</dim>\n\nbelow`)
  })

  test('code keeps its lines and gets no colours of its own', () => {
    expect(render('```ts\nconst a = 1\n\nlet b\n```')).toBe(
      '  <code>const a = 1</code>\n  <code></code>\n  <code>let b</code>',
    )
  })

  test('a link shows where it leads', () => {
    expect(render('[your bank](https://evil.example)')).toBe('your bank (https://evil.example)')
    expect(render('https://example.org/a_b')).toBeUndefined()
  })

  test('text that is no markdown is left alone', () => {
    for (const text of ['hello', 'a line\nand another', '3 * 4 = 12', 'C:\\new']) {
      expect(render(text) ?? text).toBe(text)
    }
  })

  test('text that would take long is left alone too', () => {
    const bold = '**bold** '
    expect(render(bold.repeat(Math.floor(longest / bold.length)))).toMatch(/^<b>bold<\/b>/)
    expect(render(bold.repeat(Math.ceil((longest + 1) / bold.length)))).toBeUndefined()
  })

  test('html of others stays text', () => {
    expect(render('a <b>tag</b> *here*')).toBe('a <b>tag</b> <i>here</i>')
  })

  test('nothing steers a terminal, whatever was written', () => {
    for (const text of ['**a** <http://x>', '![a](http://x)', '* [ ] todo', '***', '~~no~~']) {
      expect(renderMarkdown(text, plain) ?? '').not.toContain('\x1b')
    }
  })
})
