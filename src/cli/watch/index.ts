export { compareEdges, describeChanges, readEdge, sourceText } from './edge.ts'
export { isFolder, watchFiles } from './files.ts'
export { requireWatchable, watchEdge } from './watch.ts'
