"""Pages of a list by its keys: where the next one begins, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.stores.records import Order, Place


def stretches(
    value: str, row: str, order: Order, after: Place | None, *, parameter: str
) -> Iterator[tuple[str, list[str | int], str]]:
    """Yield condition, parameters and order of the items with a value, then of the others.

    `value` and `row` are expressions of what a list is ordered by, and `parameter` is how the
    engine marks a place for one, `?` or `%s`.
    """
    way, beyond = (" DESC", "<") if order.descending else ("", ">")
    if after is None:
        yield f"{value} IS NOT NULL", [], f"{value}{way}, {row}{way}"
    elif after.value is not None:
        condition = f"({value}, {row}) {beyond} ({parameter}, {parameter})"
        yield condition, [after.value, after.number], f"{value}{way}, {row}{way}"
    condition, parameters = f"{value} IS NULL", list[str | int]()
    if after is not None and after.value is None:
        condition, parameters = f"{condition} AND {row} {beyond} {parameter}", [after.number]
    yield condition, parameters, f"{row}{way}"
