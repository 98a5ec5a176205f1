#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The bundle is the same in one file, which loads faster; a checkout that was only compiled has none.
const bundle = new URL('../dist/bin.mjs', import.meta.url)
const { run } = await import(existsSync(bundle) ? '../dist/bin.mjs' : '../dist/run.js')
process.exitCode = await run(process.argv.slice(2))
