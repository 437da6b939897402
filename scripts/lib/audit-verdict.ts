/** What `npm audit --json` said, reduced to pass or fail with one sentence. */
export type Verdict = { readonly isPassed: boolean; readonly text: string }

const severities = ['critical', 'high', 'moderate', 'low', 'info']
const gate = ['critical', 'high', 'moderate']

/** A registry without an audit service passes, and says so: its silence is no finding. */
export function auditVerdict(output: string): Verdict {
  const report = parse(output)
  const counts = membersOf(membersOf(report).metadata).vulnerabilities
  if (typeof counts !== 'object' || counts === null) {
    const why = membersOf(report).message ?? 'no report came'
    return {
      isPassed: true,
      text: `audit: the registry does not answer audits (${why}); not checked.`,
    }
  }
  const found = severities.flatMap((severity) => {
    const count = Number(membersOf(counts)[severity] ?? 0)
    return count > 0 ? [{ severity, count }] : []
  })
  const text = found.map(({ severity, count }) => `${count} ${severity}`).join(', ')
  const isPassed = !found.some(({ severity }) => gate.includes(severity))
  return {
    isPassed,
    text: `audit: ${text || 'no known weakness'} in what is shipped.${isPassed ? '' : ' See: npm audit --omit=dev'}`,
  }
}

function parse(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    return undefined
  }
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
