"""What an operator wants to see of this process, as Prometheus reads it. Each application counts for itself."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

# seconds; the usual report takes milliseconds, a hostile one of full length some seconds
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """The counters, and the registry that holds them."""

    def __init__(self, signatures: int) -> None:
        """Start at nothing, with a book of that many signatures."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.diagnoses = Counter(
            "tracelore_diagnoses", "Reports diagnosed, by verdict.", ["verdict"], registry=self.registry
        )
        self.seconds = Histogram(
            "tracelore_diagnosis_seconds",
            "Time from a report's bytes to its kept diagnosis.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        Gauge("tracelore_signatures", "Signatures in the book.", registry=self.registry).set(signatures)
