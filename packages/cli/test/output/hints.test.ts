import { describe, expect, test } from '@jest/globals'
import { typeable } from '../../src/output/hints.ts'

const plain = { isNpx: false, profile: undefined }
const npx = { ...plain, isNpx: true }
const bob = { ...plain, profile: 'bob' }

describe('commands in hints', () => {
  test.each([
    ['stand as they are where the program has its name', plain, 'secure-chat login alice', ''],
    ['run by npx where it was', npx, 'secure-chat login alice', 'npx secure-chat login alice'],
    [
      'name the profile in use',
      bob,
      'secure-chat chat NAME',
      'secure-chat chat --profile bob NAME',
    ],
    [
      'name it behind both words of a command, and after each one',
      bob,
      'Next: secure-chat users, secure-chat keys show NAME.',
      'Next: secure-chat users --profile bob, secure-chat keys show --profile bob NAME.',
    ],
    ['name it once', bob, 'secure-chat login eve --profile eve', ''],
    ['name none for the default one', { ...plain, profile: 'default' }, 'secure-chat users', ''],
    ['leave help without a profile', bob, 'secure-chat help send', ''],
    ['are told from other words', { ...npx, profile: 'bob' }, 'is it a secure-chat server?', ''],
    ['are told from longer words', npx, 'a secure-chat users-group, secure-chat 1', ''],
    [
      'keep lines apart',
      bob,
      'secure-chat whoami\nsecure-chat login eve --profile eve',
      'secure-chat whoami --profile bob\nsecure-chat login eve --profile eve',
    ],
  ])('%s', (_rule, calling, text, expected) => {
    expect(typeable(text, calling)).toBe(expected || text)
  })
})
