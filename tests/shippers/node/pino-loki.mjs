import { address, key } from './crash.mjs'
import { through } from './pino.mjs'

through('pino-loki', { host: address, basicAuth: { username: 'shop', password: key }, labels: { app: 'shop' } })
