export type { GroupPlan, Plan } from './plan.ts'
export * from './stack.ts'
