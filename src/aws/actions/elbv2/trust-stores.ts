/**
 * Trust stores. Their bundles and revocation lists are in S3, which is not here: every trust store takes what the development
 * CA issued, and its revocation lists are empty.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import type { TrustStore } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, paged, require, select } from './lookup.ts'
import { requireRoom } from './quota.ts'
import { putTags } from './tags.ts'

function describeTrustStore({ name, arn }: TrustStore): elbv2.TrustStore {
  return {
    Name: name,
    TrustStoreArn: arn,
    Status: 'ACTIVE',
    NumberOfCaCertificates: 1,
    TotalRevokedEntries: 0
  }
}

function associationsOf(call: Call, arn: string): string[] {
  return call
    .all('listeners')
    .filter(({ MutualAuthentication }) => MutualAuthentication?.TrustStoreArn === arn)
    .map(({ ListenerArn }) => ListenerArn)
}

function describeRevocation(arn: string, id: number) {
  return { TrustStoreArn: arn, RevocationId: id, RevocationType: 'CRL' as const, NumberOfRevokedEntries: 0 }
}

/** @throws {ServiceError} for an ID that is not among them. */
function requireRevocations(known: readonly number[], asked: readonly number[]): void {
  const missing = asked.find(id => !known.includes(id))
  if (missing !== undefined) {
    throw new ServiceError('RevocationIdNotFound', `Revocation ID '${missing}' not found`)
  }
}

/** Where an object of S3 is; AWS signs the address, and nothing is kept there. */
function objectURL({ region }: Call, bucket: string, key: string): string {
  return `https://${bucket}.s3.${region}.amazonaws.com/${key}`
}

type TrustStoreOperations = Pick<
  elbv2.Elbv2Operations,
  | 'CreateTrustStore'
  | 'DescribeTrustStores'
  | 'ModifyTrustStore'
  | 'DeleteTrustStore'
  | 'DescribeTrustStoreAssociations'
  | 'AddTrustStoreRevocations'
  | 'DescribeTrustStoreRevocations'
  | 'RemoveTrustStoreRevocations'
  | 'GetTrustStoreCaCertificatesBundle'
  | 'GetTrustStoreRevocationContent'
>

export const trustStoreActions: Actions<TrustStoreOperations> = {
  CreateTrustStore(input, call) {
    const { Name, Tags } = input
    if (call.all('trustStores').some(({ name }) => name === Name)) {
      throw new ServiceError('DuplicateTrustStoreName', `A trust store with the same name '${Name}' exists`)
    }
    requireRoom(call, 'trust-stores', call.all('trustStores').length + 1, {
      code: 'TooManyTrustStores',
      what: 'trust stores'
    })
    const arn = call.arn('elasticloadbalancing', `truststore/${Name}/${call.digits(16)}`)
    const location = objectURL(call, input.CaCertificatesBundleS3Bucket, input.CaCertificatesBundleS3Key)
    const trustStore = { name: Name, arn, revocations: [], location }
    call.put('trustStores', arn, trustStore)
    putTags(call, arn, Tags)
    return { TrustStores: [describeTrustStore(trustStore)] }
  },

  DescribeTrustStores(input, call) {
    const { TrustStoreArns, Names } = input
    if (TrustStoreArns?.length && Names?.length) {
      throw invalid('Trust store names and trust store ARNs cannot be specified at the same time')
    }
    const found = select(call, 'trustStores', { arns: TrustStoreArns, names: Names, nameOf: ({ name }) => name })
    const { items, marker } = paged(call, found, ({ arn }) => arn, input)
    return { TrustStores: items.map(describeTrustStore), ...marker }
  },

  ModifyTrustStore(input, call) {
    const trustStore = require(call, 'trustStores', input.TrustStoreArn)
    const location = objectURL(call, input.CaCertificatesBundleS3Bucket, input.CaCertificatesBundleS3Key)
    call.put('trustStores', trustStore.arn, { ...trustStore, location })
    return { TrustStores: [describeTrustStore(trustStore)] }
  },

  GetTrustStoreCaCertificatesBundle({ TrustStoreArn }, call) {
    const { name, location } = require(call, 'trustStores', TrustStoreArn)
    if (location === undefined) {
      throw new ServiceError('NotImplemented', `aws.yaml does not say where the certificates of '${name}' are`, {
        status: 501
      })
    }
    return { Location: location }
  },

  DeleteTrustStore({ TrustStoreArn }, call) {
    require(call, 'trustStores', TrustStoreArn)
    if (associationsOf(call, TrustStoreArn).length > 0) {
      throw new ServiceError('TrustStoreInUse', `Trust store '${TrustStoreArn}' is currently in use by a listener`)
    }
    call.remove('trustStores', TrustStoreArn)
    call.remove('tags', TrustStoreArn)
    return {}
  },

  DescribeTrustStoreAssociations(input, call) {
    require(call, 'trustStores', input.TrustStoreArn)
    const { items, marker } = paged(call, associationsOf(call, input.TrustStoreArn), arn => arn, input)
    return { TrustStoreAssociations: items.map(ResourceArn => ({ ResourceArn })), ...marker }
  },

  AddTrustStoreRevocations({ TrustStoreArn, RevocationContents = [] }, call) {
    const trustStore = require(call, 'trustStores', TrustStoreArn)
    const last = Math.max(0, ...trustStore.revocations)
    const added = RevocationContents.map((_content, index) => last + index + 1)
    const locations = RevocationContents.map(({ S3Bucket = '', S3Key = '' }, index) => [
      added[index],
      objectURL(call, S3Bucket, S3Key)
    ])
    call.put('trustStores', TrustStoreArn, {
      ...trustStore,
      revocations: [...trustStore.revocations, ...added],
      revocationLocations: { ...trustStore.revocationLocations, ...Object.fromEntries(locations) }
    })
    return { TrustStoreRevocations: added.map(one => describeRevocation(TrustStoreArn, one)) }
  },

  GetTrustStoreRevocationContent({ TrustStoreArn, RevocationId }, call) {
    const { revocations, revocationLocations } = require(call, 'trustStores', TrustStoreArn)
    requireRevocations(revocations, [RevocationId])
    const location = revocationLocations?.[RevocationId]
    return location === undefined ? {} : { Location: location }
  },

  DescribeTrustStoreRevocations(input, call) {
    const { TrustStoreArn, RevocationIds = [] } = input
    const { revocations } = require(call, 'trustStores', TrustStoreArn)
    requireRevocations(revocations, RevocationIds)
    const found = revocations.filter(id => RevocationIds.length === 0 || RevocationIds.includes(id))
    const { items, marker } = paged(call, found, String, input)
    return { TrustStoreRevocations: items.map(one => describeRevocation(TrustStoreArn, one)), ...marker }
  },

  RemoveTrustStoreRevocations({ TrustStoreArn, RevocationIds }, call) {
    const trustStore = require(call, 'trustStores', TrustStoreArn)
    requireRevocations(trustStore.revocations, RevocationIds)
    const revocations = trustStore.revocations.filter(id => !RevocationIds.includes(id))
    call.put('trustStores', TrustStoreArn, { ...trustStore, revocations })
    return {}
  }
}
