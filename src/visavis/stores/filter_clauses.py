"""Filters as SQL, as far as both engines of SQL say the same: see `visavis.types.Condition`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeAlias

from visavis.types import Condition, Filter, Near

Value: TypeAlias = str | float
Clause: TypeAlias = tuple[str, list[Value]]
"""A condition in SQL over `items i` and `sources s`, and its parameters."""

FIXED = {"id": "i.id", "modality": "i.modality", "text": "i.text", "source": "s.source"}
"""Keys that are columns; all others are asked of the metadata."""


class FilterClauses(ABC):
    """Conditions in the SQL of one engine."""

    def compile(self, where: Filter) -> Clause:
        """Return SQL with each condition after an AND, and parameters."""
        sql, parameters = "", list[Value]()
        for condition in where:
            clause, values = self._clause(condition)
            sql += f" AND {clause}"
            parameters += values
        return sql, parameters

    def _clause(self, condition: Condition | Near) -> Clause:
        if isinstance(condition, Near):
            return self.near(condition)
        key, operator, value = condition.key, condition.operator, condition.value
        if operator == "~":
            return self.matches(key, value)
        positive = "=" if operator == "!=" else operator
        clause, parameters = self.compares(key, positive, value)
        if condition.written is not None:
            text, texts = self.compares(key, positive, condition.written)
            clause, parameters = f"({clause} OR {text})", [*parameters, *texts]
        return f"({clause}) IS NOT TRUE" if operator == "!=" else clause, parameters

    @abstractmethod
    def near(self, near: Near) -> Clause:
        """Ask for the great-circle distance of a position."""

    @abstractmethod
    def matches(self, key: str, pattern: Value) -> Clause:
        """Ask whether a value matches a pattern, whatever the case of its letters."""

    @abstractmethod
    def compares(self, key: str, operator: str, value: Value) -> Clause:
        """Compare numbers with numbers and texts with texts; of a list, one has to fit.

        `true` and `false` are texts.
        """
