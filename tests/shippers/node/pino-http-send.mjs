// Batches by HTTP: `json` wraps the records in an object, `ndjson` has one a line and no content type.
import pino from 'pino'
import httpSend from 'pino-http-send'
import { address, key } from './crash.mjs'
import { log } from './pino.mjs'

const stream = httpSend.createWriteStream({
  url: `${address}/ingest`,
  bodyType: process.argv.at(-1),
  headers: { Authorization: `Bearer ${key}` }
})
log(pino({ name: 'shop' }, stream))
