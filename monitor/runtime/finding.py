"""One line of the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Grade(StrEnum):
    """How bad it is: fail means that something does not work, warn that it soon may not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `mend`: the command or the edit that mends it, "" where nothing is to be done.

    `detail`: what was measured, by name, for programs.
    """

    check: str
    grade: Grade
    said: str
    mend: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
