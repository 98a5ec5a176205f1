/** The JSON of a response, as what the test says it is. */
export async function jsonOf<Value>(response: Response): Promise<Value> {
  return JSON.parse(await response.text())
}

/** A problem answer, as far as tests look at it. */
export interface ProblemAnswer {
  status: number
  detail: string
  errors: { pointer: string; detail: string }[]
}
