import {
  gatewayConfigurationGroup,
  type HTTPRouteFilter,
  type ListenerRuleConfiguration
} from '../../../resources/index.ts'
import { findSecret, namespaceOf } from '../../build/cluster-objects.ts'
import type { AnyRoute } from '../objects.ts'
import type { LoadTask } from './load-task.ts'
import { routeError } from './route-status.ts'

/** Whether the controller takes a configuration, and the message of its status. */
interface RuleConfigurationStatus {
  accepted: boolean
  message: string
}

/**
 * A configuration is accepted unless the Secret of its first OIDC provider is not there (LBC:
 * listenerRuleConfigurationReconciler.handleUpdate). One that goes is not looked at.
 */
export function statusOfRuleConfiguration(
  { resources }: Pick<LoadTask, 'resources'>,
  configuration: ListenerRuleConfiguration
): RuleConfigurationStatus {
  if (configuration.metadata.deletionTimestamp !== undefined) {
    return {
      accepted: configuration.status?.accepted ?? false,
      message: configuration.status?.message ?? 'status unknown'
    }
  }
  const namespace = namespaceOf(configuration)
  const secret = configuration.spec?.actions?.find(
    ({ type, authenticateOIDCConfig }) => type === 'authenticate-oidc' && authenticateOIDCConfig?.secret
  )?.authenticateOIDCConfig?.secret
  return secret && !findSecret(resources, namespace, secret.name)
    ? { accepted: false, message: `secret [${namespace}/${secret.name}] not found` }
    : { accepted: true, message: 'Accepted' }
}

/** The names of the ListenerRuleConfigurations in a rule's filters; references to others are passed over in silence. */
export function ruleConfigurationNames(filters: HTTPRouteFilter[] = []): string[] {
  return filters.flatMap(({ type, extensionRef }) =>
    type === 'ExtensionRef' &&
    extensionRef?.group === gatewayConfigurationGroup &&
    extensionRef.kind === 'ListenerRuleConfiguration'
      ? [extensionRef.name]
      : []
  )
}

/** LBC: listenerRuleConfigLoader. @throws RouteError */
export function loadRuleConfiguration(
  task: LoadTask,
  route: AnyRoute,
  filters: HTTPRouteFilter[] | undefined
): ListenerRuleConfiguration | undefined {
  const [name, ...others] = ruleConfigurationNames(filters)
  if (name === undefined) {
    return undefined
  }
  if (others.length > 0) {
    throw routeError(
      route,
      'Only one listener rule config can be referenced per route rule, found multiple',
      'IncompatibleFilters'
    )
  }
  const namespace = namespaceOf(route)
  const key = `${namespace}/${name}`
  const configuration = task.objects.find('ListenerRuleConfiguration', namespace, name)
  if (!configuration) {
    throw routeError(route, `ListenerRuleConfiguration [${key}] not found)`, 'IncompatibleFilters')
  }
  const { accepted, message } = statusOfRuleConfiguration(task, configuration)
  if (!accepted) {
    const text = `ListenerRuleConfiguration [${key}] is not accepted. Reason:  ${message})`
    throw routeError(route, text, 'IncompatibleFilters')
  }
  return configuration
}
