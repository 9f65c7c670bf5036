export { serviceNames, serviceTable } from './protocol/table.ts'
