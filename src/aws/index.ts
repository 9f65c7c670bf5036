export { AWSEndpoint, type AWSEvent, type AWSOptions } from './endpoint/endpoint.ts'
export { serviceNames, serviceTable } from './protocol/table.ts'
