# the command opentelemetry-bootstrap
from opentelemetry.instrumentation.bootstrap import run

run()
