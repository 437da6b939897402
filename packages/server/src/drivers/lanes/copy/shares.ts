import { murmur2 } from '../lane-of.ts'

/**
 * The lanes that one of the nodes copies: each lane goes to the node that it is highest with (rendezvous hashing), so
 * a node that comes or goes moves no lane between the others.
 */
export function shareOf(node: string, nodes: readonly string[], lanes: number): Set<number> {
  const share = new Set<number>()
  for (let lane = 0; lane < lanes; lane += 1) if (holderOf(lane, nodes) === node) share.add(lane)
  return share
}

function holderOf(lane: number, nodes: readonly string[]): string | undefined {
  let best: { readonly node: string; readonly weight: number } | undefined
  for (const node of nodes) {
    const weight = murmur2(`${lane} ${node}`) >>> 0
    const isBetter =
      best === undefined || weight > best.weight || (weight === best.weight && node > best.node)
    if (isBetter) best = { node, weight }
  }
  return best?.node
}
