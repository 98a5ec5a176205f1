import type { Alert } from '@ops-center/plugin-sdk'
import { printable } from './printable.js'

/** `critical: Unusual cpu_percent on web-1. cpu_percent reads 99 ...`, on one line. */
export function alertText({
  severity,
  title,
  message,
}: Pick<Alert, 'severity' | 'title' | 'message'>): string {
  return printable(`${severity}: ${title}${message === null ? '' : `. ${message}`}`)
}
