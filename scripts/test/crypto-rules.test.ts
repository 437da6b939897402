import { findWeakCrypto } from '../lib/crypto-rules.ts'

const rulesIn = (source: string) => findWeakCrypto(source).map(({ rule }) => rule)

test.each([
  ["createHash('md5')", 'md5'],
  ["createHash('sha1')", 'sha1'],
  ["oaepHash: 'SHA-1'", 'sha1'],
  ["createCipheriv('des-ede3-cbc', key, iv)", 'des'],
  ["'aes-256-ecb'", 'ecb'],
  ["'aes-128-cbc'", 'cbc'],
  ["'rc4'", 'rc2, rc4, blowfish'],
  ['padding: constants.RSA_PKCS1_PADDING', 'PKCS#1 v1.5 encryption or signature'],
  ["algorithms: ['RSA1_5']", 'PKCS#1 v1.5 encryption or signature'],
  ['Math.random()', 'Math.random'],
  ["createDecipheriv('aes-256-gcm', key, iv)", 'GCM without authTagLength'],
  ["createCipheriv(\n  'aes-256-gcm',\n  key,\n  iv,\n)", 'GCM without authTagLength'],
  ["alg: 'none'", 'alg none'],
  ["'aes-256-ctr'", 'encryption without integrity'],
])('%s is found', (source, rule) => {
  expect(rulesIn(source)).toContain(rule)
})

test.each([
  "createHash('sha256')",
  "createHmac('sha512', key)",
  "createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })",
  "'RSA-OAEP-256' 'PS256' 'A256GCM'",
  'description, design, destination, sha123, blowfish as a password',
])('%s passes', (source) => {
  expect(rulesIn(source)).toEqual([])
})

test('a comment may name what the code must not do, and lines keep their numbers', () => {
  const source = ["// never createHash('md5')", '/* nor', " * 'sha1' */", "createHash('md5')"]
  expect(findWeakCrypto(source.join('\n'))).toEqual([{ rule: 'md5', line: 4, text: 'md5' }])
})
