import type { ApiClient } from '../../api/client.js'
import { ApiError } from '../../api/errors.js'
import { type ContractRunner, rejection } from './test-runner.js'

/** One API under test. */
export interface ApiUnderTest {
  /** A client of the same Ops-Center that may do what the permissions say, `['*']` for everything. */
  readonly client: (permissions: readonly string[]) => Promise<ApiClient>
  /** Called after each test. */
  readonly close?: () => Promise<void>
}

type Body = (made: {
  /** May do everything. */
  api: ApiClient
  client: ApiUnderTest['client']
  expect: ContractRunner['expect']
  /** Unlike every other test's: many tests may share one server. */
  unique: string
}) => Promise<void>
export type ApiTest = (title: string, body: Body) => unknown

/** The `ApiError` a call rejects with; fails when it does not. */
export async function apiError(call: Promise<unknown>): Promise<ApiError> {
  const error = await rejection(call)
  if (error instanceof ApiError) return error
  throw new Error(`expected an ApiError, got ${error.name}: ${error.message}`)
}

/** A test with its own client and names. */
export function apiTest(runner: ContractRunner, makeApi: () => Promise<ApiUnderTest>): ApiTest {
  return (title, body) =>
    runner.it(title, async () => {
      const made = await makeApi()
      try {
        const unique = `t${crypto.randomUUID().slice(0, 12)}`
        await body({ api: await made.client(['*']), client: made.client, expect: runner.expect, unique })
      } finally {
        await made.close?.()
      }
    })
}
