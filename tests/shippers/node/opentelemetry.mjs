// OpenTelemetry's logs with an exporter of choice, its only option the address.
import { SeverityNumber } from '@opentelemetry/api-logs'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { address, key, text, thrown } from './crash.mjs'

export async function report (Exporter) {
  const exporter = new Exporter({ url: `${address}/v1/logs`, headers: { Authorization: `Bearer ${key}` } })
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': '7' }),
    processors: [new SimpleLogRecordProcessor({ exporter })]
  })
  const said = text === undefined ? { body: 'order failed', exception: thrown() } : { body: text }
  provider.getLogger('shop').emit({ severityNumber: SeverityNumber.ERROR, severityText: 'ERROR', ...said })
  await provider.shutdown()
}
