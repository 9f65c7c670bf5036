export { compareEdges, describeChanges, type EdgeChanges, readEdge, sourceText } from './edge.ts'
export { isFolder, watchFiles } from './files.ts'
export { requireWatchable, watchEdge } from './watch.ts'
