import mongoose, { type Connection, type Model, type SchemaOptions } from 'mongoose'

/** Of an account, or, once it is removed, of the name alone: one document, so that a name is given out once. */
export interface UserDocument {
  /** The name. */
  _id: string
  is_removed: boolean
  /** Of a removed name: when what hung on it is to be cleared away for the last time. */
  clear_at?: number
  password_hash?: string
  public_key?: string
  fingerprint?: string
  seq?: number
  changed_at?: number
  created_at?: number
  is_suspended?: boolean
  /** The newest key change, written with the key itself. The one before it is in `key_changes` by then. */
  change?: ChangeFields
  presence?: {
    state: string
    text: string | null
    last_seen_at: number
    /** By the database's clock. */
    changed_at: Date
  }
}

export interface ChangeFields {
  seq: number
  old_key: string
  old_fingerprint: string
  new_key: string
  at: number
  /** JSON. */
  proof: string
}

/** A key change that is not the newest any more. */
export interface KeyChangeDocument extends ChangeFields {
  /** Name and seq, in an order like theirs. */
  _id: string
  name: string
}

/** A session, or, once it has ended, only the word of that. */
export interface SessionDocument {
  /** SHA-256 of the sid. */
  _id: string
  user?: string
  secret_id?: string
  created_at?: number
  last_used_at?: number
  expires_at?: number
  client?: string
  /** By the database's clock. */
  revoked_at?: Date
}

export interface ContactDocument {
  /** Both names, in an order like theirs. */
  _id: string
  user: string
  other: string
  at: number
}

export interface BlockDocument {
  /** Both names, in an order like theirs. */
  _id: string
  user: string
  blocked: string
}

export interface ClaimDocument {
  /** The key. */
  _id: string
  expires_at: Date
}

/** A value is a number, which `$inc` counts on, or JSON: field names such as `$set` and `a.b` stay within a text. */
export interface PluginValueDocument {
  _id: string
  plugin: string
  key: string
  number?: number
  json?: string
  expires_at: Date | null
}

export interface ServerDocument {
  _id: string
  server_id: string
  schema_version: number
}

export type Models = ReturnType<typeof makeModels>

/** How long the word of an ended session stays, beyond the 10 minutes that `revokedSince` promises. */
const revocationKeptS = 15 * 60

/**
 * Collections and indexes. TTL indexes only clean up: every query asks for the time itself.
 * Whatever a query filters and sorts by has an index here; a test watches all commands for that.
 */
export function makeModels(connection: Connection) {
  const { Schema } = mongoose
  const { Double } = Schema.Types
  const text = String
  const change = {
    seq: Number,
    old_key: text,
    old_fingerprint: text,
    new_key: text,
    at: Number,
    proof: text,
  }
  const settings = {
    versionKey: false,
    id: false,
    minimize: false,
    strict: 'throw',
    strictQuery: 'throw',
  } satisfies SchemaOptions
  const model = <T extends { _id: string }>(
    name: string,
    fields: mongoose.SchemaDefinition<T>,
    indexes: ReadonlyArray<[mongoose.IndexDefinition, mongoose.IndexOptions?]> = [],
  ): Model<T> => {
    const schema = new Schema<T>(fields, settings)
    for (const [keys, options] of indexes) schema.index(keys, options)
    return connection.model<T>(name, schema, name)
  }

  return {
    users: model<UserDocument>(
      'users',
      {
        _id: text,
        is_removed: Boolean,
        clear_at: Number,
        password_hash: text,
        public_key: text,
        fingerprint: text,
        seq: Number,
        changed_at: Number,
        created_at: Number,
        is_suspended: Boolean,
        change: new Schema(change, { ...settings, _id: false }),
        presence: new Schema(
          { state: text, text, last_seen_at: Number, changed_at: Date },
          { ...settings, _id: false },
        ),
      },
      [
        [{ is_removed: 1, _id: 1 }],
        [{ clear_at: 1 }, { sparse: true }],
        [{ 'presence.last_seen_at': 1, 'presence.state': 1, _id: 1 }],
        [{ 'presence.changed_at': 1, _id: 1 }],
      ],
    ),
    keyChanges: model<KeyChangeDocument>('key_changes', { _id: text, name: text, ...change }, [
      [{ name: 1, old_fingerprint: 1 }],
    ]),
    sessions: model<SessionDocument>(
      'sessions',
      {
        _id: text,
        user: text,
        secret_id: text,
        created_at: Number,
        last_used_at: Number,
        expires_at: Number,
        client: text,
        revoked_at: Date,
      },
      [
        [{ user: 1, created_at: -1, _id: 1 }],
        [{ expires_at: 1 }],
        [{ revoked_at: 1 }, { expireAfterSeconds: revocationKeptS }],
      ],
    ),
    contacts: model<ContactDocument>(
      'contacts',
      { _id: text, user: text, other: text, at: Number },
      [[{ other: 1 }]],
    ),
    blocks: model<BlockDocument>('blocks', { _id: text, user: text, blocked: text }, [
      [{ blocked: 1 }],
    ]),
    claims: model<ClaimDocument>('claims', { _id: text, expires_at: Date }, [
      [{ expires_at: 1 }, { expireAfterSeconds: 0 }],
    ]),
    pluginValues: model<PluginValueDocument>(
      'plugin_values',
      { _id: text, plugin: text, key: text, number: Double, json: text, expires_at: Date },
      [[{ expires_at: 1 }, { expireAfterSeconds: 0 }]],
    ),
    server: model<ServerDocument>('server', {
      _id: text,
      server_id: text,
      schema_version: Number,
    }),
  }
}
