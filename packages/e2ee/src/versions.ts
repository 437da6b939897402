/** Protocol versions this package speaks, ascending. */
export const spokenVersions: readonly number[] = [1]

/** The version to talk to a contact in: the highest both speak, undefined when there is none. */
export function negotiateVersion(theirs: readonly number[]): number | undefined {
  return spokenVersions.findLast((version) => theirs.includes(version))
}

/**
 * A contact whose key is the same speaks no version older than the highest seen before; one that
 * seems to is somebody in between who wants the weaker protocol. `seen` = highest version seen from
 * that contact under that key, undefined when nothing was seen yet.
 */
export function isDowngrade(versions: readonly number[], seen: number | undefined): boolean {
  return seen !== undefined && Math.max(0, ...versions) < seen
}
