export { compareEdges, describeChanges, type Edge, type EdgeChanges, readEdge, sourceText } from './edge.ts'
export { watchFiles } from './files.ts'
export { addWatch, requireWatchable, type WatchOptions, watchEdge } from './watch.ts'
