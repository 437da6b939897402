/** The part of a CycloneDX bill that users get: what the published packages reach. */
export type Bill = {
  readonly bomFormat: string
  readonly components: ReadonlyArray<{
    readonly 'bom-ref': string
    readonly name: string
    readonly version: string
  }>
  readonly dependencies: ReadonlyArray<{
    readonly ref: string
    readonly dependsOn?: readonly string[]
  }>
}

/** `npm sbom --omit dev` leaves out what development needs as well, jose and zod among it; so we walk the whole graph. */
export function shippedBill(bill: Bill, published: readonly string[]): Bill {
  const edges = new Map(bill.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]))
  const isPublished = (ref: string) => published.some((name) => ref.startsWith(`${name}@`))
  const reached = new Set<string>()
  const waiting = [...edges.keys()].filter(isPublished)
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (reached.has(ref)) continue
    reached.add(ref)
    waiting.push(...(edges.get(ref) ?? []))
  }
  return {
    ...bill,
    components: bill.components.filter((one) => reached.has(one['bom-ref'])),
    dependencies: bill.dependencies.filter(({ ref }) => reached.has(ref)),
  }
}
