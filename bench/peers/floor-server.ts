/** The process that answers constants: what HTTP alone costs, and the generator. */
import { createServer } from 'node:http'

const port = Number(process.argv[2])
const issuer = `http://127.0.0.1:${port}`
const metadata = JSON.stringify({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
})
// As long as what the others answer. Two refresh tokens take turns, so that each differs from the one before.
const tokens = ['a', 'b'].map((letter) =>
  JSON.stringify({
    access_token: `floor.${'x'.repeat(600)}`,
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: `floor_${letter.repeat(70)}`,
  }),
)
const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const location = `https://client.example/callback?code=floor_${'c'.repeat(70)}&state=x&iss=${issuer}`

const server = createServer((request, response) => {
  if (request.method === 'POST') {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const answer = tokens[body.includes('floor_a') ? 1 : 0] ?? ''
      response.writeHead(200, { ...json, 'content-length': answer.length }).end(answer)
    })
  } else if (request.url?.startsWith('/authorize') === true) {
    response.writeHead(303, { location, 'content-length': 0 }).end()
  } else {
    response.writeHead(200, json).end(metadata)
  }
})
server.listen(port, '127.0.0.1', () => console.log('the floor is ready'))
process.on('SIGTERM', () => process.exit())
