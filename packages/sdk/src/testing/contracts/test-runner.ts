/** What a contract suite needs of an assertion; vitest, jest and node:test with expect all have it. */
export interface ContractAssertion {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toContain(expected: unknown): void
  toBeGreaterThan(expected: number): void
}

/** What a contract suite needs of a test runner. Suites never import one. */
export interface ContractRunner {
  describe(title: string, body: () => void): unknown
  it(title: string, body: () => Promise<void>): unknown
  expect(actual: unknown): ContractAssertion
}

/** The error a promise rejects with; fails when it does not reject. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<Error & { code?: unknown; path?: unknown }> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`expected a rejection with an Error, got ${String(error)}`)
  }
  throw new Error(`expected a rejection, but it resolved to ${JSON.stringify(value)}`)
}
