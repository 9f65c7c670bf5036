import { describe, expect, test } from '@jest/globals'
import { routeAmendment } from '../../../../src/controller/gateway/route-amendment.ts'
import type { RouteStatus } from '../../../../src/model/index.ts'
import type { HTTPRoute, ParentReference } from '../../../../src/resources/index.ts'

const time = '2026-01-02T00:00:00Z'
const controllerName = 'gateway.k8s.aws/alb'
const [edge, mesh] = ['edge', 'mesh'].map((name): ParentReference => ({ name })) as [ParentReference, ParentReference]

type Parents = NonNullable<NonNullable<HTTPRoute['status']>['parents']>

function route(parentRefs: ParentReference[], parents: Parents = [], generation = 2): HTTPRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop', generation, resourceVersion: '7' },
    spec: { parentRefs },
    status: { parents }
  }
}

function report(parentRef: ParentReference, over: Partial<RouteStatus> = {}): RouteStatus {
  return {
    route: 'HTTPRoute shop/web',
    parentRef,
    accepted: true,
    resolvedRefs: true,
    reason: 'Accepted',
    message: 'Route is accepted by Gateway',
    ...over
  }
}

function parentsAfter(one: HTTPRoute, reports: RouteStatus[], now = time): Parents | undefined {
  const amendment = routeAmendment(one, reports, controllerName, now)
  return amendment && 'body' in amendment
    ? (amendment.body as { status: { parents: Parents } }).status.parents
    : undefined
}

describe('the status of a route', () => {
  const [ofEdge] = parentsAfter(route([edge]), [report(edge)])!
  const ofIstio: Parents[number] = { parentRef: mesh, controllerName: 'istio.io/gateway-controller', conditions: [] }

  test('tells the references first, then whether it is accepted, without the message of success', () => {
    const common = { observedGeneration: 2, lastTransitionTime: time, status: 'True', message: '' }
    expect(ofEdge).toEqual({
      parentRef: edge,
      controllerName,
      conditions: [
        { type: 'ResolvedRefs', reason: 'ResolvedRefs', ...common },
        { type: 'Accepted', reason: 'Accepted', ...common }
      ]
    })
  })

  test('is written under the version that it was read with', () => {
    expect(routeAmendment(route([edge]), [report(edge)], controllerName, time)).toMatchObject({
      subresource: '/status',
      body: { metadata: { resourceVersion: '7' } }
    })
  })

  test('says what is wrong in the condition that it is about', () => {
    const wrong = report(edge, { resolvedRefs: false, reason: 'BackendNotFound', message: 'no such Service' })
    const [parent] = parentsAfter(route([edge]), [wrong])!
    expect(parent!.conditions!.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['ResolvedRefs', 'False', 'BackendNotFound'],
      ['Accepted', 'True', 'Accepted']
    ])
  })

  const cases: { name: string; before: HTTPRoute; parents: Parents | undefined }[] = [
    { name: 'what stands there already is not written again', before: route([edge], [ofEdge!]), parents: undefined },
    {
      name: 'what others say of their parents stays',
      before: route([mesh, edge], [ofIstio]),
      parents: [ofIstio, ofEdge!]
    },
    {
      name: 'what is said of a parent that is named no longer goes',
      before: route([edge], [ofEdge!, { ...ofEdge!, parentRef: mesh }]),
      parents: [ofEdge!]
    }
  ]
  test.each(cases)('$name', ({ before, parents }) => {
    expect(parentsAfter(before, [report(edge)], parents ? time : '2026-01-03T00:00:00Z')).toEqual(parents)
  })

  test('of another generation is told anew', () => {
    const [parent] = parentsAfter(route([edge], [ofEdge!], 3), [report(edge)])!
    expect(parent!.conditions!.map(({ observedGeneration }) => observedGeneration)).toEqual([3, 3])
  })
})
