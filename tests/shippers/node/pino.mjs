// Pino as its readers set it up: a transport in a thread of its own, and one line logged.
import pino from 'pino'
import { text, thrown } from './crash.mjs'

export function log (logger) {
  if (text === undefined) {
    logger.error(thrown(), 'order failed')
  } else {
    logger.error(text)
  }
}

export function through (target, options) {
  const transport = pino.transport({ target, options })
  log(pino({ name: 'shop' }, transport))
  transport.end()
}
