export { registryMigration } from '../../registry/migration.js'
