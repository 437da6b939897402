import * as Args from '@oclif/core/args'

/** Stdin belongs to the command, never to a missing argument (oclif would read one from there). */
const own = { ignoreStdin: true } as const

export const required = (description: string) =>
  Args.string({ ...own, description, required: true })

export const optional = (description: string) => Args.string({ ...own, description })

export const several = (description: string) => Args.string({ ...own, description, multiple: true })

export const oneOf = <const T extends readonly string[]>(options: T, description: string) =>
  Args.option({ options })({ ...own, description, required: true })
