"""The one registry: named things, with built-ins and third parties using the same door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from visavis.errors import UnknownNameError, suggest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

T = TypeVar("T")


class Registry(Generic[T]):
    """Things of one kind by name, such as dataset readers or vector stores.

    A package outside this one adds its own through the entry-point group `visavis.<kind>`.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under `name`."""

        def add(thing: T) -> T:
            self._things[name] = thing
            return thing

        return add

    def names(self) -> list[str]:
        """List all names, those of other packages included, in alphabetical order."""
        return sorted({*self._things, *self._entry_points().names})

    def __contains__(self, name: str) -> bool:
        return name in self._things or name in self._entry_points().names

    def get(self, name: str) -> T:
        """Return the thing called `name`, or raise UnknownNameError naming the nearest."""
        if name not in self._things:
            for entry in self._entry_points().select(name=name):
                self._things[name] = entry.load()
        if name not in self._things:
            hint = suggest(name, self.names())
            raise UnknownNameError(f"unknown {self.kind.removesuffix('s')} {name!r}; {hint}")
        return self._things[name]

    def _entry_points(self) -> EntryPoints:
        from importlib.metadata import entry_points  # slow to import, seldom needed

        return entry_points(group=f"visavis.{self.kind}")
