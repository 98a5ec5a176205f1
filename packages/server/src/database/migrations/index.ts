import type { Migration } from 'kysely'
import { resourcesMigration } from './0001-resources.js'
import { hostMigration } from './0002-host.js'
import { registryMigration } from './0003-registry.js'
import { webhooksMigration } from './0004-webhooks.js'
import { auditMigration } from './0005-audit.js'
import { hostHistoryMigration } from './0006-host-history.js'
import { remotePluginsMigration } from './0007-remote-plugins.js'
import { lighterDeliveriesMigration } from './0008-lighter-deliveries.js'
import { eventTraceMigration } from './0009-event-trace.js'
import { eventsPerOrganizationMigration } from './0010-events-per-organization.js'
import { heldTasksMigration } from './0011-held-tasks.js'
import { uninstallAndRollbackMigration } from './0012-uninstall-and-rollback.js'
import { principalChangesMigration } from './0013-principal-changes.js'
import { lighterEventsMigration } from './0014-lighter-events.js'
import { lighterReadingsMigration } from './0015-lighter-readings.js'
import { runTraceMigration } from './0016-run-trace.js'

/** Every migration by name, in the order of the names; names and contents never change once released. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-resources': resourcesMigration,
  '0002-host': hostMigration,
  '0003-registry': registryMigration,
  '0004-webhooks': webhooksMigration,
  '0005-audit': auditMigration,
  '0006-host-history': hostHistoryMigration,
  '0007-remote-plugins': remotePluginsMigration,
  '0008-lighter-deliveries': lighterDeliveriesMigration,
  '0009-event-trace': eventTraceMigration,
  '0010-events-per-organization': eventsPerOrganizationMigration,
  '0011-held-tasks': heldTasksMigration,
  '0012-uninstall-and-rollback': uninstallAndRollbackMigration,
  '0013-principal-changes': principalChangesMigration,
  '0014-lighter-events': lighterEventsMigration,
  '0015-lighter-readings': lighterReadingsMigration,
  '0016-run-trace': runTraceMigration,
}
