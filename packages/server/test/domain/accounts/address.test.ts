import { expect, test } from '@jest/globals'
import { addressKey } from '../../../src/domain/accounts/address.ts'

test('counts IPv6 clients by their /64 and IPv4 by the address, in any spelling', () => {
  expect(addressKey('192.0.2.7')).toBe('192.0.2.7')
  expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7')
  const home = '2001:db8:0:1::/64'
  for (const spelled of [
    '2001:db8:0:1::1',
    '2001:0db8:0000:0001:ffff:ffff:ffff:ffff',
    '2001:DB8::1:a:b:c:d',
    '2001:db8:0:1::1%eth0',
  ]) {
    expect(addressKey(spelled)).toBe(home)
  }
  expect(addressKey('2001:db8:0:2::1')).not.toBe(home)
  expect(addressKey('::1')).toBe('0:0:0:0::/64')
})
