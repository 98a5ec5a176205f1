import { z } from 'zod'
import { CliError } from '../cli-error.js'
import { withoutControls } from '../terminal/print.js'

const problemSchema = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string().optional(), detail: z.string() })).optional(),
})

type Problem = z.infer<typeof problemSchema>

interface RefusedRequest {
  readonly method: string
  readonly path: string
  readonly url: string
}

/** What the platform said no to, in its own words, with what to do about it. */
export async function explainRefusal(response: Response, request: RefusedRequest): Promise<CliError> {
  const problem = await readProblem(response)
  const said = withoutControls(problem.detail ?? problem.title ?? response.statusText)
  const details = (problem.errors ?? []).map(({ pointer, detail }) =>
    withoutControls(`  ${pointer === undefined ? '' : `${pointer}: `}${detail}`),
  )
  const message = [`${headline(response.status, request)}${said === '' ? '' : `: ${said}`}`, ...details].join(
    '\n',
  )
  return new CliError(`http_${response.status}`, message, { fix: fixFor(response, request, problem) })
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  try {
    return problemSchema.parse(JSON.parse(text))
  } catch {
    // A proxy answers with HTML; the status then has to say it all.
    return {}
  }
}

function headline(status: number, { url }: RefusedRequest): string {
  switch (status) {
    case 401:
      return `${url} does not accept the key`
    case 403:
      return 'The key may not do this'
    case 404:
      return 'Not found'
    case 409:
      return 'Not possible as things are'
    case 413:
      return 'The package is too large'
    case 422:
      return 'Refused'
    case 429:
      return 'Too many requests'
    case 503:
      return 'Not available now'
    default:
      return `${url} answered with status ${status}`
  }
}

function fixFor(response: Response, { method, path }: RefusedRequest, problem: Problem): string {
  switch (response.status) {
    case 401:
      return 'Set OPS_CENTER_API_KEY or --api-key to a valid key; it may have expired or been revoked'
    case 403:
      return 'Use a key that has the permission'
    case 404:
      return path.startsWith('/plugins/marketplace') || path === '/plugins/install'
        ? 'Check the id; publish the plugin first if it is yours'
        : 'Check the id; ops-center-plugin list shows what is installed'
    case 409:
      return path === '/plugins/upload'
        ? 'Raise version in plugin.yaml and in the code, then build and publish again'
        : 'See ops-center-plugin list for the state of the plugin'
    case 413:
      return 'Name large files in .opsignore, then build again'
    case 422:
      return 'Correct what is named, then repeat'
    case 429:
    case 503:
      return `Repeat in ${response.headers.get('retry-after') ?? 'a few'} seconds`
    default: {
      const id = problem.request_id === undefined ? '' : ` (request ${problem.request_id})`
      return `Look into the log of Ops-Center for ${method} ${path}${id}`
    }
  }
}
