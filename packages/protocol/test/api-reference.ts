import { type Endpoint, endpoints, openApiDocument, type Topic } from '../src/index.ts'

type Schema = {
  type?: string
  enum?: string[]
  description?: string
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  default?: unknown
  properties?: Record<string, Schema>
  required?: string[]
}
type Media = { schema: Schema }
type Operation = {
  parameters?: Array<{
    name: string
    in: string
    required: boolean
    schema: Schema
    description?: string
  }>
  requestBody?: { content: Record<string, Media> }
}
type Field = { name: string; where: string; isRequired: boolean; schema: Schema }

const titles: Record<Topic, string> = {
  accounts: 'Accounts',
  sessions: 'Sessions',
  users: 'Users, presence, keys, blocks',
  messages: 'Messages',
  server: 'The server',
}

/** The part of docs/api.md that follows from the endpoint table. */
export function apiReference(): string {
  const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(
    JSON.stringify(openApiDocument({ version: '0', url: 'http://127.0.0.1:8000' })),
  )
  const all = Object.values<Endpoint>(endpoints)
  const topics = Object.entries(titles).map(([topic, title]) => {
    const calls = all.filter((endpoint) => endpoint.topic === topic)
    return [`## ${title}`, ...calls.map((call) => section(call, paths))].join('\n\n')
  })
  return topics.join('\n\n')
}

function section(endpoint: Endpoint, paths: Record<string, Record<string, Operation>>): string {
  const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
  const operation = paths[path]?.[endpoint.method.toLowerCase()] ?? {}
  const fields = fieldsOf(operation)
  const success = endpoint.status === 200 ? '' : `, answers ${endpoint.status}`
  return [
    `### \`${endpoint.method} ${path}\``,
    `${endpoint.summary}${endpoint.access === 'open' ? ' (no session needed' : ' (session proof'}${success}). ${endpoint.description}`,
    ...(fields.length > 0 ? [table(fields)] : []),
    ...(endpoint.examples?.response === undefined ? [] : [json(endpoint.examples.response)]),
    ...(endpoint.errors.length > 0
      ? [
          `Errors beyond the common ones: ${endpoint.errors.map((code) => `\`${code}\``).join(', ')}.`,
        ]
      : []),
  ].join('\n\n')
}

function fieldsOf({ parameters = [], requestBody }: Operation): Field[] {
  const body = requestBody?.content['application/json']?.schema
  return [
    ...parameters.map(({ name, in: where, required, schema, description }) => ({
      name,
      where,
      isRequired: required,
      schema: description === undefined ? schema : { ...schema, description },
    })),
    ...Object.entries(body?.properties ?? {}).map(([name, schema]) => ({
      name,
      where: 'body',
      isRequired: body?.required?.includes(name) ?? false,
      schema,
    })),
  ]
}

function table(fields: readonly Field[]): string {
  const rows = fields.map(
    ({ name, where, isRequired, schema }) =>
      `| \`${name}\` | ${where} | ${isRequired ? 'yes' : 'no'} | ${meaning(schema)} |`,
  )
  return ['| field | in | required | value |', '|---|---|---|---|', ...rows].join('\n')
}

function meaning(schema: Schema): string {
  const kind = schema.enum
    ? schema.enum.map((value) => `\`${value}\``).join(', ')
    : (named(schema) ?? schema.type ?? 'text')
  return [kind, range(schema), schema.description, fallback(schema)]
    .filter((part) => part)
    .join('; ')
}

function named({ format, type, pattern }: Schema): string | undefined {
  if (format === 'uuid') return 'a UUID'
  if (type !== 'string') return undefined
  if (pattern?.includes('{1,31}')) return 'a user name'
  if (pattern === '^[0-9a-f]{64}$') return '64 hex digits'
  return 'text'
}

function range({ type, minimum, maximum, minLength, maxLength }: Schema): string | undefined {
  if (type === 'integer') return `${minimum} to ${maximum}`
  if (maxLength === undefined) return undefined
  const unit = maxLength > 2000 ? 'bytes' : 'characters'
  return `${minLength === undefined ? 'at most' : `${minLength} to`} ${maxLength} ${unit}`
}

function fallback(schema: Schema): string | undefined {
  return schema.default === undefined ? undefined : `${String(schema.default)} when left out`
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``
}
