import { describe } from '@jest/globals'
import { testMistakes } from '../mistakes.ts'
import { ingress } from '../objects.ts'

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'a protected Ingress that is being deleted',
      objects: [
        {
          ...ingress({ 'load-balancer-attributes': 'deletion_protection.enabled=true' }),
          metadata: {
            ...ingress({ 'load-balancer-attributes': 'deletion_protection.enabled=true' }).metadata,
            deletionTimestamp: '2026-01-01T00:00:00Z',
            finalizers: ['ingress.k8s.aws/resources']
          }
        }
      ],
      error: 'deletion_protection is enabled, cannot delete the ingress: web'
    }
  ])
})
