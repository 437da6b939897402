import { constants, publicEncrypt } from 'node:crypto'
import { formatSessionKey } from '@secure-chat/protocol'
import { openSessionKey, sealExchange } from '../../src/index.ts'
import { alice, bob } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { now } from '../fixtures/talk.ts'

const sid = Buffer.alloc(16, 1)
const key = Buffer.alloc(32, 2)
const text = formatSessionKey({ sid, key })

const sealed = (content: string, o: { to?: typeof alice; oaepHash?: string } = {}) =>
  publicEncrypt(
    {
      key: (o.to ?? alice).identity.publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: o.oaepHash ?? 'sha256',
    },
    Buffer.from(content),
  ).toString('base64')

test('a session key opens', () => {
  expect(openSessionKey(alice.identity, sealed(text))).toEqual({ sid, key })
})

test.each<[string, string]>([
  ['for another key', sealed(text, { to: bob })],
  ['under OAEP with SHA-1', sealed(text, { oaepHash: 'sha1' })],
  ['in base64url', sealed(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
  ['with a line break', `${sealed(text)}\n`],
  ['cut short', sealed(text).slice(0, -8)],
  ['empty', ''],
  ['that is another version', sealed(text.replace('sk1', 'sk2'))],
  ['with something after it', sealed(`${text}.AAAA`)],
  ['with a NUL after it', sealed(`${text}\0`)],
  ['that is no session key', sealed('Tell me what this says')],
])('a session key %s is refused', async (_, given) => {
  expect(await refusalOf(() => openSessionKey(alice.identity, given))).toBe('undecryptable')
})

test('login is no oracle for exchanges: their wrapped key is refused like anything else', async () => {
  const { encryptedKey } = await sealExchange({ me: bob, peer: alice, prev: null, now })
  const wrapped = Buffer.from(encryptedKey.split('.')[1] ?? '', 'base64url').toString('base64')
  expect(await refusalOf(() => openSessionKey(alice.identity, wrapped))).toBe('undecryptable')
})
