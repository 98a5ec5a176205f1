import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Comparison, compare } from '../harness/comparison.js'
import { openStores } from './open-stores.js'
import { storageJobs } from './storage-jobs.js'

/** Keeping small values in files. */
export async function storageSuite(): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-bench-'))
  try {
    const stores = await openStores(folder)
    const comparisons: Comparison[] = []
    for (const job of storageJobs(stores)) comparisons.push(await compare(job, { rounds: 41, turn: 25 }))
    return comparisons
  } finally {
    await rm(folder, { recursive: true })
  }
}
