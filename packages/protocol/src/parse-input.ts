import type * as z from 'zod'
import { ChatError, type ErrorCode, type FieldError, isErrorCode } from './errors/index.ts'

/** Which part of a request: it decides how `pointer` names a field. */
export type InputPart = 'body' | 'query' | 'path'

const mostErrors = 20

/**
 * Parses one part of a request by its schema. No value that was sent is repeated in the error.
 *
 * @throws ChatError `invalid_request` with the fields at fault, or the one special code of a field
 *   (`name_reserved`, `weak_password`, `bad_cursor`) when nothing else is wrong
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  part: InputPart,
): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issues = result.error.issues.slice(0, mostErrors)
  const errors = issues.map((issue) => toFieldError(issue, input, part))
  const codes = new Set(issues.map(codeOf))
  const [only] = codes
  const code = codes.size === 1 && only ? only : 'invalid_request'
  const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join('; ')
  throw new ChatError(code, `The request is not valid: ${detail}.`, { errors })
}

function toFieldError(issue: z.core.$ZodIssue, input: unknown, part: InputPart): FieldError {
  const name = issue.path.map(String).join('/')
  const body = issue.path.length === 0 ? '#' : `#/${name}`
  const pointer = { body, query: `?${name}`, path: `{${name}}` }[part]
  if (issue.code !== 'invalid_type') return { pointer, detail: issue.message }
  const found = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  )
  if (found === undefined) return { pointer, detail: 'is required' }
  if (Array.isArray(found) && part !== 'path' && issue.expected === 'string') {
    return { pointer, detail: 'must be one text, not several' }
  }
  return { pointer, detail: `must be of type ${issue.expected}` }
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const code = issue.code === 'custom' ? issue.params?.code : undefined
  return isErrorCode(code) ? code : 'invalid_request'
}
