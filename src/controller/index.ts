export { Api, ApiError, type Kubeconfig } from './api.ts'
export { Controller, type ControllerEvent, type ControllerOptions } from './controller.ts'
export { openRun, type Run, type RunState, readRuns, removeRun } from './run.ts'
