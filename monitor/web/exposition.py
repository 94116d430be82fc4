"""Figures in the text format 0.0.4 of Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
GAUGE, COUNTER = "gauge", "counter"
Labels = Mapping[str, str]
Sample = tuple[Labels, float]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: what it is called and means, and its samples, each with its own labels."""

    name: str
    kind: str
    says: str
    samples: tuple[Sample, ...]


def one(name: str, says: str, value: float, kind: str = GAUGE) -> Family:
    """A metric of a single figure."""
    return Family(name, kind, says, (({}, value),))


def exposition(families: Iterable[Family]) -> str:
    """All of them; one without samples is left out."""
    return "".join(_written(family) for family in families if family.samples)


def _written(family: Family) -> str:
    says = family.says.replace("\\", "\\\\").replace("\n", "\\n")
    lines = [f"# HELP {family.name} {says}", f"# TYPE {family.name} {family.kind}"]
    lines += [f"{family.name}{_labels(labels)} {_number(value)}" for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 6))
