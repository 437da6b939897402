import * as z from 'zod'
import {
  fingerprintField,
  presenceStateField,
  presenceTextField,
  queryFlag,
  queryInteger,
  timeText,
  userNameText,
} from '../fields.ts'
import { limits } from '../limits.ts'
import { presenceSchema } from '../stream-events.ts'
import { endpoint } from './endpoint.ts'
import { okAnswer, usernameParams } from './shapes.ts'

/** Part of a name, folded; empty means all. */
const namePrefix = z
  .string()
  .regex(/^[A-Za-z0-9_-]{0,32}$/, { error: 'must be of the characters of user names', abort: true })
  .toLowerCase()

export const listUsers = endpoint({
  name: 'listUsers',
  method: 'GET',
  path: '/chat/users',
  access: 'proof',
  topic: 'users',
  query: z.object({
    online: queryFlag.optional(),
    prefix: namePrefix.optional(),
    after: namePrefix.optional().meta({ description: 'Go on behind this name' }),
    limit: queryInteger({ min: 1, max: limits.usersPageMax, fallback: limits.usersPage }),
  }),
  response: z.object({
    users: z.array(presenceSchema.extend({ online: z.boolean() })),
    next: userNameText
      .nullable()
      .meta({ description: 'The last name, or null when nothing follows' }),
  }),
  status: 200,
  errors: [],
  summary: 'List users with their presence',
  description: 'By name. `online` is true for the states online, away and busy.',
  examples: {
    response: {
      users: [
        {
          name: 'alice',
          online: true,
          state: 'busy',
          text: 'in a call',
          last_seen: '2026-11-23T18:05:00.000Z',
        },
      ],
      next: null,
    },
  },
})

export const setPresence = endpoint({
  name: 'setPresence',
  method: 'POST',
  path: '/chat/presence/:username',
  access: 'proof',
  topic: 'users',
  params: usernameParams,
  body: z.object({ status: presenceStateField, text: presenceTextField.optional() }),
  response: okAnswer,
  status: 200,
  errors: ['not_yours', 'name_reserved'],
  summary: 'Set your presence',
  description:
    'Holds while the user gives signs of life (any authenticated call, an open stream) and 90 seconds after the last one; then `offline`.',
  examples: { body: { status: 'away', text: 'back at six' }, response: { status: 'OK' } },
})

export const getPublicKey = endpoint({
  name: 'getPublicKey',
  method: 'GET',
  path: '/chat/:username/publickey',
  access: 'proof',
  topic: 'users',
  params: usernameParams,
  response: z.object({
    name: userNameText,
    'public-key': z.string().max(limits.publicKeyPemMaxBytes),
    fingerprint: fingerprintField,
    seq: z
      .int()
      .nonnegative()
      .meta({ description: '0 with the first key, one more with each change' }),
    changed_at: timeText,
    changes: z.array(
      z.object({
        seq: z.int().nonnegative(),
        old_key: fingerprintField,
        new_key: fingerprintField,
        // Without it a contact that missed two changes could not check the proofs between.
        new_public_key: z
          .string()
          .max(limits.publicKeyPemMaxBytes)
          .optional()
          .meta({ description: 'SPKI PEM of the new key' }),
        at: timeText,
        proof: z
          .unknown()
          .meta({ description: 'General-JSON JWS of both keys; null after a recovery' }),
      }),
    ),
  }),
  status: 200,
  errors: ['no_such_user', 'name_reserved'],
  summary: "Read a user's public key and its changes",
  description:
    '`changes` are the newest 20, oldest first, each with the key it brought (`new_public_key`). A contact follows them from the key it pinned and checks every proof itself.',
  examples: {
    response: {
      name: 'bob',
      'public-key':
        '-----BEGIN PUBLIC KEY-----\nMIIBojANBgkqhkiG9w0BAQEFAAOCAY8A…\n-----END PUBLIC KEY-----\n',
      fingerprint: '06a868901ad80c25c2d80cb0848540e242f9e7c7c08385dbbddda78d46805d8b',
      seq: 1,
      changed_at: '2026-11-23T18:00:00.000Z',
      changes: [
        {
          seq: 1,
          old_key: '2b0741497f8c681fc69def11694c8b3fa6fead021cf477cda0ce9611a3761229',
          new_key: '06a868901ad80c25c2d80cb0848540e242f9e7c7c08385dbbddda78d46805d8b',
          new_public_key:
            '-----BEGIN PUBLIC KEY-----\nMIIBojANBgkqhkiG9w0BAQEFAAOCAY8A…\n-----END PUBLIC KEY-----\n',
          at: '2026-11-23T18:00:00.000Z',
          proof: null,
        },
      ],
    },
  },
})

export const listBlocks = endpoint({
  name: 'listBlocks',
  method: 'GET',
  path: '/chat/auth/blocks',
  access: 'proof',
  topic: 'users',
  response: z.object({ blocks: z.array(userNameText) }),
  status: 200,
  errors: [],
  summary: 'List the users you block',
  description: 'By name.',
  examples: { response: { blocks: ['mallory'] } },
})

export const block = endpoint({
  name: 'block',
  method: 'PUT',
  path: '/chat/auth/blocks/:username',
  access: 'proof',
  topic: 'users',
  params: usernameParams,
  response: okAnswer,
  status: 200,
  errors: ['no_such_user', 'name_reserved'],
  summary: 'Block a user',
  description: 'Messages and key exchanges of a blocked user are answered 403 `not_accepted`.',
  examples: { response: { status: 'OK' } },
})

export const unblock = endpoint({
  name: 'unblock',
  method: 'DELETE',
  path: '/chat/auth/blocks/:username',
  access: 'proof',
  topic: 'users',
  params: usernameParams,
  response: okAnswer,
  status: 200,
  errors: ['no_such_user', 'name_reserved'],
  summary: 'Take a block back',
  description: 'Harmless for a user that is not blocked.',
  examples: { response: { status: 'OK' } },
})
