"""Deliveries that tell the same, together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Delivery, DeliveryKind


@dataclass(frozen=True, slots=True)
class Telling:
    """The deliveries of one development, which belong together on a screen."""

    title: str
    first: Delivery
    deliveries: tuple[Delivery, ...]


def tellings(rows: Sequence[Delivery], titles: Mapping[int, str]) -> list[Telling]:
    """Neighbouring deliveries of one development as one; a summary stands alone."""
    groups: list[list[Delivery]] = []
    for row in rows:
        last = groups[-1][0] if groups else None
        same = last is not None and (last.development_id, last.version_id) == (row.development_id, row.version_id)
        if same and row.development_id is not None:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [Telling(_title(group[0], titles), group[0], tuple(sorted(group, key=_order))) for group in groups]


def _order(row: Delivery) -> int:
    return row.id


def _title(row: Delivery, titles: Mapping[int, str]) -> str:
    if row.kind is DeliveryKind.SUMMARY:
        return row.message.subject if row.message is not None and row.message.subject else "Summary of a first import"
    if row.notice is not None:
        return row.notice.title
    if row.kind in (DeliveryKind.EDIT, DeliveryKind.DIGEST) and row.message is not None and row.message.subject:
        return row.message.subject
    if row.kind is DeliveryKind.DIGEST:
        return "Digest"
    return titles.get(row.development_id or 0, "") or "Untitled"
