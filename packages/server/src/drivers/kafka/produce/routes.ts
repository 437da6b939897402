/** Where partitions are led, by whoever knows what the topics are for. */
export interface Routes {
  /** From memory; undefined when it must be located first. */
  leaderOf(topic: string, partition: number): number | undefined
  /** After it `leaderOf` knows; a topic that is missing may be made on the way. */
  locate(topic: string): Promise<void>
  /** A broker says otherwise: `leaderOf` must not answer from memory. */
  forget(topic: string): void
}
