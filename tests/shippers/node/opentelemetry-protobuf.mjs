import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { report } from './opentelemetry.mjs'

await report(OTLPLogExporter)
