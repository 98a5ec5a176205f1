import { parseMemorySize } from '@ops-center/plugin-sdk/manifest'

const MEBIBYTE = 1_048_576
/**
 * Bytes beside the heap: Node itself, its code, and buffers. With a full heap, and buffers that are thrown away as fast as
 * they are made, that was 157 MB when it was measured (Node 26; 142 MB with Node 20); the rest is for buffers that are kept.
 */
const BESIDE_HEAP = 192 * MEBIBYTE

/** What a plugin's process may use. */
export interface MemoryLimit {
  /** Megabytes (of 1,048,576 bytes) of its JavaScript heap, which V8 keeps to. */
  readonly heapMegabytes: number
  /** Bytes of the whole process, which nobody keeps to unless the host looks. */
  readonly bytes: number
  /** What to accuse a process of that used more bytes. */
  accusation(used: number): string
}

/** @param declared `resources.memory` of the manifest. @throws OpsError `memory_size_invalid` */
export function memoryLimit(declared: string): MemoryLimit {
  const heap = parseMemorySize(declared)
  const bytes = heap + BESIDE_HEAP
  return {
    heapMegabytes: Math.ceil(heap / MEBIBYTE),
    bytes,
    accusation: (used) =>
      `it used ${inMegabytes(used)} of memory: ${inMegabytes(bytes)} are allowed ` +
      `(resources.memory ${declared}, and ${inMegabytes(BESIDE_HEAP)} for Node and its buffers)`,
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MB`
}
