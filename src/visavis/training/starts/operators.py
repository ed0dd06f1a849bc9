"""Operators of ONNX as functions of torch: those that networks of images and texts are made of.

Each takes the attributes of a node and its inputs, None for an input that is left out. See
https://onnx.ai/onnx/operators for what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from visavis.registry import Registry

Attributes: TypeAlias = Mapping[str, Any]
Operator: TypeAlias = Callable[..., Any]

OPERATORS: Registry[Operator] = Registry("onnx_operators")
"""Functions of (attributes, *inputs); one with several outputs returns a list."""

DTYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float32}
"""Types by their numbers in ONNX; weights of half precision learn in single."""

_PLAIN: dict[str, Operator] = {
    "Add": torch.add,
    "And": torch.logical_and,
    "Div": lambda a, b: a / b if a.is_floating_point() else a // b,
    "Equal": torch.eq,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Gelu": F.gelu,
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Identity": lambda x: x,
    "IsNaN": torch.isnan,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "Log": torch.log,
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "Min": torch.minimum,
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Or": torch.logical_or,
    "Pow": torch.pow,
    "Reciprocal": torch.reciprocal,
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "Sqrt": torch.sqrt,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Where": torch.where,
}


def _plain(function: Operator) -> Operator:
    return lambda _, *inputs: function(*inputs)


for _name, _function in _PLAIN.items():
    OPERATORS.register(_name)(_plain(_function))


def _ints(x: Tensor) -> list[int]:
    return [int(each) for each in x.tolist()] if x.dim() else [int(x)]


@OPERATORS.register("ArgMax")
def _arg_max(given: Attributes, x: Tensor) -> Tensor:
    return x.to(torch.int64).argmax(given.get("axis", 0), keepdim=bool(given.get("keepdims", 1)))


@OPERATORS.register("AveragePool")
def _average_pool(given: Attributes, x: Tensor) -> Tensor:
    _refuse(given, pads=0, auto_pad=b"NOTSET")
    shape, strides = given["kernel_shape"], given.get("strides", (1, 1))
    ceil = bool(given.get("ceil_mode"))
    return F.avg_pool2d(x, shape, strides, ceil_mode=ceil, count_include_pad=False)


@OPERATORS.register("Cast")
def _cast(given: Attributes, x: Tensor) -> Tensor:
    return x.to(DTYPES[given["to"]])


@OPERATORS.register("Clip")
def _clip(given: Attributes, x: Tensor, low: Any = None, high: Any = None) -> Tensor:
    low, high = given.get("min", low), given.get("max", high)
    if low is not None:
        x = x.clamp(min=low)
    return x if high is None else x.clamp(max=high)


@OPERATORS.register("Concat")
def _concat(given: Attributes, *parts: Tensor) -> Tensor:
    return torch.cat(parts, given["axis"])


@OPERATORS.register("Constant")
def _constant(given: Attributes) -> Tensor:
    found: Tensor = next(iter(given.values()))
    return torch.as_tensor(found)


@OPERATORS.register("ConstantOfShape")
def _constant_of_shape(given: Attributes, shape: Tensor) -> Tensor:
    value = given.get("value", torch.zeros(1))
    return torch.full(_ints(shape), value.item(), dtype=value.dtype)


@OPERATORS.register("Conv")
def _conv(given: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    _refuse(given, auto_pad=b"NOTSET")
    top, left, bottom, right = given.get("pads", (0, 0, 0, 0))
    if top or left or bottom or right:
        x = F.pad(x, (left, right, top, bottom))
    strides, dilations = given.get("strides", (1, 1)), given.get("dilations", (1, 1))
    return F.conv2d(x, weight, bias, strides, 0, dilations, given.get("group", 1))


@OPERATORS.register("DepthToSpace")
def _depth_to_space(given: Attributes, x: Tensor) -> Tensor:
    _refuse({"mode": b"DCR", **given}, mode=b"CRD")
    return F.pixel_shuffle(x, given["blocksize"])


@OPERATORS.register("Expand")
def _expand(_: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    wanted = _ints(shape)
    own = [1] * (len(wanted) - x.dim()) + list(x.shape)
    wanted = [1] * (len(own) - len(wanted)) + wanted
    return x.expand([max(pair) for pair in zip(own, wanted, strict=True)])


@OPERATORS.register("Flatten")
def _flatten(given: Attributes, x: Tensor) -> Tensor:
    axis = given.get("axis", 1)
    return x.reshape(x.shape[:axis].numel(), -1)


@OPERATORS.register("Gather")
def _gather(given: Attributes, x: Tensor, index: Tensor) -> Tensor:
    axis = given.get("axis", 0) % x.dim()
    index = torch.where(index < 0, index + x.shape[axis], index)
    if axis == 0 and x.is_floating_point() and x.dim() == 2:
        return F.embedding(index, x)
    return x[(slice(None),) * axis + (index,)]


@OPERATORS.register("GatherND")
def _gather_nd(given: Attributes, x: Tensor, index: Tensor) -> Tensor:
    _refuse(given, batch_dims=0)
    return x[tuple(index.unbind(-1))]


@OPERATORS.register("GatherElements")
def _gather_elements(given: Attributes, x: Tensor, index: Tensor) -> Tensor:
    return x.gather(given.get("axis", 0), index)


@OPERATORS.register("Gemm")
def _gemm(given: Attributes, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    a, b = a.T if given.get("transA") else a, b.T if given.get("transB") else b
    found: Tensor = given.get("alpha", 1.0) * (a @ b)
    return found if c is None else found + given.get("beta", 1.0) * c


@OPERATORS.register("GlobalAveragePool")
def _global_average_pool(_: Attributes, x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3), keepdim=True)


@OPERATORS.register("LayerNormalization")
def _layer_norm(given: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    shape = x.shape[given.get("axis", -1) :]
    return F.layer_norm(x, shape, weight, bias, given.get("epsilon", 1e-5))


@OPERATORS.register("Range")
def _range(_: Attributes, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    return torch.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype)


def _reduction(function: Callable[..., Tensor]) -> Operator:
    """Make an operator of a function of (x, dim, keepdim); axes are an input or an attribute."""

    def reduce(given: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
        named = given.get("axes") if axes is None else _ints(axes)
        return function(x, named or tuple(range(x.dim())), bool(given.get("keepdims", 1)))

    return reduce


OPERATORS.register("ReduceL2")(_reduction(lambda x, dim, keep: x.square().sum(dim, keep).sqrt()))
OPERATORS.register("ReduceLogSumExp")(_reduction(torch.logsumexp))
OPERATORS.register("ReduceMax")(_reduction(torch.amax))
OPERATORS.register("ReduceMean")(_reduction(torch.mean))
OPERATORS.register("ReduceSum")(_reduction(torch.sum))


@OPERATORS.register("Pad")
def _pad(given: Attributes, x: Tensor, pads: Tensor, value: Tensor | None = None) -> Tensor:
    _refuse(given, mode=b"constant")
    starts, ends = torch.tensor(_ints(pads)).view(2, -1).tolist()
    sides = [each for pair in zip(reversed(starts), reversed(ends), strict=True) for each in pair]
    return F.pad(x, sides, value=0.0 if value is None else float(value))


@OPERATORS.register("Reshape")
def _reshape(given: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    wanted, literal = _ints(shape), bool(given.get("allowzero"))
    return x.reshape([side if side or literal else x.shape[n] for n, side in enumerate(wanted)])


@OPERATORS.register("Resize")
def _resize(given: Attributes, x: Tensor, *further: Tensor | None) -> Tensor:
    """Resize to the nearest cell, by a whole factor."""
    if given.get("mode", b"nearest") != b"nearest":
        raise NotImplementedError("Resize other than to the nearest cell")
    scales = further[1] if len(further) > 1 else None
    if scales is not None and scales.numel():
        return F.interpolate(x, scale_factor=scales[2:].tolist())
    sizes = further[2]
    assert sizes is not None
    return F.interpolate(x, size=_ints(sizes)[2:])


@OPERATORS.register("Shape")
def _shape(given: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(x.shape[given.get("start", 0) : given.get("end")])


@OPERATORS.register("Slice")
def _slice(
    _: Attributes,
    x: Tensor,
    starts: Tensor,
    ends: Tensor,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    named = range(x.dim()) if axes is None else _ints(axes)
    every = [1] * len(starts) if steps is None else _ints(steps)
    for axis, start, end, step in zip(named, _ints(starts), _ints(ends), every, strict=False):
        if step < 0:
            raise NotImplementedError(f"Slice backwards, by {step}")
        size = x.shape[axis]
        rows = slice(max(start, -size), min(end, size), step)
        x = x[(slice(None),) * (axis % x.dim()) + (rows,)]
    return x


@OPERATORS.register("Softmax")
def _softmax(given: Attributes, x: Tensor) -> Tensor:
    return x.softmax(given.get("axis", -1))


@OPERATORS.register("Split")
def _split(given: Attributes, x: Tensor, sizes: Tensor | None = None) -> Sequence[Tensor]:
    axis = given.get("axis", 0)
    if sizes is not None or "split" in given:
        return torch.split(x, given["split"] if sizes is None else _ints(sizes), axis)
    return x.tensor_split(given["num_outputs"], axis)


@OPERATORS.register("Squeeze")
def _squeeze(given: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    named = given.get("axes") if axes is None else _ints(axes)
    return x.squeeze() if named is None else x.squeeze(tuple(named))


@OPERATORS.register("Tile")
def _tile(_: Attributes, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(_ints(repeats))


@OPERATORS.register("Transpose")
def _transpose(given: Attributes, x: Tensor) -> Tensor:
    return x.permute(given.get("perm", list(range(x.dim()))[::-1]))


@OPERATORS.register("Unsqueeze")
def _unsqueeze(given: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    named = given["axes"] if axes is None else _ints(axes)
    rank = x.dim() + len(named)
    for axis in sorted(axis % rank for axis in named):
        x = x.unsqueeze(axis)
    return x


def _refuse(given: Attributes, **expected: Any) -> None:
    """Raise NotImplementedError for attributes with other values than the expected ones."""
    for name, value in expected.items():
        found = given.get(name, value)
        if any(found) if isinstance(found, list) else found != value:
            raise NotImplementedError(f"{name} = {found}")
