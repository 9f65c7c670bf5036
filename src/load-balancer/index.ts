export { systemClock } from './clock.ts'
export { plainAddress } from './listener.ts'
export { createLoadBalancer } from './load-balancer.ts'
export { createDevelopmentAuthority, type DevelopmentAuthority } from './tls/certificate.ts'
