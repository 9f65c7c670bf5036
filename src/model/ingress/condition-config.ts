/**
 * Conditions as annotations hold them in JSON. The types are those that the controller decodes into (LBC:
 * pkg/ingress/config_types.go), and the checks are its own; what AWS would refuse beyond them passes.
 *
 * @module
 */
import { type GoType, goString, pointer, slice } from '../go/json.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { named, optionalString, strings, struct } from './config-types.ts'

interface ValuesConfig {
  values?: string[]
  regexValues?: string[]
}

export interface ConditionConfig {
  field: string
  hostHeaderConfig?: ValuesConfig
  pathPatternConfig?: ValuesConfig
  httpHeaderConfig?: ValuesConfig & { httpHeaderName: string }
  httpRequestMethodConfig?: { values?: string[] }
  queryStringConfig?: { values?: { key?: string; value: string }[] }
  sourceIPConfig?: { values?: string[] }
}

function valuesOrRegexes(name: string): GoType {
  return struct(name, { regexValues: strings, values: strings })
}

export const conditionsType: GoType = slice(
  struct('RuleCondition', {
    field: named('RuleConditionField'),
    hostHeaderConfig: pointer(valuesOrRegexes('HostHeaderConditionConfig')),
    httpHeaderConfig: pointer(
      struct('HTTPHeaderConditionConfig', { httpHeaderName: goString, regexValues: strings, values: strings })
    ),
    httpRequestMethodConfig: pointer(struct('HTTPRequestMethodConditionConfig', { values: strings })),
    pathPatternConfig: pointer(valuesOrRegexes('PathPatternConditionConfig')),
    queryStringConfig: pointer(
      struct('QueryStringConditionConfig', {
        values: slice(struct('QueryStringKeyValuePair', { key: optionalString, value: goString }))
      })
    ),
    sourceIPConfig: pointer(struct('SourceIPConditionConfig', { values: strings }))
  })
)

function checkValuesOrRegexes({ values = [], regexValues = [] }: ValuesConfig): void {
  if (values.length === 0 && regexValues.length === 0) {
    throw new ModelError('values or regexValues must be specified')
  }
  if (values.length > 0 && regexValues.length > 0) {
    throw new ModelError('precisely one of values and regexValues can be specified')
  }
}

function checkValues({ values = [] }: { values?: string[] }): void {
  if (values.length === 0) {
    throw new ModelError('values cannot be empty')
  }
}

function checkQueryString({ values = [] }: NonNullable<ConditionConfig['queryStringConfig']>): void {
  if (values.length === 0) {
    throw new ModelError('Values cannot be empty')
  }
  if (values.some(({ value }) => value === '')) {
    throw new ModelError('value cannot be empty')
  }
}

function checkConfig<Config>(name: string, config: Config | undefined, check: (config: Config) => void): void {
  if (config === undefined) {
    throw new ModelError(`missing ${name}`)
  }
  withErrorPrefix(`invalid ${name}`, () => check(config))
}

/** LBC: RuleCondition.Validate. An unknown field is no mistake, such a condition has no effect. @throws ModelError */
export function checkCondition(condition: ConditionConfig): void {
  const { field, hostHeaderConfig, pathPatternConfig, httpHeaderConfig } = condition
  const { httpRequestMethodConfig, queryStringConfig, sourceIPConfig } = condition
  if (field === 'host-header') {
    checkConfig('hostHeaderConfig', hostHeaderConfig, checkValuesOrRegexes)
  } else if (field === 'path-pattern') {
    checkConfig('pathPatternConfig', pathPatternConfig, checkValuesOrRegexes)
  } else if (field === 'http-header') {
    checkConfig('httpHeaderConfig', httpHeaderConfig, checkValuesOrRegexes)
  } else if (field === 'http-request-method') {
    checkConfig('httpRequestMethodConfig', httpRequestMethodConfig, checkValues)
  } else if (field === 'query-string') {
    checkConfig('queryStringConfig', queryStringConfig, checkQueryString)
  } else if (field === 'source-ip') {
    checkConfig('sourceIPConfig', sourceIPConfig, checkValues)
  }
}
