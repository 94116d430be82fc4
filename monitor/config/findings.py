"""Collects the problems of one config file, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from monitor.config.locator import Path, line_of
from monitor.config.secret import Surroundings
from monitor.config.wording import shown_key, worded
from monitor.errors import Problem

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Findings:
    """The raw file, where its keys stand, and what was found wrong or worth saying so far."""

    file: str
    raw: Mapping[str, Any]
    lines: Mapping[Path, int]
    around: Surroundings
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at a key, not yet collected."""
        return Problem(self.file, line_of(self.lines, path), shown_key(path, self.raw), message)

    def wrong(self, path: Path, message: str) -> None:
        """Collect a problem."""
        self.problems.append(self.problem(path, message))

    def warn(self, path: Path, message: str) -> None:
        """Collect something that works, but not as one may believe."""
        self.warnings.append(self.problem(path, message))

    def judged(self, model: type[M], path: Path, value: Any) -> M | None:
        """The table at `path` as its model, or None with its problems collected."""
        try:
            return model.model_validate(value, context=self.around)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                self.wrong((*path, *detail["loc"]), worded(detail, _keys(model, detail["loc"])))
        return None


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, in the order of the file."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))


def _keys(model: type[BaseModel], place: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that the table around `place` may have."""
    for part in place[:-1]:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return ()
        model = annotation
    return tuple(info.alias or name for name, info in model.model_fields.items())
