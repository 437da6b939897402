import type { Schema } from '../migrate.ts'
import { usersAccounts } from '../migrations/users-0001-accounts.ts'

/** The file of accounts, sessions and presence. The application id spells "SCUs". */
export const usersSchema: Schema = {
  fileName: 'users.sqlite',
  applicationId: 0x53435573,
  migrations: [usersAccounts],
  erasesRemoved: true,
}
