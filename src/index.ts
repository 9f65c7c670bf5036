/**
 * Everything that the commands do, as a library.
 *
 * @module
 */

export * from './alb/index.ts'
export * from './check/index.ts'
export * from './cluster/index.ts'
export * from './failure.ts'
export * from './model/index.ts'
export * from './render/index.ts'
export * from './report/index.ts'
export * from './resources/index.ts'
export * from './values/index.ts'
