import { OpsError } from '@ops-center/plugin-sdk'
import { HttpProblem, type ProblemDetail } from '../http/http-problem.js'
import { PackageError, type PackageIssue } from './archive/package-error.js'

const STATUS: Readonly<Record<string, number>> = {
  plugin_unknown: 404,
  version_unknown: 404,
  plugin_of_other_organization: 403,
  version_taken: 409,
  plugin_id_reserved: 422,
  signature_missing: 422,
  signature_untrusted: 422,
  package_damaged: 422,
}

/** The HTTP answer to an error of the registry; anything else is returned as it is. */
function registryProblem(error: unknown): unknown {
  if (error instanceof PackageError) {
    return new HttpProblem(422, error.message, {
      errors: error.issues.slice(0, 50).map(detailOf),
      cause: error,
    })
  }
  const status = error instanceof OpsError ? STATUS[error.code] : undefined
  return error instanceof OpsError && status !== undefined
    ? new HttpProblem(status, error.message, { cause: error })
    : error
}

/** Runs `work` with its errors turned into answers. */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw registryProblem(error)
  }
}

/** `hooks[0].event` of the manifest as a pointer: `/file/hooks/0/event`. */
function detailOf({ path, message }: PackageIssue): ProblemDetail {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '')
  return { pointer: ['/file', ...parts].join('/').slice(0, 256), detail: message }
}
