"""The error tree: what the rest of the house may raise on purpose.

StorywatchError
├── ConfigError        the config file cannot be used (carries every problem found)
├── QueryError         one query cannot be parsed (carries the position)
├── StoreError         the archive cannot be opened or used
│   ├── Busy           another process holds the archive
│   ├── LeaseLost      another owner took the work over: nothing was recorded
│   └── NewerSchema    the database was written by a newer version
├── ParseError         bytes are not what they claim to be (feed, page, file)
├── UsageError         a command was asked for something that does not exist
├── GuardError         the network guard does not hold: refuse to start
└── DeliveryError      a channel did not take a message (says whether to try again)

A failed exchange with a server is a value (`Fetch.outcome`), not an exception. Anything else that is raised is a bug
and stops its step loudly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class StorywatchError(Exception):
    """Root of everything raised on purpose; the text says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a config file: `line` is 1-based, 0 where no line is known."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(StorywatchError):
    """Every problem of a config at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class QueryError(StorywatchError):
    """A query that cannot be read; `position` is a 0-based character offset into the query."""

    def __init__(self, message: str, position: int) -> None:
        self.message = message
        self.position = position
        super().__init__(f"{message} (at character {position + 1})")


class StoreError(StorywatchError):
    """The archive cannot be opened or used."""


class Busy(StoreError):
    """Another process holds the archive."""


class LeaseLost(StoreError):
    """Another owner took the work over; nothing of ours was recorded."""


class NewerSchema(StoreError):
    """The database was written by a newer Storywatch than this one."""


class ParseError(StorywatchError):
    """Bytes are not what they claim to be."""


class UsageError(StorywatchError):
    """A command was asked for something that does not exist."""


class GuardError(StorywatchError):
    """The network guard let our own canary through."""


class DeliveryError(StorywatchError):
    """A channel did not take a message.

    `permanent`: trying again cannot help. `ambiguous`: the receiver may have taken it. `retry_after`: seconds that the
    receiver asked us to wait, or None: the lane to it rests, and that try does not count. `off`: nothing will be taken
    until a person mends the cause (a revoked token): the lane is switched off and its owner told. `give_up_after`:
    seconds after which this is not worth another try, where that is sooner than usual. `again`: seconds to the next
    try by the channel's own schedule, which also says when it is over.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
        off: bool = False,
        give_up_after: float | None = None,
        again: float | None = None,
    ) -> None:
        self.again = again
        self.give_up_after = give_up_after
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = retry_after
        self.off = off
        super().__init__(message)
