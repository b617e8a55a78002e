"""What an operator wants to see, as Prometheus reads it: what this process did, and what the database says of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# seconds; the usual report takes milliseconds, a hostile one of full length some seconds
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Readings = Callable[[], Iterable[tuple[str, tuple[str, ...], float]]]

# What the database knows: name, what it is, its labels.
COUNTERS: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("tracelore_source_records", "Records taken, by source; of all processes.", ["source"]),
    (
        "tracelore_source_crashes",
        "Crashes counted, by source and whether a signature explains them; of all.",
        ["source", "explained"],
    ),
)
GAUGES: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("tracelore_database_up", "Whether the database answers.", []),
    ("tracelore_inbox_rows", "What waits: requests to be joined, open streams, crashes to be diagnosed.", ["what"]),
    ("tracelore_inbox_characters", "Characters that wait to be diagnosed.", []),
    ("tracelore_parked", "What could not be read or counted and is parked, by source.", ["source"]),
    ("tracelore_deliveries_standing", "Deliveries of webhooks that wait, or were given up.", ["state"]),
)


class Meters:
    """The counters, and the registry that holds them."""

    def __init__(self, signatures: int, readings: Readings) -> None:
        """Start at nothing, with a book of that many signatures; `readings` are asked for at each look."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_FromDatabase(readings))
        self.diagnoses = Counter(
            "tracelore_diagnoses", "Reports diagnosed, by verdict.", ["verdict"], registry=self.registry
        )
        self.seconds = Histogram(
            "tracelore_diagnosis_seconds",
            "Time from a report's bytes to its kept diagnosis.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "tracelore_requests_refused",
            "Requests of log pipelines that were not taken, by door and reason.",
            ["door", "reason"],
            registry=self.registry,
        )
        self.deliveries = Counter(
            "tracelore_deliveries",
            "Tries to deliver news to webhooks, by the webhook's kind and outcome: sent, failed or dead.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        Gauge("tracelore_signatures", "Signatures in the book.", registry=self.registry).set(signatures)

    def delivered(self, kind: str, outcome: str) -> None:
        """Count a try of a webhook."""
        self.deliveries.labels(kind, outcome).inc()


class _FromDatabase(Collector):
    """Asks the database when Prometheus asks us: several processes would else each tell of another moment."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """The families, each with all its readings."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        families |= {name: CounterMetricFamily(name, text, labels=labels) for name, text, labels in COUNTERS}
        families |= {name: GaugeMetricFamily(name, text, labels=labels) for name, text, labels in GAUGES}
        for name, values, number in self._readings():
            families[name].add_metric(values, number)
        yield from families.values()
