"""The registry of plug points: built-ins and plugins by name, through the same door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from visavis.errors import PluginError, UnknownNameError, suggest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

T = TypeVar("T")


class Registry(Generic[T]):
    """Objects of one kind by name, such as stores or losses.

    `kind` is a plural; other packages add their own in the entry-point group `visavis.<kind>`.
    A plugin is imported when its name is first asked for. Built-ins cannot be replaced by one.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._objects: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under `name`."""

        def add(registered: T) -> T:
            self._objects[name] = registered
            return registered

        return add

    def names(self) -> list[str]:
        """List all names, those of plugins included, in alphabetical order."""
        return sorted({*self._objects, *self._entry_points().names})

    def __contains__(self, name: str) -> bool:
        return name in self._objects or name in self._entry_points().names

    def get(self, name: str) -> T:
        """Return the object called `name`.

        Raises UnknownNameError with the nearest name, PluginError if a plugin cannot be imported.
        """
        if name not in self._objects:
            for entry in self._entry_points().select(name=name):
                self._objects[name] = self._load(entry)
        if name not in self._objects:
            raise UnknownNameError(f"unknown {self.noun} {name!r}; {suggest(name, self.names())}")
        return self._objects[name]

    @property
    def noun(self) -> str:
        """The kind in the singular, for messages: "loss", "relevance model"."""
        plural = self.kind.replace("_", " ")
        return plural.removesuffix("es" if plural.endswith("sses") else "s")

    def _entry_points(self) -> EntryPoints:
        from importlib.metadata import entry_points  # slow to import, seldom needed

        return entry_points(group=f"visavis.{self.kind}")

    def _load(self, entry: EntryPoint) -> T:
        try:
            loaded: T = entry.load()
        except Exception as error:  # a plugin's module may do anything
            package = f" of {entry.dist.name}" if entry.dist else ""
            why = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise PluginError(
                f"the {self.noun} {entry.name!r}{package} cannot be imported from {entry.value}: {why}"
            ) from error
        return loaded
