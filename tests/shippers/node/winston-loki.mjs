import LokiTransport from 'winston-loki'
import { address, key } from './crash.mjs'
import { log } from './winston.mjs'

const json = process.argv.at(-1) === 'json'
const transport = new LokiTransport({
  host: address, basicAuth: `shop:${key}`, labels: { app: 'shop' }, json, interval: 0.2, gracefulShutdown: false,
  onConnectionError: (trouble) => { throw trouble }
})
log(transport)
setTimeout(() => transport.flush().then(() => process.exit()), 400)
