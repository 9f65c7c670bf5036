import type { Config } from 'jest'

const project = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }]
  }
} satisfies Config

const config: Config = {
  // No test waits for time to pass: what takes this long hangs, and a busy machine is no failure.
  testTimeout: 60_000,
  // A snapshot that is missing is a failure, never a new truth: `--ci` in package.json's scripts.
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['unit/**', 'snapshots/**']
        .map(folder => `<rootDir>/tests/${folder}/*.test.ts`)
        .concat('<rootDir>/docs/examples/**/*.test.ts'),
      // The examples import the package by its name, as its users do.
      moduleNameMapper: { '^istio-alb$': '<rootDir>/src/index.ts', '^istio-alb/jest$': '<rootDir>/src/jest/index.ts' }
    },
    { ...project, displayName: 'attacks', testMatch: ['<rootDir>/tests/attacks/**/*.test.ts'] },
    { ...project, displayName: 'e2e', testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'] }
  ]
}

export default config
