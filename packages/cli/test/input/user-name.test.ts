import { expect, test } from '@jest/globals'
import { userNameArgument, userNameList } from '../../src/input/user-name.ts'

test('upper case is folded, several are each taken once', () => {
  expect(userNameArgument('Bob')).toBe('bob')
  expect(userNameList('bob, Carol,BOB')).toEqual(['bob', 'carol'])
})

test.each(['', 'a', 'bob,', 'b b', '../x', 'ünï'])('"%s" is a usage error', (raw) => {
  expect(() => userNameList(raw)).toThrow(expect.objectContaining({ code: 'usage', exit: 2 }))
})
