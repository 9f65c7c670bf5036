export { AWSEndpoint, type AWSEvent, type AWSOptions } from './endpoint/endpoint.ts'
export { nodesOf } from './endpoint/nodes.ts'
export { serviceNames, serviceTable } from './protocol/table.ts'
