/** What a send pays for plugins where there are none: the look-ups that the place of plugins costs, by themselves. */
import { emptyPipeline } from '../../../packages/server/src/domain/mailboxes/transform-pipeline.ts'
import { makePluginPoints } from '../../../packages/server/src/plugins/plugin-points.ts'
import { median } from '../report.ts'

const sends = 2_000_000
const rounds = 7

/** Nanoseconds of a send, beyond the same calls of a pipeline that was built without plugins. */
export function nanosWithoutPlugins(): number {
  const { pipeline } = makePluginPoints({
    firstUnknown: async () => undefined,
    nextRequestId: () => 'bench',
  })
  const nanosOf = ({ transformOf, storedOf }: typeof pipeline) => {
    const started = performance.now()
    let found = 0
    for (let index = 0; index < sends; index++) {
      if (transformOf('CHAT_MESSAGE') !== undefined) found++
      if (storedOf('CHAT_MESSAGE') !== undefined) found++
    }
    if (found > 0) throw new Error('There is a plugin')
    return ((performance.now() - started) * 1e6) / sends
  }
  return median(Array.from({ length: rounds }, () => nanosOf(pipeline) - nanosOf(emptyPipeline)))
}
