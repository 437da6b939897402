import * as z from 'zod'
import { timeText } from '../fields.ts'
import { endpoint } from './endpoint.ts'
import { okAnswer, sessionIdText } from './shapes.ts'

export const logout = endpoint({
  name: 'logout',
  method: 'POST',
  path: '/chat/auth/logout',
  access: 'proof',
  topic: 'sessions',
  response: okAnswer,
  status: 200,
  errors: [],
  summary: 'End this session',
  description:
    'The session ends at once, with its open streams and waiting calls; on every other node of the server within 2 seconds.',
  examples: { response: { status: 'OK' } },
})

export const listSessions = endpoint({
  name: 'listSessions',
  method: 'GET',
  path: '/chat/auth/sessions',
  access: 'proof',
  topic: 'sessions',
  response: z.object({
    sessions: z.array(
      z.object({
        session_id: sessionIdText,
        created_at: timeText,
        last_used_at: timeText,
        expires_at: timeText,
        current: z.boolean(),
        client: z.string().max(2000).meta({ description: 'User-Agent, printable characters' }),
      }),
    ),
  }),
  status: 200,
  errors: [],
  summary: 'List the sessions of the account',
  description: 'Newest first. `current` is the session that asks.',
  examples: {
    response: {
      sessions: [
        {
          session_id: '9f86d081884c7d65',
          created_at: '2026-11-23T18:00:00.000Z',
          last_used_at: '2026-11-23T18:05:00.000Z',
          expires_at: '2026-12-23T18:05:00.000Z',
          current: true,
          client: 'secure-chat/0.1.0 linux',
        },
      ],
    },
  },
})

export const revokeSession = endpoint({
  name: 'revokeSession',
  method: 'DELETE',
  path: '/chat/auth/sessions/:session_id',
  access: 'proof',
  topic: 'sessions',
  params: z.object({ session_id: sessionIdText }),
  response: okAnswer,
  status: 200,
  errors: ['no_such_session'],
  summary: 'End a session of the account',
  description: 'Ends the session as its own logout would.',
  examples: { response: { status: 'OK' } },
})
