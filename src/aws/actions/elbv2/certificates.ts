/**
 * Certificates of HTTPS and TLS listeners. (API: AddListenerCertificates, RemoveListenerCertificates,
 * DescribeListenerCertificates.)
 *
 * @module
 */

import { certificateARNViolations } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type { Certificate, Elbv2Operations } from '../../protocol/shapes/elbv2.ts'
import { listenersOf } from '../../state/relations.ts'
import type { Listener } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, paged, require } from './lookup.ts'
import { requireRoom } from './quota.ts'

/** @throws {ServiceError} for an ARN that is none of a certificate, or of one that the account does not have. */
function checkCertificate(call: Call, arn: string | undefined): string {
  const [violation] = certificateARNViolations(arn ?? '')
  if (violation || arn === undefined) {
    throw invalid(violation?.message ?? 'A certificate ARN must be specified')
  }
  // An `aws.yaml` without a list of certificates has all of them, and IAM's are on no list.
  const isListed = call.environment.certificates === undefined || arn.includes(':server-certificate/')
  const found = call.find('certificates', arn)
  if (!isListed && !found) {
    throw new ServiceError('CertificateNotFound', `Certificate '${arn}' not found`)
  }
  if (found && found.status !== 'ISSUED') {
    throw new ServiceError(
      'UnsupportedCertificate',
      `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`
    )
  }
  return arn
}

/** The default one, as a listener that is made or changed names it. @throws {ServiceError} for none, several or a wrong one. */
export function readDefaultCertificate(call: Call, certificates: readonly Certificate[]): Certificate[] {
  const [first, ...others] = certificates
  if (!first) {
    return []
  }
  if (others.length > 0) {
    throw new ServiceError('TooManyCertificates', 'Only one certificate can be specified as the default of a listener')
  }
  if (first.IsDefault !== undefined) {
    throw invalid("'IsDefault' cannot be specified for the certificate of a listener")
  }
  return [{ CertificateArn: checkCertificate(call, first.CertificateArn) }]
}

/** All of a listener: the default one, and the others, among which it may stand again. */
function certificatesOf({ Certificates = [], extraCertificates }: Listener): Certificate[] {
  return [
    ...Certificates.map(({ CertificateArn }) => ({ CertificateArn, IsDefault: true })),
    ...extraCertificates.map(CertificateArn => ({ CertificateArn, IsDefault: false }))
  ]
}

/** A certificate where TLS does not end. */
export function certificateOnPlain(protocol: string): ServiceError {
  return invalid(`A certificate cannot be specified for ${protocol} listeners`)
}

function secureListener(call: Call, arn: string): Listener {
  const listener = require(call, 'listeners', arn)
  if (listener.Protocol !== 'HTTPS' && listener.Protocol !== 'TLS') {
    throw certificateOnPlain(listener.Protocol)
  }
  return listener
}

type CertificateOperations = Pick<
  Elbv2Operations,
  'AddListenerCertificates' | 'RemoveListenerCertificates' | 'DescribeListenerCertificates'
>

export const certificateActions: Actions<CertificateOperations> = {
  AddListenerCertificates({ ListenerArn, Certificates }, call) {
    const listener = secureListener(call, ListenerArn)
    const added = Certificates.map(({ CertificateArn }) => checkCertificate(call, CertificateArn))
    const changed = { ...listener, extraCertificates: [...new Set([...listener.extraCertificates, ...added])] }
    const { LoadBalancerArn } = listener
    const extra = listenersOf(call.state, LoadBalancerArn).flatMap(one =>
      (one.ListenerArn === ListenerArn ? changed : one).extraCertificates.filter(
        arn => !(one.Certificates ?? []).some(({ CertificateArn }) => CertificateArn === arn)
      )
    )
    const type = call.find('loadBalancers', LoadBalancerArn)?.Type
    requireRoom(call, `certificates-per-${type}-load-balancer`, new Set(extra).size, {
      code: 'TooManyCertificates',
      what: `certificates on load balancer '${LoadBalancerArn}'`
    })
    call.put('listeners', ListenerArn, changed)
    return { Certificates: certificatesOf(changed) }
  },
  RemoveListenerCertificates({ ListenerArn, Certificates }, call) {
    const listener = secureListener(call, ListenerArn)
    const removed = Certificates.map(({ CertificateArn }) => CertificateArn)
    const defaults = (listener.Certificates ?? []).map(({ CertificateArn }) => CertificateArn)
    if (removed.some(arn => arn !== undefined && defaults.includes(arn) && !listener.extraCertificates.includes(arn))) {
      throw new ServiceError('OperationNotPermitted', 'The default certificate of a listener cannot be removed')
    }
    const extraCertificates = listener.extraCertificates.filter(arn => !removed.includes(arn))
    call.put('listeners', ListenerArn, { ...listener, extraCertificates })
    return {}
  },
  DescribeListenerCertificates(input, call) {
    const listener = secureListener(call, input.ListenerArn)
    const { items, marker } = paged(
      call,
      certificatesOf(listener),
      ({ CertificateArn, IsDefault }) => `${CertificateArn} ${IsDefault}`,
      input
    )
    return { Certificates: items, ...marker }
  }
}
