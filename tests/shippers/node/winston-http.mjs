import winston from 'winston'
import { hostname, key, port } from './crash.mjs'
import { log } from './winston.mjs'

const auth = { bearer: key }
const batch = process.argv.at(-1) === 'batch'
log(new winston.transports.Http({ host: hostname, port, path: 'ingest', auth, batch, batchInterval: 200 }))
