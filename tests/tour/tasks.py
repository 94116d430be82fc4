"""The ten tasks of docs/tour.md: what is clicked from Today, what the page then shows, and the command that does it."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CLICKS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """`clicks`: CSS selectors, one after the other, from `/`; `shows`: what is on the page then.

    `command`: what does the same in a shell, with ids of the archive that the tour was drawn on.
    """

    name: str
    clicks: tuple[str, ...]
    shows: str
    command: str


def menu(name: str) -> str:
    return f"header nav a:text-is('{name}')"


STORY = ("article.telling a[href^='/stories/']",)
TASKS = (
    Task("changed", (), "#top", "storywatch search --since yesterday"),
    Task("why", (menu("Alerts"), ".telling .head a"), "#why", "storywatch why a1"),
    Task("why-not", (menu("Articles"), "li[data-id]:not(:has(.told)) .head a"), ".verdict", "storywatch why a2"),
    Task("first", STORY, "#order", "storywatch stories show s1"),
    Task("export", (*STORY, "footer a:text-is('MD')"), "", "storywatch export --story s1 -o story.md"),
    Task("edits", (menu("Articles"), ".facets summary", "a[href*='edited=yes']"), ".pill", "storywatch diff a1"),
    Task(
        "silence",
        (*STORY, "section[aria-labelledby='hand'] form button"),
        "main",
        "storywatch mute story s1 --until 24h",
    ),
    Task("try", (menu("Rules"), "a[href='/rules/new']"), "textarea", "storywatch rules backtest 'lighthouse AND boat'"),
    Task("dead", (menu("Sources"),), ".working-ill", "storywatch sources list"),
    Task("cite", (menu("Articles"), "footer a[rel='bookmark']"), "footer b", "storywatch search --until today --json"),
)
