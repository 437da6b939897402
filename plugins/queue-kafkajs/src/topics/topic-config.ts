/** How topics are made. Topics that are there keep what they were made with. */
export interface TopicSettings {
  /** Left out: the broker's own default. */
  readonly replicationFactor: number | undefined
  readonly retentionMs: number
  readonly retentionBytes: number
  /** Wins over what the driver sets itself. */
  readonly topicConfig: Readonly<Record<string, string>>
}

const weekMs = 7 * 24 * 3600 * 1000
const largestSegmentBytes = 64 * 1024 * 1024

/** As the server's own driver sets it, for the reasons in decision 56. */
export function topicConfig(settings: TopicSettings): Record<string, string> {
  const { retentionMs, retentionBytes } = settings
  return {
    'retention.ms': String(retentionMs),
    'retention.bytes': String(retentionBytes),
    'segment.ms': String(Math.min(retentionMs, weekMs)),
    'segment.bytes': String(
      Math.max(1024 * 1024, Math.min(largestSegmentBytes, Math.floor(retentionBytes / 8))),
    ),
    'segment.index.bytes': String(256 * 1024),
    // 192 KiB of text take up to six times as much in JSON.
    'max.message.bytes': String(2 * 1024 * 1024),
    ...settings.topicConfig,
  }
}
