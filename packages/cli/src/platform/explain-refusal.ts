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

/** The platform said no. */
export class RefusalError extends CliError {
  readonly status: number
  /** The single things it named, such as each permission that waits for consent. */
  readonly details: readonly { readonly pointer?: string | undefined; readonly detail: string }[]
  /** Milliseconds after which it wants to be asked again. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    options: {
      fix: string | undefined
      status: number
      details: RefusalError['details']
      retryAfter: number | undefined
    },
  ) {
    super(`http_${options.status}`, message, { fix: options.fix })
    this.status = options.status
    this.details = options.details
    this.retryAfter = options.retryAfter
  }
}

/** What the platform said no to, in its own words, with what to do about it. */
export async function explainRefusal(response: Response, request: RefusedRequest): Promise<RefusalError> {
  const problem = await readProblem(response)
  const said = withoutControls(problem.detail ?? problem.title ?? response.statusText)
  const details = (problem.errors ?? [])
    .filter(({ detail }) => withoutControls(detail) !== said)
    .map(({ pointer, detail }) =>
      withoutControls(`  ${pointer === undefined ? '' : `${pointer}: `}${detail}`),
    )
  const message = [`${headline(response.status, request)}${said === '' ? '' : `: ${said}`}`, ...details].join(
    '\n',
  )
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new RefusalError(message, {
    status: response.status,
    fix: fixFor(response, request, problem),
    details: problem.errors ?? [],
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  })
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

/** What an upload was refused for stands in the pointer of the first problem. */
function uploadFix({ errors = [] }: Problem): string {
  switch (errors[0]?.pointer?.split('/')[1]) {
    case 'checksum':
      return 'Build it again; when the bytes change on their way, something in between changes them'
    case 'signature':
      return 'Sign it with a key that this Ops-Center trusts: ops-center-plugin sign'
    case 'file':
      return 'Correct plugin.yaml, then build and publish again'
    default:
      return 'Correct what is named, then build and publish again'
  }
}

/** The platform's words say it, unless they name what in the request to correct, or the plugin knows more. */
function unprocessableFix(path: string, { errors = [] }: Problem): string | undefined {
  if (path === '/plugins/install' && errors[0]?.pointer === '/remote')
    return 'Add --remote and the address where it runs, with its secret in OPS_PLUGIN_SECRET'
  if (errors.some(({ pointer }) => pointer !== undefined)) return 'Correct what is named, then repeat'
  const [, id] = /^\/plugins\/([^/]+)\/(?:enable|disable)$/.exec(path) ?? []
  return id === undefined ? undefined : `ops-center-plugin logs ${id} may tell more`
}

function fixFor(response: Response, { method, path }: RefusedRequest, problem: Problem): string | undefined {
  switch (response.status) {
    case 401:
      return 'Run ops-center-plugin login, or set OPS_CENTER_API_KEY or --api-key to a valid key; this one may have expired or been revoked'
    case 403:
      return /another organization/.test(problem.detail ?? '')
        ? 'Choose an id of your own in plugin.yaml and in the code, then build again'
        : 'Use a key that has the permission'
    case 404: {
      const [, id] = /^\/plugins\/([^/]+)\/tasks\//.exec(path) ?? []
      if (id !== undefined && /\btask\b/.test(problem.detail ?? ''))
        return `Check the name of the task; ops-center-plugin tasks ${id} lists those that are scheduled`
      return path.startsWith('/plugins/marketplace') || path === '/plugins/install'
        ? 'Check the id; publish the plugin first if it is yours'
        : 'Check the id; ops-center-plugin list shows what is installed'
    }
    case 409:
      return path === '/plugins/upload'
        ? 'Raise version in plugin.yaml and in the code, then build and publish again'
        : 'See ops-center-plugin list for the state of the plugin'
    case 413:
      return 'Name large files in .opsignore, then build again'
    case 415:
      return 'Update the command line: npm install --save-dev @ops-center/plugin-cli@latest'
    case 422:
      return path === '/plugins/upload' ? uploadFix(problem) : unprocessableFix(path, problem)
    case 429:
    case 503:
      return `Repeat in ${response.headers.get('retry-after') ?? 'a few'} seconds`
    default: {
      const id = problem.request_id === undefined ? '' : ` (request ${problem.request_id})`
      return `Look into the log of Ops-Center for ${method} ${path}${id}`
    }
  }
}
