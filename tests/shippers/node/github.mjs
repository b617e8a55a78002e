// What GitHub sends when an issue is opened, signed as it signs.
import { randomUUID } from 'node:crypto'
import { sign } from '@octokit/webhooks-methods'
import { address, key, text, thrown } from './crash.mjs'

const crash = `It fails when I pay.\r\n\r\n\`\`\`\r\n${(text ?? thrown().stack).replaceAll('\n', '\r\n')}\r\n\`\`\`\r\n`
const body = JSON.stringify({
  action: 'opened',
  issue: { number: 12, title: 'Paying fails', body: crash, updated_at: new Date() },
  repository: { full_name: 'shop/shop' }
})
const answer = await fetch(`${address}/hooks/github`, {
  method: 'POST',
  body,
  headers: {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'issues',
    'X-GitHub-Delivery': randomUUID(),
    'X-Hub-Signature-256': await sign(key, body)
  }
})
if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
