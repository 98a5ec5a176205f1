import { postgresBinaries, startPostgres } from './postgres-server.js'

/**
 * Starts a PostgreSQL server for a whole run of the tests, unless `OPS_CENTER_TEST_POSTGRES` has the address of one.
 *
 * @throws Error on a machine without Debian's programs of PostgreSQL.
 */
export default async function postgresForAll(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.OPS_CENTER_TEST_POSTGRES) return undefined
  const binaries = await postgresBinaries()
  if (!binaries) {
    throw new Error(
      'There is no PostgreSQL here: "apt-get install postgresql", or give the address of a server in OPS_CENTER_TEST_POSTGRES',
    )
  }
  const server = await startPostgres(binaries)
  process.env.OPS_CENTER_TEST_POSTGRES = server.url
  return server.stop
}
