/** What answers at the node port, in a process of its own. Argument: its port. */

import { createServer } from 'node:http'

const body = 'x'.repeat(1024)

createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length })
  response.end(body)
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('listening'))
process.on('disconnect', () => process.exit())
