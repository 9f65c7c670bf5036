export { compareEdges, describeChanges, type EdgeChanges, readEdge, sourceText } from './edge.ts'
export { isFolder, watchFiles } from './files.ts'
export { addWatch, requireWatchable, type WatchOptions, watchEdge } from './watch.ts'
