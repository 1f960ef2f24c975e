// The container's own check: /health of the service in it, over whatever it speaks. Exit code 0 or 1.
import { env, exit } from 'node:process'

const { request } = await import(env.TLS_CERT ? 'node:https' : 'node:http')
// Its certificate has the name that others know it by, not that of this machine.
request({ host: '127.0.0.1', port: env.PORT || 9090, path: '/health', rejectUnauthorized: false, timeout: 4000 }, (answer) => exit(answer.statusCode === 200 ? 0 : 1))
  .on('timeout', () => exit(1))
  .on('error', () => exit(1))
  .end()
