"""What the server does, in the form Prometheus reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from visavis.server.service import Service

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts of one server; nothing is shared between two servers in one process."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "visavis_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "visavis_request_seconds",
            "Time from request to answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.cached = Counter(
            "visavis_cached_answers", "Queries answered from memory.", registry=self.registry
        )
        running = Gauge(
            "visavis_queries_running", "Queries that run or wait.", registry=self.registry
        )
        running.set_function(lambda: service.queries.running)

    def page(self) -> bytes:
        """Return all counts as text."""
        return generate_latest(self.registry)
