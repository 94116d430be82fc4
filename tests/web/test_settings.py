"""Colours, time zone and keys: chosen by a form, kept in cookies, in the page before it is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

OURS = {"Origin": "http://127.0.0.1:8787"}


def choose(screens: Any, **fields: str) -> Any:
    return screens.request("POST", "/settings", data={"next": "/help", **fields}, headers=OURS)


def cookies(answer: Any) -> dict[str, str]:
    return {"Cookie": "; ".join(one.partition(";")[0] for one in answer.headers.get_list("set-cookie"))}


def test_what_was_chosen_is_in_the_page(screens: Any) -> None:
    plain = screens.get("/articles").text
    assert '<html lang="en">' in plain and 'data-keys="on"' in plain and "times in Europe/Kyiv" in plain
    answer = choose(screens, theme="dark", zone="UTC", keys="off")
    assert (answer.status_code, answer.headers["location"]) == (303, "/help")
    page = screens.get("/articles", headers=cookies(answer)).text
    assert '<html lang="en" data-theme="dark">' in page and '<meta name="color-scheme" content="dark">' in page
    assert 'data-keys="off"' in page and "times in UTC" in page and "<option selected>UTC</option>" in page
    moments = re.findall(r'datetime="([^"]+)"', page)
    assert moments and all(one.endswith("+00:00") for one in moments)
    assert all(not one.endswith("+00:00") for one in re.findall(r'datetime="([^"]+)"', plain))


@pytest.mark.parametrize("fields", [{"theme": "pink"}, {"zone": "Mars/Base"}, {"keys": "1"}, {"zone": "../etc/passwd"}])
def test_only_what_is_offered_can_be_chosen(screens: Any, fields: dict[str, str]) -> None:
    answer = choose(screens, **fields)
    assert answer.status_code == 400 and "set-cookie" not in answer.headers


def test_odd_cookies_count_for_nothing(screens: Any) -> None:
    odd = {"Cookie": 'storywatch-theme="><script>; storywatch-zone=Mars/Base; storywatch-keys=maybe; storywatch=x.y.z'}
    page = screens.get("/articles", headers=odd).text
    assert '<html lang="en">' in page and "times in Europe/Kyiv" in page and 'data-keys="on"' in page


def test_another_site_changes_nothing(screens: Any) -> None:
    answer = screens.request("POST", "/settings", data={"theme": "dark"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
