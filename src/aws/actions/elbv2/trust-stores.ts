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
>

export const trustStoreActions: Actions<TrustStoreOperations> = {
  CreateTrustStore({ Name, Tags }, call) {
    if (call.all('trustStores').some(({ name }) => name === Name)) {
      throw new ServiceError('DuplicateTrustStoreName', `A trust store with the same name '${Name}' exists`)
    }
    requireRoom(call, 'trust-stores', call.all('trustStores').length + 1, {
      code: 'TooManyTrustStores',
      what: 'trust stores'
    })
    const arn = call.arn('elasticloadbalancing', `truststore/${Name}/${call.digits(16)}`)
    const trustStore = { name: Name, arn, revocations: [] }
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

  ModifyTrustStore({ TrustStoreArn }, call) {
    return { TrustStores: [describeTrustStore(require(call, 'trustStores', TrustStoreArn))] }
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
    call.put('trustStores', TrustStoreArn, { ...trustStore, revocations: [...trustStore.revocations, ...added] })
    return { TrustStoreRevocations: added.map(one => describeRevocation(TrustStoreArn, one)) }
  },

  DescribeTrustStoreRevocations(input, call) {
    const { TrustStoreArn, RevocationIds = [] } = input
    const { revocations } = require(call, 'trustStores', TrustStoreArn)
    const missing = RevocationIds.find(id => !revocations.includes(id))
    if (missing !== undefined) {
      throw new ServiceError('RevocationIdNotFound', `Revocation ID '${missing}' not found`)
    }
    const found = revocations.filter(id => RevocationIds.length === 0 || RevocationIds.includes(id))
    const { items, marker } = paged(call, found, String, input)
    return { TrustStoreRevocations: items.map(one => describeRevocation(TrustStoreArn, one)), ...marker }
  },

  RemoveTrustStoreRevocations({ TrustStoreArn, RevocationIds }, call) {
    const trustStore = require(call, 'trustStores', TrustStoreArn)
    const missing = RevocationIds.find(id => !trustStore.revocations.includes(id))
    if (missing !== undefined) {
      throw new ServiceError('RevocationIdNotFound', `Revocation ID '${missing}' not found`)
    }
    const revocations = trustStore.revocations.filter(id => !RevocationIds.includes(id))
    call.put('trustStores', TrustStoreArn, { ...trustStore, revocations })
    return {}
  }
}
