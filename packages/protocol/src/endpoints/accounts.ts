import * as z from 'zod'
import {
  newPasswordField,
  passwordField,
  publicKeyField,
  timeText,
  userNameField,
  userNameText,
} from '../fields.ts'
import { endpoint } from './endpoint.ts'
import { keyAnswer, okAnswer, sessionIdText } from './shapes.ts'

const newKey = {
  status: 'OK',
  fingerprint: '06a868901ad80c25c2d80cb0848540e242f9e7c7c08385dbbddda78d46805d8b',
  seq: 1,
}

const pem =
  '-----BEGIN PUBLIC KEY-----\nMIIBojANBgkqhkiG9w0BAQEFAAOCAY8A…\n-----END PUBLIC KEY-----\n'

export const register = endpoint({
  name: 'register',
  method: 'POST',
  path: '/chat/auth/register',
  access: 'open',
  topic: 'accounts',
  body: z.object({ name: userNameField, password: newPasswordField, 'pub-key': publicKeyField }),
  response: z.object({ status: z.literal('success'), name: userNameText }),
  status: 201,
  errors: [
    'name_taken',
    'name_reserved',
    'weak_key',
    'weak_password',
    'registration_closed',
    'rejected_by_plugin',
    'plugin_failed',
  ],
  summary: 'Make an account',
  description:
    'Makes the account and its mailbox. Upper case in the name is folded. Names of removed accounts are never given out again.',
  examples: {
    body: { name: 'alice', password: 'correct horse battery', 'pub-key': pem },
    response: { status: 'success', name: 'alice' },
  },
})

export const login = endpoint({
  name: 'login',
  method: 'POST',
  path: '/chat/auth/login',
  access: 'open',
  topic: 'accounts',
  body: z.object({ name: userNameField, password: passwordField }),
  response: z.object({
    'session-key': z
      .string()
      .min(1)
      .max(2048)
      .meta({ description: 'Standard base64 of RSA-OAEP (SHA-256) of `sk1.<sid>.<K>`' }),
    session_id: sessionIdText,
    expires_at: timeText,
  }),
  status: 200,
  errors: ['bad_credentials', 'account_suspended', 'name_reserved'],
  summary: 'Open a session',
  description:
    'Answers the session key, encrypted with RSA-OAEP (SHA-256, MGF1 SHA-256) to the public key of the account: only who holds the private key can use the session. An unknown name and a wrong password get the same answer in the same time.',
  examples: {
    body: { name: 'alice', password: 'correct horse battery' },
    response: {
      'session-key': 'q3mWgk7c…',
      session_id: '9f86d081884c7d65',
      expires_at: '2026-12-23T18:00:00.000Z',
    },
  },
})

export const changePassword = endpoint({
  name: 'changePassword',
  method: 'POST',
  path: '/chat/auth/password',
  access: 'proof',
  topic: 'accounts',
  body: z.object({ password: passwordField, new_password: newPasswordField }),
  response: okAnswer,
  status: 200,
  errors: ['bad_credentials', 'weak_password'],
  summary: 'Change the password',
  description:
    'Takes the present password and the new one. Every other session of the account ends.',
  examples: {
    body: { password: 'correct horse battery', new_password: 'staple of another kind' },
    response: { status: 'OK' },
  },
})

export const changeKey = endpoint({
  name: 'changeKey',
  method: 'PUT',
  path: '/chat/auth/key',
  access: 'proof',
  topic: 'accounts',
  body: z.object({
    password: passwordField,
    'pub-key': publicKeyField,
    proof: z.record(z.string(), z.unknown()).meta({
      description:
        'General-JSON JWS with two signatures (PS256), by the old key and then by the new one',
      required: ['payload', 'signatures'],
      properties: {
        payload: { type: 'string' },
        signatures: {
          type: 'array',
          minItems: 2,
          maxItems: 2,
          items: {
            type: 'object',
            required: ['protected', 'signature'],
            properties: { protected: { type: 'string' }, signature: { type: 'string' } },
          },
        },
      },
    }),
  }),
  response: keyAnswer,
  status: 200,
  errors: ['bad_credentials', 'weak_key', 'bad_proof'],
  summary: 'Replace the public key, with proof',
  description:
    'The proof is signed by the old and by the new key over name, server, both fingerprints, the next `seq` and the time (within 10 minutes). Every other session ends, contacts get the `SYSTEM` record `key.changed`.',
  examples: {
    body: {
      password: 'correct horse battery',
      'pub-key': pem,
      proof: {
        payload: 'eyJ2IjoxLCJuYW1lIjoi…',
        signatures: [
          { protected: 'eyJhbGciOiJQUzI1NiIs…', signature: 'pX9…' },
          { protected: 'eyJhbGciOiJQUzI1NiIs…', signature: 'mC4…' },
        ],
      },
    },
    response: newKey,
  },
})

export const recover = endpoint({
  name: 'recover',
  method: 'POST',
  path: '/chat/auth/recover',
  access: 'open',
  topic: 'accounts',
  body: z.object({ name: userNameField, password: passwordField, 'pub-key': publicKeyField }),
  response: keyAnswer,
  status: 200,
  errors: ['bad_credentials', 'account_suspended', 'name_reserved', 'weak_key'],
  summary: 'Start again with a new key when the private key is lost',
  description:
    'Sets a new key without proof. Every session ends, contacts get `key.changed` and must decide whether they trust the new key; the mailbox stays, but what was sealed for the old key stays unreadable.',
  examples: {
    body: { name: 'alice', password: 'correct horse battery', 'pub-key': pem },
    response: newKey,
  },
})

export const removeAccount = endpoint({
  name: 'removeAccount',
  method: 'DELETE',
  path: '/chat/auth/account',
  access: 'proof',
  topic: 'accounts',
  body: z.object({ password: passwordField }),
  response: okAnswer,
  status: 200,
  errors: ['bad_credentials'],
  summary: 'Remove the account',
  description:
    'User, sessions and mailbox are removed at once; contacts get the `SYSTEM` record `account.removed`. The name is never given out again.',
  examples: { body: { password: 'correct horse battery' }, response: { status: 'OK' } },
})
