import type { AddRoutes } from '../http/create-http-app.js'
import { alertRoutes } from './alerts/routes.js'
import { auditRoutes } from './audit/routes.js'
import { metricsRoutes } from './devices/metrics-routes.js'
import { deviceRoutes } from './devices/routes.js'
import { keyRoutes } from './keys/routes.js'
import { organizationRoutes } from './organizations/routes.js'
import type { ResourceServices } from './resource-services.js'
import { userRoutes } from './users/routes.js'

/** The routes of every resource. */
export function resourceRoutes(services: ResourceServices): AddRoutes {
  const all = [
    deviceRoutes(services),
    metricsRoutes(services),
    alertRoutes(services),
    keyRoutes(services),
    userRoutes(services),
    organizationRoutes(services),
    auditRoutes(services),
  ]
  return (router) => {
    for (const add of all) add(router)
  }
}
