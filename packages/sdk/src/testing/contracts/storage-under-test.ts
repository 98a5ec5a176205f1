import type { Storage } from '../../storage/storage.js'
import type { ContractRunner } from './test-runner.js'

/** One storage under test. */
export interface StorageUnderTest {
  /** Empty. */
  readonly storage: Storage
  /** Another storage with the same contents, as another process has it; without it, what concerns two is left out. */
  readonly other?: Storage
  /** Moves the clock that times to live follow; without it, what concerns them is left out. */
  readonly advance?: (milliseconds: number) => Promise<void>
  /** Called after each test. */
  readonly close?: () => Promise<void>
}

/** Declares a test that gets a fresh storage. */
export type StorageTest = (
  title: string,
  body: (made: StorageUnderTest & { expect: ContractRunner['expect'] }) => Promise<void>,
) => unknown
