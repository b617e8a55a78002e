import splunk from 'splunk-logging'
import { address, key, text, thrown } from './crash.mjs'

const logger = new splunk.Logger({ token: key, url: address })
logger.error = (trouble) => { throw trouble }
logger.send({ message: text ?? thrown().stack, severity: 'error', metadata: { source: 'shop' } })
