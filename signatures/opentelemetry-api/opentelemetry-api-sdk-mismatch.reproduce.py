from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

print(TracerProvider().get_tracer("shop"), LoggerProvider().get_logger("shop"))
