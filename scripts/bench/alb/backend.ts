/** A backend for what nginx does not do: takes uploads to their end. Argument: its port. */

import http from 'node:http'

http
  .createServer((request, response) => {
    let bytes = 0
    request.on('data', chunk => {
      bytes += chunk.length
    })
    request.on('end', () => response.end(String(bytes)))
  })
  .listen(Number(process.argv[2]), '127.0.0.1')
