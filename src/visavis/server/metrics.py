"""Prometheus metrics of one server."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Metrics in a registry of their own: two servers in one process share nothing.

    `queries_running` is called at each scrape and returns the queries that run or wait.
    """

    def __init__(self, queries_running: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "visavis_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "visavis_request_seconds",
            "Time from request to response.",
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
        running.set_function(queries_running)

    def render(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
