import { auditVerdict } from '../lib/audit-verdict.ts'

const report = (vulnerabilities: Record<string, number>) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities: {}, metadata: { vulnerabilities } })

test.each(['critical', 'high', 'moderate'])('a %s weakness fails the gate', (severity) => {
  const verdict = auditVerdict(report({ info: 0, low: 2, [severity]: 1 }))
  expect(verdict).toMatchObject({ isPassed: false, text: expect.stringContaining(`1 ${severity}`) })
})

test('low ones are told and pass', () => {
  expect(auditVerdict(report({ low: 2 }))).toMatchObject({
    isPassed: true,
    text: expect.stringContaining('2 low'),
  })
  expect(auditVerdict(report({}))).toMatchObject({ isPassed: true })
})

test.each(['', 'not JSON', '{}', '{"message":"405 Method Not Allowed","statusCode":405}', 'null'])(
  'a registry that does not answer passes, and is said not to have been asked: %j',
  (output) => {
    expect(auditVerdict(output)).toMatchObject({
      isPassed: true,
      text: expect.stringContaining('not checked'),
    })
  },
)
