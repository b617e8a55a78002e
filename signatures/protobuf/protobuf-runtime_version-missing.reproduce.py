from grpc_health.v1 import health_pb2

print(health_pb2.HealthCheckRequest(service="app"))
