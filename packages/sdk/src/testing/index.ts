export { type ApiContractOptions, apiContract } from './contracts/api-contract.js'
export type { ApiUnderTest } from './contracts/api-under-test.js'
export { schedulerContract } from './contracts/scheduler-contract.js'
export type { SchedulerUnderTest } from './contracts/scheduler-under-test.js'
export { storageContract } from './contracts/storage-contract.js'
export type { StorageUnderTest } from './contracts/storage-under-test.js'
export type { ContractAssertion, ContractRunner } from './contracts/test-runner.js'
export {
  createTestPlugin,
  isTestPlugin,
  type TestPlugin,
  type TestPluginOptions,
} from './create-test-plugin.js'
export { eventPayload, type PayloadOverrides } from './event-payload.js'
export { createFakeClock, type FakeClock } from './fake-clock.js'
export { alert, device, organization, user, webhook } from './fixtures.js'
export type { MockResponse } from './forced-responses.js'
export { createMockApi, type MockApi, type MockApiOptions } from './mock-api/create-mock-api.js'
export { type MockSeed, MockStore } from './mock-api/mock-store.js'
export { MockApiClient, type MockApiClientOptions } from './mock-api-client.js'
export { MockConfig, type MockConfigOptions } from './mock-config.js'
export { type LogQuery, MockLogger } from './mock-logger.js'
export { MockScheduler, type MockSchedulerOptions } from './mock-scheduler.js'
export { MockStorage, type MockStorageOptions, type StorageQuota } from './mock-storage.js'
export type { RecordedRequest, RequestQuery } from './recorded-requests.js'
export type { ConnectInit, RouteRequestInit } from './route-request.js'
export type { TestSocket } from './test-socket.js'
export { runTask, triggerFilter, triggerHook } from './trigger.js'
