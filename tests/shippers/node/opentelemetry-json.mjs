import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { report } from './opentelemetry.mjs'

await report(OTLPLogExporter)
