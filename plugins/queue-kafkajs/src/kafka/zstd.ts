import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
// Whole: Node finds only some of the names that this CommonJS module exports.
import kafkajs from 'kafkajs'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** Far above what a batch of a mailbox's topic may hold (2 MiB); a bomb ends here. */
const mostBytes = 64 * 1024 * 1024

/**
 * kafkajs reads gzip alone unless it is given more, in a table for the whole process. A topic with `compression.type=zstd`
 * is stored so by its broker, whatever was sent.
 */
export function readZstd(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { readonly buffer: Buffer }) => compress(encoder.buffer),
    decompress: (bytes: Buffer) => decompress(bytes, { maxOutputLength: mostBytes }),
  })
}
