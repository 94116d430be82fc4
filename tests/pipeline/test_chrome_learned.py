"""Chrome is learned per host over stories, and neither rules nor novelty see it; news is never learned away."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor import pipeline
from monitor.inquiry.why import show
from monitor.model import Level
from monitor.query import analyse, compile_query, match
from monitor.store import chrome, review
from monitor.store.detail import article_detail
from monitor.store.tables import chrome as table
from spiders.extract import extract

BOX = (
    "Sign up to the Wire's morning letter about the truce at sea.",
    "Most read: the harbour master who never sleeps and his dog.",
    "Leave a Reply",
    "Your email address will not be published. Required fields are marked.",
)
PLACES = ("Varn", "Osterby", "Skerry", "Lund", "Marby", "Holm", "Tarn", "Visk")
_TEXT = "ba ce do fi gu ha je ko li mu na pe ro si tu va we xo zi bra cle dro fri glu ska ple tro sto"
SYLLABLES = _TEXT.split()


def story(number: int) -> str:
    """A story of its own, told in words that no other one has."""
    chance = random.Random(number)
    told = [" ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(14)) for _ in range(5)]
    first = f"The pipeline near {PLACES[number % 8]} lost {number + 311} barrels {told[0]}."
    return f"{first}\n\n{told[1].title()} {told[2]}.\n\n{told[3].capitalize()} {number + 900} {told[4]}."


def page(number: int) -> str:
    return "\n\n".join((story(number), *BOX))


def masked(desk: Any, article_id: int) -> list[str]:
    with desk.store.read() as tx:
        detail = article_detail(tx, article_id)
    assert detail is not None
    version = detail.versions[-1]
    return [version.document.text[start:end] for start, end in version.masked]


def file(desk: Any, number: int, text: str = "", host: str = "wire.example") -> Any:
    desk.tick(minutes=1)
    return desk.file(f"http://{host}/{number}", f"Leak number {number} at {PLACES[number % 8]}", text or page(number))


def test_furniture_is_masked_from_the_fourth_story_on_and_no_rule_sees_it(desk: Any) -> None:
    filed = [file(desk, number) for number in range(5)]
    assert [one.level for one in filed] == [Level.NEW] * 5
    assert [bool(one.rules) for one in filed] == [True, True, True, False, False]
    assert masked(desk, filed[2].article_id) == []
    assert " ".join(masked(desk, filed[3].article_id)) == " ".join(BOX)
    shown = show(desk.store, f"a{filed[3].article_id}")
    assert shown["text"] == page(3)
    assert len(shown["masked"]) == 5


def test_what_one_story_alone_said_is_forgotten_after_sixty_days(desk: Any) -> None:
    for number in range(4):
        file(desk, number)
    desk.tick(days=59)
    assert pipeline.forget_single(desk.store, desk.now) == 0
    desk.tick(days=2)
    assert pipeline.forget_single(desk.store, desk.now) > 0
    with desk.store.read() as tx:
        left = tx.execute(select(table.c.stories)).scalars().all()
    assert left and min(left) >= 2
    # The box is chrome still.
    assert " ".join(masked(desk, file(desk, 5).article_id)) == " ".join(BOX)


def test_another_host_learns_for_itself(desk: Any) -> None:
    for number in range(4):
        file(desk, number)
    assert file(desk, 5, host="daily.example").rules == ("harbour", "truce")


def test_forty_copies_of_one_wire_are_no_chrome(desk: Any, article: str) -> None:
    filed = [desk.file(f"http://wire.example/{n}", "Harbour of Varn opens", article) for n in range(40)]
    assert {one.level for one in filed[1:]} == {Level.SAME}
    follow = desk.file(
        "http://wire.example/follow", "Harbour busy", f"{article}\n\nTwo ships left the harbour at dawn."
    )
    assert masked(desk, follow.article_id) == []
    assert follow.rules == ("harbour",)


def test_a_changed_figure_is_news_again(desk: Any) -> None:
    lines = [f"{story(n)}\n\nThe truce commission counted 12 breaches." for n in range(4)]
    for number, text in enumerate(lines[:3]):
        file(desk, number, text)
    assert file(desk, 3, lines[3]).rules == ()
    assert file(desk, 4, f"{story(4)}\n\nThe truce commission counted 13 breaches.").rules == ("truce",)


def test_the_same_page_seen_again_after_the_site_was_learned_is_the_same(desk: Any) -> None:
    first = file(desk, 0)
    for number in range(1, 5):
        file(desk, number)
    again = file(desk, 0)
    assert (again.article_id, again.recorded, again.level) == (first.article_id, False, Level.SAME)
    new_box = page(0).replace("\n\nLeave a Reply", "")
    assert not file(desk, 0, new_box).recorded
    changed = file(desk, 0, page(0).replace("311 barrels", "999 barrels"))
    assert (changed.recorded, changed.level) == (True, Level.EDIT)


def test_a_text_that_is_mostly_repeated_is_judged_whole(desk: Any) -> None:
    for number in range(3):
        file(desk, number)
    short = file(desk, 9, "\n\n".join(("The harbour is shut.", *BOX)))
    assert masked(desk, short.article_id) == []
    assert "more than half" in show(desk.store, f"a{short.article_id}")["mask_note"]
    assert short.rules == ("harbour", "truce")


def test_copies_are_still_found_when_their_furniture_is_masked(desk: Any) -> None:
    for number in range(4):
        file(desk, number)
    original = file(desk, 6)
    copy = desk.file("http://daily.example/copy", "Leak number 6 at Tarn", story(6))
    assert copy.level in (Level.SAME, Level.COPY)
    assert copy.development_id == original.development_id


def test_off_topic_pages_teach_nothing(desk: Any) -> None:
    for number in range(5):
        desk.file(f"http://wire.example/cup{number}", f"Cup {number}", f"Team {number} won the cup.\n\nRead on below.")
    with desk.store.read() as tx:
        assert chrome.repeated(tx, range(-5, 5)) == frozenset()
    found = file(desk, 1, f"{story(1)}\n\nRead on below.")
    assert masked(desk, found.article_id) == []


CANARY = '"leave a reply" OR "email address will not be published"'
SHELL = """<!doctype html><html lang="en"><head><title>{title}</title></head>
<body><nav><a href="/">Home</a></nav><main><article><h1>{title}</h1>{body}</article></main>
<section id="comments" class="comments-area"><h3 id="reply-title">Leave a Reply</h3><form id="commentform">
<p class="comment-notes">Your email address will not be published. Required fields are marked *</p>
<textarea name="comment"></textarea></form></section><footer>Courier</footer></body></html>"""


def seeds(shared: Path) -> list[tuple[str, list[str]]]:
    found = []
    for file in sorted((shared / "seeds").glob("*.txt")):
        title, _, body = file.read_text(encoding="utf-8").partition("\n")
        found.append((title, [line for line in body.splitlines() if line.strip()]))
    return found


@pytest.mark.parametrize("inside", [False, True], ids=["comment form", "in the text"])
def test_the_canary_is_silent_on_the_pages_of_the_seeds(desk: Any, shared: Path, inside: bool) -> None:
    """The seeds' own lines of furniture stand in a comment form, or among the paragraphs of a site that is known."""
    canary = compile_query(CANARY, {})
    for number in range(3):
        file(desk, number, f"{story(number)}\n\n{furniture(shared)}")
    hits = []
    for number, (title, lines) in enumerate(seeds(shared)):
        own = [line for line in lines if inside or match(canary, analyse("", line)) is None]
        html = SHELL.format(title=title, body="".join(f"<p>{line}</p>" for line in own))
        document = extract(html.encode(), f"http://wire.example/seed{number}", desk.now)
        filed = desk.file(document.url, title, document.text)
        seen = desk_sees(desk, filed.article_id)
        hits.append(match(canary, analyse(title, seen)) is not None)
    assert hits == [False] * 5


def furniture(shared: Path) -> str:
    """The lines of the seeds that the canary finds."""
    canary = compile_query(CANARY, {})
    lines = [line for _, body in seeds(shared) for line in body]
    return "\n\n".join(dict.fromkeys(line for line in lines if match(canary, analyse("", line)) is not None))


def desk_sees(desk: Any, article_id: int) -> str:
    with desk.store.read() as tx:
        page = review.article_texts(tx, review.ArticleFilter(on_topic=None), 100)
    return next(document.text for article, document in page.rows if article.id == article_id)
