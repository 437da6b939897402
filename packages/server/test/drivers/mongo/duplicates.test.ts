import { insertedNew, retryDuplicates } from '../../../src/drivers/mongo/duplicates.ts'

/** As MongoDB refuses the second of two upserts at the same moment; the stand-in of the tests never does. */
const duplicate = Object.assign(new Error('E11000 duplicate key error'), { code: 11000 })

/** Fails with these errors, one a call, then succeeds. */
function failing(...errors: unknown[]) {
  const calls = { count: 0 }
  const run = async () => {
    calls.count += 1
    const error = errors.shift()
    if (error !== undefined) throw error
    return 'done'
  }
  return { calls, run }
}

test('an upsert that met a duplicate is tried again', async () => {
  const once = failing(duplicate)
  expect(await retryDuplicates(once.run)).toBe('done')
  expect(once.calls.count).toBe(2)
})

test('not for ever: a duplicate that stays is an error of the program', async () => {
  const always = failing(...Array.from({ length: 9 }, () => duplicate))
  await expect(retryDuplicates(always.run)).rejects.toBe(duplicate)
  expect(always.calls.count).toBe(3)
})

test('any other error is passed on at once', async () => {
  const other = failing(new TypeError('our bug'))
  await expect(retryDuplicates(other.run)).rejects.toThrow(TypeError)
  expect(other.calls.count).toBe(1)
})

test('an insert says whether it was the first', async () => {
  expect(await insertedNew(failing().run)).toBe(true)
  expect(await insertedNew(failing(duplicate).run)).toBe(false)
  await expect(insertedNew(failing(new TypeError('our bug')).run)).rejects.toThrow(TypeError)
})
