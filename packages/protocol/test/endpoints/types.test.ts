import type {
  Answer,
  Body,
  BodyInput,
  Cursor,
  endpoints,
  Fingerprint,
  Params,
  ParamsInput,
  Query,
  QueryInput,
  UserName,
} from '../../src/index.ts'

type Table = typeof endpoints
type Same<A, B> = [A, B] extends [B, A] ? true : false

/** Fails to compile, not to run: `tsc -p tsconfig.test.json` is the judge. */
function holds<_T extends true>(): void {}

test('a handler gets brands, numbers and filled-in defaults', () => {
  holds<Same<Params<Table['sendMessage']>, { username: UserName }>>()
  holds<Same<Query<Table['readMessages']>['limit'], number>>()
  holds<Same<Query<Table['readMessages']>['after'], Cursor | undefined>>()
  holds<Same<Query<Table['listUsers']>['online'], boolean | undefined>>()
  holds<Same<Body<Table['register']>['name'], UserName>>()
  holds<Same<Body<Table['sendMessage']>['to_key'], Fingerprint | undefined>>()
  holds<Same<Body<Table['logout']>, undefined>>()
  holds<Same<Answer<Table['readMessages']>['next'], Cursor>>()
  holds<Same<keyof Answer<Table['login']>, 'session-key' | 'session_id' | 'expires_at'>>()
})

test('a caller gives plain texts and may leave defaults out', () => {
  holds<Same<ParamsInput<Table['sendMessage']>, { username: string }>>()
  holds<Same<BodyInput<Table['register']>, { name: string; password: string; 'pub-key': string }>>()
  holds<Same<QueryInput<Table['readMessages']>['after'], string | undefined>>()
  holds<Same<QueryInput<Table['readMessages']>['limit'], number | undefined>>()
})
