/** Under this key a plugin shows its parts to the testing kit; registered, so that two copies of the SDK agree. */
export const pluginInternals = Symbol.for('@ops-center/plugin-sdk/internals')
