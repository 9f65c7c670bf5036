export { eligibleNodes, instanceID, targetsOf } from './targets.ts'
