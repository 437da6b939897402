import type { Connection } from 'mongoose'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { makeModels } from '../../../src/drivers/mongo/models.ts'

type Fields = Readonly<Record<string, unknown>>
type Index = ReadonlyArray<readonly [string, unknown]>

/** What a command asks a collection for. */
export interface Asked {
  readonly collection: string
  readonly filter: Fields
  readonly sort: Fields
  readonly hint: Fields | undefined
}

export interface CommandRecorder {
  /** A connection whose commands are recorded. */
  connect(url: string): Promise<Connection>
  /** Each form once. */
  asked(): Asked[]
}

export function makeCommandRecorder(): CommandRecorder {
  const forms = new Map<string, Asked>()
  return {
    async connect(url) {
      const connection = await connectMongo(url, { monitorCommands: true })
      connection.getClient().on('commandStarted', ({ command }: { readonly command: Fields }) => {
        for (const asked of askedBy(command)) forms.set(formOf(asked), asked)
      })
      return connection
    },
    asked: () => [...forms.values()],
  }
}

/** Names and operators without the values. */
function formOf({ collection, filter, sort, hint }: Asked): string {
  const operators = JSON.stringify(filter, (key, value: unknown) =>
    key === '$in' || typeof value !== 'object' || value instanceof Date ? '?' : value,
  )
  return JSON.stringify([collection, operators, sort, hint])
}

export function askedBy(command: Fields): Asked[] {
  const [name = '', collection] = Object.entries(command)[0] ?? []
  const one = (filter: unknown, o: Fields = command) => ({
    collection: String(collection),
    filter: fieldsOf(filter),
    sort: fieldsOf(o.sort),
    hint: o.hint === undefined ? undefined : fieldsOf(o.hint),
  })
  if (name === 'find') return [one(command.filter)]
  if (name === 'findAndModify') return [one(command.query)]
  if (name === 'update') return listOf(command.updates).map((update) => one(update.q, update))
  if (name === 'delete') return listOf(command.deletes).map((deletion) => one(deletion.q, deletion))
  if (name === 'aggregate') return [one(listOf(command.pipeline)[0]?.$match)]
  if (name === 'count' || name === 'distinct') return [one(command.query)]
  return []
}

/** By collection: those that the models declare, and the one that is always there. */
export function declaredIndexes(connection: Connection): Map<string, Index[]> {
  const indexes = new Map<string, Index[]>()
  for (const model of Object.values(makeModels(connection))) {
    const declared = model.schema.indexes().map(([keys]) => Object.entries(keys))
    indexes.set(model.collection.collectionName, [[['_id', 1]], ...declared])
  }
  return indexes
}

/** Which of the indexes find what is asked, in the order asked for. */
export function servedBy(asked: Asked, indexes: readonly Index[]): Index[] {
  const { $or: branches, ...rest } = asked.filter
  if (Array.isArray(branches)) {
    const whole = servedBy({ ...asked, filter: rest }, indexes)
    if (whole.length > 0) return whole
    const each = branches.map((branch) =>
      servedBy({ ...asked, filter: { ...rest, ...fieldsOf(branch) } }, indexes),
    )
    return each.every((found) => found.length > 0) ? each.flat() : []
  }
  return indexes.filter((index) => {
    const first = index[0]?.[0]
    const isHinted = asked.hint === undefined || sameKeys(Object.entries(asked.hint), index)
    return isHinted && first !== undefined && narrows(rest[first]) && isSorted(asked, index)
  })
}

/** Does the condition leave a part of an index? */
function narrows(condition: unknown): boolean {
  if (condition === undefined) return false
  if (!isCondition(condition)) return true
  return Object.keys(condition).some((operator) =>
    ['$in', '$gt', '$gte', '$lt', '$lte'].includes(operator),
  )
}

/** Behind the keys that are fixed to one value, the index must go on as the sort does, or as its reverse. */
function isSorted({ filter, sort }: Asked, index: Index): boolean {
  const wanted = Object.entries(sort)
  if (wanted.length === 0) return true
  const isFixed = (key: string) => filter[key] !== undefined && !isCondition(filter[key])
  const start = index.findIndex(([key]) => !isFixed(key) || key === wanted[0]?.[0])
  const behind = index.slice(start, start + wanted.length)
  const turned = wanted.map(([key, way]) => [key, way === 1 ? -1 : 1] as const)
  return sameKeys(behind, wanted) || sameKeys(behind, turned)
}

function sameKeys(a: Index, b: Index): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isCondition(value: unknown): value is Fields {
  return Object.keys(fieldsOf(value)).some((key) => key.startsWith('$'))
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** Sorts are maps in the driver. */
function fieldsOf(value: unknown): Fields {
  if (value instanceof Map) return Object.fromEntries(value)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
