"""An announced article that was edited: who heard of it is told what was changed, once for each version."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import LeaseLost
from monitor.model import Edit, EntryState, Known, WaitingEntry
from monitor.pipeline.chrome import Masked
from monitor.store import Store, deliveries, edits, entries, rechecks, rules

_HEADLINE = frozenset(("headline",))


@dataclass(frozen=True, slots=True)
class Edited:
    """What a new version changed; `touched` are the rules whose matched words it changed or removed."""

    edit: Edit = field(default_factory=Edit)
    touched: tuple[str, ...] = ()

    @property
    def adds(self) -> bool:
        """Whether it tells sentences that were not there before."""
        return any("added" in one.kinds for one in self.edit.alterations)

    @property
    def matters(self) -> bool:
        """Whether a reader of the version before must know of it."""
        return self.edit.material or bool(self.touched)

    @property
    def only_headline(self) -> bool:
        found = {kind for one in self.edit.alterations for kind in one.kinds} - {"added", "wording"}
        return found <= _HEADLINE


def edited(tx: Connection, own: Masked, latest: Known) -> Edited:
    """Compare a reading with the version before it."""
    document = own.kept.document
    earlier = replace(document, url=latest.url, title=latest.title, text=latest.text, captions=0)
    edit = edits.between(tx, earlier, document)
    return Edited(edit, edits.touched(edit, rules.matches_of(tx, [latest.version_id])[latest.version_id]))


def owe_notice(
    tx: Connection, found: Edited, article_id: int, version_id: int, due_at: datetime, now: datetime, *, told_anew: bool
) -> int:
    """Owe the notice of a material edit to everybody who was told of the article; returns to how many.

    Where the version makes an alert of its own (`told_anew`), another headline is no news besides.
    """
    if not found.matters or (told_anew and found.only_headline):
        return 0
    heard = edits.audience(tx, article_id)
    return sum(
        deliveries.owe_edit(tx, destination, version_id, turn, story, due_at, now)
        for destination, (turn, story) in heard.items()
    )


def end_recheck(store: Store, waiting: WaitingEntry, owner: str, now: datetime, *, error: str = "") -> None:
    """Record that a re-check brought nothing new. Raises LeaseLost, with nothing recorded, when it is another's."""
    with store.write() as tx:
        if not entries.finish(tx, waiting.id, owner, EntryState.DONE, now, error=error):
            raise LeaseLost(waiting.url_key)
        rechecks.close(tx, waiting.id, None)
