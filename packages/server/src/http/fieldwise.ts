import { z } from 'zod'

type Build = (value: unknown) => unknown

/**
 * Builds an answer field by field from its schema: what the schema does not name is left behind
 * (ASVS 15.3.1). What it names was made by us, so it is copied, not checked again: checking costs a
 * page of messages more than reading it. Parts of a kind that has no named fields go through whole;
 * a union goes through its own parse, which strips.
 */
export function fieldwise(schema: z.ZodType): Build {
  if (schema instanceof z.ZodObject) return objectOf(schema)
  if (schema instanceof z.ZodArray) {
    const build = fieldwise(asType(schema.element))
    return (value) => (Array.isArray(value) ? value.map(build) : value)
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    const build = fieldwise(asType(schema.unwrap()))
    return (value) => (value === undefined || value === null ? value : build(value))
  }
  if (schema instanceof z.ZodUnion) return (value) => schema.parse(value)
  return (value) => value
}

function objectOf(schema: z.ZodObject): Build {
  // A loose object says itself that it has fields nobody named.
  if (schema.def.catchall !== undefined) return (value) => value
  const fields = Object.entries(schema.shape).map(([name, field]): [string, Build] => [
    name,
    fieldwise(asType(field)),
  ])
  return (value) => {
    const built: Record<string, unknown> = {}
    for (const [name, build] of fields) {
      const part = build(Reflect.get(Object(value), name))
      if (part !== undefined) built[name] = part
    }
    return built
  }
}

/** zod's containers hold the core's narrower type; every schema of ours is made by `z`. */
function asType(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema
  throw new TypeError('The schema was not made by zod.')
}
