// Winston with one transport of choice; a handler that is told of trouble fails the run.
import winston from 'winston'
import { text, thrown } from './crash.mjs'

export function log (transport) {
  transport.on('warn', (trouble) => { throw trouble })
  const logger = winston.createLogger({
    format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.json()),
    defaultMeta: { service: 'shop' },
    transports: [transport]
  })
  logger.error(text ?? thrown())
  return logger
}
