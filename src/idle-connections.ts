/**
 * How long a server of ours keeps a connection that nobody uses, in milliseconds: longer than clients in Go do (net/http:
 * DefaultTransport, 90 s), among them the API server and AWS's SDK. Whoever closes first has to be the client: a request that is
 * sent just as the server closes is reset, and one with a body is not sent again.
 */
export const idleConnectionTimeout = 120_000
