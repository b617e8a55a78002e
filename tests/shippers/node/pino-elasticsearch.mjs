import pino from 'pino'
import toElasticsearch from 'pino-elasticsearch'
import { address, key } from './crash.mjs'
import { log } from './pino.mjs'

const stream = toElasticsearch({ node: `${address}/elastic`, auth: { username: 'shop', password: key } })
for (const trouble of ['error', 'insertError', 'unknown']) stream.on(trouble, (why) => { throw why })
log(pino({ name: 'shop' }, stream))
stream.end()
