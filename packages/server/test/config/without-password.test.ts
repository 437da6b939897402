import fc from 'fast-check'
import { withoutPassword } from '../../src/config/without-password.ts'

test.each([
  ['mongodb://me:hunter2@db/x?password=y', 'mongodb://********@db/x?…'],
  ['kafka://one:9092,two:9092', 'kafka://one:9092,two:9092'],
  ['kafka://me:hunter@2@one:9092', 'kafka://********@one:9092'],
  ['kafka://me:hunter/2@one:9092', 'kafka://********@one:9092'],
  ['mongodb://me:hunt?er2@db/x', 'mongodb://********@db/x'],
  // It might be one.
  ['mongodb://db/x?tag=a@b', 'mongodb://********@b'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown)
})

test('nothing of a password is shown, whatever its owner forgot to escape', () => {
  fc.assert(
    fc.property(fc.string(), (password) => {
      const url = `mongodb://me:${password}@db.example/chat`
      expect(withoutPassword(url)).toBe('mongodb://********@db.example/chat')
    }),
  )
})
