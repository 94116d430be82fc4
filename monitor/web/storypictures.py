"""The pictures of one story: its sides, its dots in time, who copied whom."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from monitor.inquiry import sides as grouping
from monitor.inquiry import storypage
from monitor.inquiry.storypage import Outlet, Told
from monitor.store.storybook import Report
from monitor.web import pictures
from monitor.web.pictures import Dot
from monitor.web.view import View

MOST_OUTLETS = 24


def sides(told: Told) -> Markup:
    """How many articles each side has."""
    named = ", ".join(f"{side} {count}" for side, count in told.parts)
    return pictures.coverage("sides", told.parts, says=f"Articles by side: {named}")


def timeline(told: Told, view: View) -> Markup:
    """Each report and each change as a dot."""
    official = {one.source_id for one in told.outlets if one.side == grouping.OFFICIAL}
    found = [_dot(one, official, view) for one in told.book.reports]
    changed = storypage.changes(told.book)
    titles = {one.id: view.source(one.source_id, one.origin) for one in told.book.reports}
    found += [
        Dot(
            one.first_seen,
            "changed",
            f"{view.when(one.first_seen)} {titles.get(one.article_id, '')} changed",
            f"/articles/a{one.article_id}/diff?old={one.number - 1}&new={one.number}",
        )
        for one in changed
    ]
    first, last = storypage.span(told.book)
    count = sum(one.source_id in official for one in told.book.reports)
    says = f"{len(told.book.reports)} reports, {count} of them official, {len(changed)} changed afterwards"
    return pictures.dots(
        "timeline",
        found,
        says=says,
        detail=f"from {view.when(first)} to {view.when(last)}",
        labels=(view.when(first), view.when(last)) if first != last else (view.when(first),),
    )


def _dot(one: Report, official: set[str], view: View) -> Dot:
    kind = "official" if one.source_id in official else "report"

    def label() -> str:
        return f"{view.when(one.at)} {view.source(one.source_id, one.origin)}: {one.title[:120]}"

    return Dot(one.at, kind, label, f"/articles/a{one.id}")


def graph(told: Told, view: View) -> Markup:
    """Who carried it first and who copied whom; the outlets that came first."""
    outlets = told.outlets[:MOST_OUTLETS]
    names = {one.source_id: view.source(one.source_id, one.first.origin) for one in told.outlets}
    called = {name.lower(): name for name in names.values()}
    reports = [
        pictures.Report(
            outlet=names[one.source_id],
            at=one.first.at,
            label=f"{view.when(one.first.at)} {names[one.source_id]}{_whose(one, names)}",
            href=f"/articles/a{one.first.id}",
            of=names.get(one.copies, "") or _agency(one, called, names[one.source_id]),
        )
        for one in outlets
    ]
    agencies = _agencies(outlets, {one.outlet for one in reports}, called, view)
    own = sum(not one.of for one in reports)
    says = f"{len(reports)} outlets in order of their first reports, {own} of them with their own"
    return pictures.carried("carried", [*agencies, *reports], says=says, detail="lines run from a report to its copies")


def _whose(one: Outlet, names: dict[str, str]) -> str:
    copied = f", copy of {names[one.copies]}" if one.copies in names else ""
    return copied + (f", credited to {', '.join(one.credits)}" if one.credits else "")


def _agency(one: Outlet, called: dict[str, str], own: str) -> str:
    """The agency whose report it carries; one that is an outlet here, too, has that outlet's name."""
    found = called.get(one.credits[0].lower(), one.credits[0]) if one.credits else ""
    return "" if found == own else found


def _agencies(outlets: Sequence[Outlet], there: set[str], called: dict[str, str], view: View) -> list[pictures.Report]:
    """Agencies that are credited and were not read themselves, each from the first credit on."""
    found: dict[str, pictures.Report] = {}
    for one in outlets:
        agency = "" if one.copies else _agency(one, called, "")
        if agency and agency not in there:
            label = f"{agency}: first credited {view.when(one.first.at)}"
            found.setdefault(agency, pictures.Report(agency, one.first.at, label, agency=True))
    return list(found.values())
