import fc from 'fast-check'
import { isLoopback, parseServerUrl } from '../../src/api/server-url.ts'
import { runs } from '../fixtures/folders.ts'

test.each([
  ['chat.example.org', 'https://chat.example.org'],
  ['https://Chat.Example.org:443/', 'https://chat.example.org'],
  ['https://chat.example.org:8443', 'https://chat.example.org:8443'],
  ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
  ['http://localhost:8000/', 'http://localhost:8000'],
  ['http://[::1]:8000', 'http://[::1]:8000'],
  ['http://127.8.9.1', 'http://127.8.9.1'],
])('reads %s', (raw, origin) => {
  expect(parseServerUrl(raw).origin).toBe(origin)
})

test.each([
  'http://chat.example.org',
  'http://10.0.0.1:8000',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://127.evil.example',
  'http://[::ffff:8.8.8.8]',
  'http://0.0.0.0:8000',
])('refuses %s, which is not encrypted, unless told otherwise', (raw) => {
  expect(() => parseServerUrl(raw)).toThrow(expect.objectContaining({ code: 'insecure_server' }))
  expect(parseServerUrl(raw, true).protocol).toBe('http:')
})

test.each([
  '',
  'ftp://chat.example.org',
  'file:///etc/passwd',
  'javascript://x',
  'https://',
  'https://alice:secret@chat.example.org',
  'https://chat.example.org/chat',
  'https://chat.example.org/?a=b',
  'https://chat.example.org/#x',
])('refuses %j, which is no address of a server', (raw) => {
  const refused = expect.objectContaining({ code: 'config_invalid' })
  expect(() => parseServerUrl(raw)).toThrow(refused)
})

test('shows nothing of a secret in the address, nor an escape', () => {
  expect(() => parseServerUrl('https://a\u001b[2J.example')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('\u001b') }),
  )
})

test('answers any text with a server address or a refusal', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (raw) => {
      try {
        const url = parseServerUrl(raw)
        expect(url.protocol === 'https:' || isLoopback(url)).toBe(true)
        expect(url.pathname).toBe('/')
      } catch (error) {
        expect(['config_invalid', 'insecure_server']).toContain((error as { code: string }).code)
      }
    }),
    { numRuns: runs(200) },
  )
})
