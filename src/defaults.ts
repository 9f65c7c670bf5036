/**
 * What is taken where a command line does not say. It stands by itself, so that a command can be declared without the stages that
 * it runs.
 *
 * @module
 */

import { ownFile } from './own-file.ts'

/** The chart of this project. */
export const ownChart = ownFile('charts/istio-alb-ingress')

/** Where Istio puts its gateway, and a release without `--namespace` goes. */
export const releaseNamespace = 'istio-system'

/** The namespace of what names none and is applied without `--namespace`: kubectl's and Helm's own. */
export const defaultNamespace = 'default'

/** The image that `istio-alb up --in-cluster` runs, unless another is named. */
export const controllerImage = 'istio-alb-controller:local'
