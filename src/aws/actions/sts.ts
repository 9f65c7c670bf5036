import { ServiceError } from '../protocol/service-error.ts'
import type { StsOperations } from '../protocol/shapes/sts.ts'
import type { Actions, Call } from './call.ts'

/** Seconds for which credentials last that name no duration. */
const defaultDuration = 3600

/** Credentials that open nothing: whoever asks is let in without any. */
function credentialsFor(
  call: Call,
  {
    RoleArn,
    RoleSessionName,
    DurationSeconds = defaultDuration
  }: { RoleArn: string; RoleSessionName: string; DurationSeconds?: number }
) {
  const role = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(RoleArn)
  if (!role) {
    throw new ServiceError('ValidationError', `${RoleArn} is invalid`)
  }
  const [, account, name] = role
  const id = `AROA${call.digits(17).toUpperCase()}`
  return {
    Credentials: {
      // An access key of twelve digits names the account, wherever it is used.
      AccessKeyId: account!,
      SecretAccessKey: call.digits(40),
      SessionToken: call.digits(64),
      Expiration: new Date(call.now.getTime() + DurationSeconds * 1000)
    },
    AssumedRoleUser: {
      AssumedRoleId: `${id}:${RoleSessionName}`,
      Arn: `arn:${call.partition}:sts::${account}:assumed-role/${name}/${RoleSessionName}`
    }
  }
}

/** Security Token Service. */
export const stsActions: Actions<StsOperations> = {
  GetCallerIdentity: (_input, call) => ({
    UserId: 'AIDAISTIOALB00000000',
    Account: call.accountID,
    Arn: `arn:${call.partition}:iam::${call.accountID}:user/istio-alb`
  }),
  AssumeRole: (input, call) => credentialsFor(call, input),
  AssumeRoleWithWebIdentity: (input, call) => ({
    ...credentialsFor(call, input),
    SubjectFromWebIdentityToken: input.RoleSessionName,
    Audience: 'sts.amazonaws.com'
  })
}
