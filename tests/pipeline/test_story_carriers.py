"""A story on its way: outlets in order, copies and agencies; what merges reports and what never does."""

from __future__ import annotations

from typing import Any

from monitor.inquiry.stories import story
from monitor.store import alerts, storyline

FRAME = (
    "Share this page with your friends, or write to the desk of the newspaper of Varn at any hour of the day.",
    "The newspaper of Varn is printed in the old mill, and read in 41 towns of both coastal states since 1904.",
    "Subscribers of the newspaper of Varn find the tides, the weather and the bridge column on page 12 below.",
    "All rights of the texts on this page belong to the newspaper of Varn, founded by Ida Brunn and her sisters.",
)
NEWS = (
    "The harbour pilots of Skerry ended their strike on 4 May after the board had promised 17 new boats.",
    "A truce between two fishing fleets off Brenna broke on 9 June, when 5 trawlers crossed the line of buoys.",
    "Engineers closed the pipeline at Osterby on 21 July, because 260 metres of it had been washed free.",
)


def told(desk: Any, story_id: int) -> Any:
    with desk.store.read() as tx:
        found = storyline.story_detail(tx, story_id)
    assert found is not None
    return story(found, ())


def test_outlets_stand_in_order_with_copies_and_agencies(desk: Any, article: str) -> None:
    desk.file("http://wire.example/1", "Harbour opens", f"{article}\n\nSource: Reuters")
    desk.tick(minutes=5)
    desk.file("http://daily.example/1", "Harbour is open", "From our desk\n\n" + article, "daily")
    row = told(desk, 1)
    assert [(one["source"], one["article"], one["copy_of"], one["credits"]) for one in row["outlets"]] == [
        ("wire", "a1", None, ["Reuters"]),
        ("daily", "a2", "a1", []),
    ]
    assert row["independent"] == 1
    (turn,) = row["developments"]
    assert [one["id"] for one in turn["articles"]] == ["a1", "a2"]
    assert (len(turn["outlets"]), turn["independent"]) == (2, 1)
    with desk.store.read() as tx:
        reports = alerts.alert(tx, 1).reports
    assert [(one.copy_of, one.credits) for one in reports] == [(None, ("Reuters",)), (1, ())]


def test_a_page_frame_alone_merges_nothing(desk: Any) -> None:
    """Three events under the same long frame are three stories, before and after the frame is learned as chrome."""
    for number, news in enumerate(NEWS, start=1):
        text = "\n\n".join((FRAME[0], news, *FRAME[1:]))
        desk.file(f"http://daily.example/{number}", news.partition(",")[0][:60], text, "daily")
        desk.tick(hours=1)
    with desk.store.read() as tx:
        rows, _ = storyline.story_page(tx, 10)
    assert [(row.id, row.articles) for row in rows] == [(3, 1), (2, 1), (1, 1)]


def test_a_story_has_a_timeline(desk: Any, article: str) -> None:
    """Developments in order, each with the reports that tell it."""
    desk.file("http://wire.example/1", "Harbour opens", article)
    desk.tick(hours=2)
    more = "On Wednesday 19 ships left Varn for Skerry, and 4 more were loaded with 52,000 tonnes of rye by night."
    longer = f"{article}\n\n{more}\n\nEnvoy Piet Halloran will fly to Brenna on 3 April to ask for a further 90 days."
    desk.file("http://wire.example/2", "First ships leave", longer)
    desk.file("http://daily.example/2", "First ships leave the harbour", longer, "daily")
    row = told(desk, 1)
    assert [[one["id"] for one in turn["articles"]] for turn in row["developments"]] == [["a1"], ["a2", "a3"]]
    first, second = row["developments"]
    assert first["first_seen"] < second["first_seen"]


def test_a_form_filled_in_anew_stays_in_its_story(desk: Any) -> None:
    form = (
        "The harbour watch of Varn counted {} boats adrift and {} buoys off the mole in the night, its chief said. "
        "Of the boats {} were towed to the old basin by morning, and the others went down west of the breakwater.\n\n"
        "It was the {} night of the truce, which both coastal states have kept since the talks in Osterby ended."
    )
    for number, figures in enumerate(((41, 12, 30, "third"), (57, 19, 44, "fourth")), start=1):
        text = form.format(*figures)
        desk.file(f"http://wire.example/{number}", f"{figures[0]} boats adrift off Varn overnight", text)
        desk.tick(hours=24)
    assert [[one["id"] for one in turn["articles"]] for turn in told(desk, 1)["developments"]] == [["a1"], ["a2"]]
