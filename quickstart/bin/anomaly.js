#!/usr/bin/env node
import { main } from '../dist/anomaly/main.js'

process.exitCode = await main(process.argv.slice(2))
