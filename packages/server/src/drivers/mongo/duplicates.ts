import { isDuplicate } from './failure.ts'

const tries = 3

/**
 * Runs an upsert again that met a duplicate: of two at the same moment MongoDB may let both look, find nothing and
 * insert, and refuses the second. The second time it finds what the other made.
 */
export async function retryDuplicates<T>(upsert: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await upsert()
    } catch (error) {
      if (!isDuplicate(error) || left === 0) throw error
    }
  }
}

/** False when what was to be inserted is there already. */
export async function insertedNew(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert()
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}
