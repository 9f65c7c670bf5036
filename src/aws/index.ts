export { type AWSEvent, AWSEndpoint, type AWSOptions } from './endpoint/endpoint.ts'
export { serviceNames, serviceTable } from './protocol/table.ts'
