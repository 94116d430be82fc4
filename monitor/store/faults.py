"""What the databases complain about, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from monitor.errors import Busy, StoreError
from monitor.store.place import Place

# What is our own mistake in a statement stays what it is: a bug, with its traceback.
_BUGS = (DataError, IntegrityError, ProgrammingError)
_WORDS = (
    ("disk is full", "the disk is full: free some space; nothing that was recorded is lost"),
    ("no space left", "the disk is full: free some space; nothing that was recorded is lost"),
    ("could not extend file", "the disk is full: free some space; nothing that was recorded is lost"),
    ("disk i/o error", "the disk cannot be read or written: look at its free space, its quota and the system's log"),
    ("not a database", "this is no Storywatch archive: correct [archive] url, or restore a backup"),
    ("malformed", "the file is damaged: stop the daemon and put a backup in its place"),
    ("readonly", "it cannot be written: give this user the right to write the file and its folder"),
    ("unable to open", "it cannot be opened: look at the rights of the file and its folder"),
    ("connection refused", "no server answers there: start PostgreSQL or correct [archive] url"),
    ("password", "the server refuses the login: correct [archive] url"),
    ("does not exist", "there is no such database: create it or correct [archive] url"),
)


@contextmanager
def worded(place: Place) -> Iterator[None]:
    """Turn what a database cannot do now into a StoreError; Busy when somebody else holds it too long."""
    try:
        yield
    except NoConnection as error:
        raise Busy(f"archive {place}: no free connection within the time limit; try again") from error
    except _BUGS:
        raise
    except (OperationalError, InternalError, DatabaseError) as error:
        raise _described(place, str(error.orig)) from error


def _described(place: Place, said: str) -> StoreError:
    folded = said.casefold()
    if "is locked" in folded or "lock timeout" in folded:
        return Busy(f"archive {place}: another process has been writing for too long; try again")
    for sign, advice in _WORDS:
        if sign in folded:
            return StoreError(f"archive {place}: {advice} ({_short(said)})")
    return StoreError(f"archive {place}: {_short(said)}")


def _short(said: str) -> str:
    return " ".join(said.split())[:300]
