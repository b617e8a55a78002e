import * as Sentry from '@sentry/node'
import { hostname, key, port, text, thrown } from './crash.mjs'

Sentry.init({ dsn: `http://${key}@${hostname}:${port}/1`, release: 'shop@7', environment: 'production' })
if (text === undefined) {
  Sentry.captureException(thrown())
} else {
  Sentry.captureMessage(text, 'error')
}
await Sentry.flush(10000)
