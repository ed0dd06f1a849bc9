"""What Chromium's trace says of the frames of a page: how much of each was work of the page.

On a busy machine a frame may be late because other programs had the processor. So tasks are
counted by the processor time of their thread, beside the time that passed.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8", "__metadata"]
KINDS = {
    "scripts": {"FunctionCall", "RunMicrotasks", "EventDispatch", "FireAnimationFrame"},
    "style and layout": {"UpdateLayoutTree", "Layout"},
    "painting": {"PrePaint", "Paint", "Layerize", "Commit"},
    "garbage": {"MinorGC", "MajorGC"},
}
_ELSEWHERE = {"decoding images": "ImageDecodeTask", "rasterising": "RasterTask"}


def summary(trace: Path, long_ms: float) -> dict[str, Any]:
    """Return how long tasks and frames took, in ms; frames above `long_ms` one by one."""
    events = json.loads(trace.read_bytes())["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    spans = [event for event in events if event["ph"] == "X"]
    page = Counter(
        (event["pid"], event["tid"])
        for event in spans
        if event["name"] == "FireAnimationFrame" and (event["pid"], event["tid"]) in mains
    ).most_common(1)[0][0]
    main = sorted(
        (event for event in spans if (event["pid"], event["tid"]) == page),
        key=lambda event: (event["ts"], -event["dur"]),
    )
    tasks = [event for event in main if event["name"] == "RunTask"]
    elsewhere = [event for event in spans if event["pid"] == page[0]]
    return {
        "longest task": _ms(max(event["dur"] for event in tasks)),
        "longest task, processor": _ms(max(map(_processor, tasks))),
        "processor": {
            "all tasks": _ms(sum(map(_processor, tasks))),
            **{kind: _ms(_outermost(main, names)) for kind, names in KINDS.items()},
            **{
                kind: _ms(sum(_processor(event) for event in elsewhere if event["name"] == name))
                for kind, name in _ELSEWHERE.items()
            },
        },
        "long frames": _long_frames(main, tasks, long_ms),
    }


def _long_frames(main: list[Any], tasks: list[Any], long_ms: float) -> list[dict[str, float]]:
    """Return the frames above `long_ms`: how long, and the page's processor time within."""
    starts = sorted({event["ts"] for event in main if event["name"] == "FireAnimationFrame"})
    frames = pairwise(starts)
    return [
        {
            "ms": _ms(end - start),
            "processor": _ms(sum(_processor(task) for task in tasks if start <= task["ts"] < end)),
        }
        for start, end in frames
        if end - start > 1000 * long_ms
    ]


def _outermost(events: list[Any], names: set[str]) -> float:
    """Return the processor time of spans of these names that are in no other of them."""
    total, end = 0.0, 0.0
    for event in events:
        if event["name"] in names and event["ts"] >= end:
            total += _processor(event)
            end = event["ts"] + event["dur"]
    return total


def _processor(event: Any) -> float:
    return min(event.get("tdur", event["dur"]), event["dur"])


def _ms(microseconds: float) -> float:
    return round(microseconds / 1000, 1)
