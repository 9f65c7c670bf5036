import type { Schema } from './schema-fit.ts'
import { list, object, string, strings } from './schema-words.ts'

/** As in a file for istioctl, which tells itself that a number must have no quotes. */
const looseNumber = { type: ['integer', 'string'] }
const operatorPort = object({ name: string, port: looseNumber, targetPort: looseNumber, nodePort: looseNumber })

/** The types of the fields that are read of an IstioOperator; what only istioctl refuses, such as a quoted number, is a finding and no wrong type. */
export const operatorShape: Schema = object({
  spec: object({
    profile: string,
    namespace: string,
    components: object({
      ingressGateways: list(
        object({
          name: string,
          namespace: string,
          label: strings,
          k8s: object({
            service: object({ ports: list(operatorPort), selector: strings }),
            serviceAnnotations: object({}),
            podAnnotations: object({}),
            overlays: list(object({ patches: list(object({})) }))
          })
        })
      )
    }),
    values: object({
      global: object({ istioNamespace: string }),
      gateways: {
        type: 'object',
        additionalProperties: { type: ['object', 'boolean', 'string'] },
        properties: {
          'istio-ingressgateway': object({
            name: string,
            labels: strings,
            type: string,
            ports: list(operatorPort),
            serviceAnnotations: object({}),
            externalTrafficPolicy: string
          })
        }
      }
    })
  })
})
