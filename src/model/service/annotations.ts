import { serviceAnnotationPrefix, serviceAnnotationReaders } from '../../resources/index.ts'
import { createAnnotationReader } from '../annotation/parser.ts'

/** The annotations of Services of type LoadBalancer, by their names without the prefix. */
export const { readString, readBool, readInt32, readStringList, readStringMap, readJSON } = createAnnotationReader(
  serviceAnnotationPrefix,
  serviceAnnotationReaders.keys()
)
