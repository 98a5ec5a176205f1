import { OpsError } from '../errors.js'

const TASK_ID = /^[A-Za-z0-9._:-]{1,128}$/

/**
 * Checks a task's id or name.
 *
 * @throws OpsError `task_id_invalid`.
 */
export function assertTaskId(id: string): void {
  // Dots alone would change the path of the platform's address.
  if (typeof id === 'string' && TASK_ID.test(id) && id !== '.' && id !== '..') return
  throw new OpsError(
    'task_id_invalid',
    `${JSON.stringify(id)} cannot be a task's id or name: expected 1 to 128 letters, digits, ".", "_", ":" or "-"`,
  )
}
