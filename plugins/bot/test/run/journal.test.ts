import { describe, expect, test } from '@jest/globals'
import { type BotEvent, eventLine, eventText } from '../../src/run/journal.ts'

const hostile = 'on \x1b[2J\u202epurpose'
const failed: BotEvent = {
  type: 'failed',
  from: 'alice',
  re: 'x',
  reason: 'threw',
  message: hostile,
}

describe('what a bot says of itself', () => {
  test('steers no terminal, whatever an error holds', () => {
    expect(eventText(failed)).toBe('alice: on \\u{1b}[2J\\u{202e}purpose')
    expect(eventLine(failed)).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(eventLine(failed))).toEqual(failed)
  })

  test('names the command that lets a held message go on', () => {
    const held: BotEvent = { type: 'held', from: 'alice', re: 'x', reason: 'key_changed' }
    expect(eventText(held)).toContain('secure-chat keys trust alice')
  })

  test('leaves out for people what happens all the time', () => {
    expect(eventText({ type: 'ran', task: '5s' })).toBeUndefined()
    expect(eventText({ type: 'ignored', from: 'a', re: 'x', reason: 'not_text' })).toBeUndefined()
  })
})
