"""Split a pretrained network into what lies below its projection, and the projection."""

from __future__ import annotations

import copy
from collections.abc import Collection

from torch import nn


def split(network: nn.Module, path: str) -> tuple[nn.Module, nn.Module]:
    """Return a copy of the network without the module at `path`, and that module.

    Parameters are shared: what the two parts learn, the network itself has learned. Without such
    a module the second part is the identity.
    """
    names = path.split(".")
    parts = [network]
    for name in names:
        found = parts[-1]._modules.get(name)  # noqa: SLF001 - getattr would make up attributes
        if found is None:
            return shallow(network), nn.Identity()
        parts.append(found)
    projection = parts.pop()
    below: nn.Module = nn.Identity()
    for part, name in zip(reversed(parts), reversed(names), strict=True):
        part = shallow(part)  # noqa: PLW2901 - a copy of each module on the way
        setattr(part, name, below)
        below = part
    return below, projection


def without(module: nn.Module, names: Collection[str]) -> nn.Module:
    """Return a copy of a module without the children named, and without values of its own."""
    made = shallow(module, names)
    made.__dict__["_parameters"] = {}
    return made


def shallow(module: nn.Module, without: Collection[str] = ()) -> nn.Module:
    """Return a copy of a module with the same children, but for those named."""
    made = copy.copy(module)
    children = module._modules.items()  # noqa: SLF001 - with those that are None
    made.__dict__["_modules"] = {name: child for name, child in children if name not in without}
    return made
