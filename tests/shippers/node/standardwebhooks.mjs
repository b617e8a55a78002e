import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { address, key, text, thrown } from './crash.mjs'

const [id, now] = [`msg_${randomUUID()}`, new Date()]
const body = JSON.stringify({ type: 'order.failed', timestamp: now, message: text ?? thrown().stack })
const answer = await fetch(`${address}/hooks/standard`, {
  method: 'POST',
  body,
  headers: {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': new Webhook(key).sign(id, now, body)
  }
})
if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
