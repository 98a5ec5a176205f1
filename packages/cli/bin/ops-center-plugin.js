#!/usr/bin/env node
import { statSync } from 'node:fs'
import module from 'node:module'

const changedAt = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0

// Node 22 keeps what it compiled; Node 20 cannot.
module.enableCompileCache?.()
// The bundle is the same in few files, which load faster. In a checkout it can be missing, or older than what was
// compiled since.
const bundledAt = changedAt('../dist/bundle/run.mjs')
const isCurrent =
  bundledAt > changedAt('../dist/.tsbuildinfo') && bundledAt > changedAt('../../sdk/dist/.tsbuildinfo')
const { run } = await import(isCurrent ? '../dist/bundle/run.mjs' : '../dist/run.js')
process.exitCode = await run(process.argv.slice(2))
