import { createFileStorage } from '../../src/storage/file-storage.js'

// Run as a process of its own by file-storage.test.ts: node increment-worker.mjs <directory> <times>
const [directory = '', times = '0'] = process.argv.slice(2)
const storage = createFileStorage({ directory })
for (let done = 0; done < Number(times); done++) {
  await storage.update<number>('count', (count = 0) => count + 1)
}
