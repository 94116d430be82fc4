"""The configs that ship: the default watch, the desk's example; and the contract's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Config, load
from monitor.errors import ConfigError, QueryError
from monitor.model import TextMode
from monitor.query import compile_query


def _loaded(folder: Path, text: str, environ: Mapping[str, str]) -> Config:
    (folder / "storywatch.toml").write_text(text, encoding="utf-8")
    return load(folder / "storywatch.toml", environ, folder)


def test_the_default_watch_carries_its_sources_rules_and_quirks(tmp_path: Path) -> None:
    config = load(None, {"STORYWATCH_DATA": str(tmp_path)}, tmp_path)
    sources = {source.id: source for source in config.sources}
    assert len(sources) == len(config.enabled_sources) == 35
    assert sources["kremlin-en"].utc_offset == timedelta(hours=3)
    assert sources["bbc-ukraine"].guid_strip
    assert sources["interfax-ukraine-en"].text is TextMode.HEADLINE
    assert sources["cbc-world"].only
    headlines = ("reuters-newsmap", "ap-newsmap", "the-times-newsmap", "gdelt-doc")
    assert {sources[one].text for one in headlines} == {TextMode.HEADLINE}
    assert {source.kind for source in config.sources} == {"feed", "sitemap", "telegram", "json"}
    assert [rule.id for rule in config.rules] == [
        "energy-ceasefire",
        "black-sea",
        "black-sea-truce",
        "full-ceasefire-refused",
        "leaders-call",
        "aid-cutoff",
        "zaporizhzhia-plant",
        "prisoner-swap",
        "talks-venue",
        "territory",
    ]
    assert {"ceasefire", "halt", "strike", "energy", "zelensky", "blacksea"} <= set(config.lists)
    assert config.watch.about
    assert [one.kind for one in config.channels] == ["console"]
    assert config.warnings == ()


def test_the_default_watch_keeps_to_the_catalogue(tmp_path: Path, shared: Path) -> None:
    rows = tomllib.loads((shared / "sources.toml").read_text(encoding="utf-8"))["source"]
    catalogue = {row["id"]: row for row in rows if row.get("enabled")}
    config = load(None, {"STORYWATCH_DATA": str(tmp_path)}, tmp_path)
    asked = {source.id: _without_fields(source.url) for source in config.sources}
    assert asked == {key: _without_fields(row["url"]) for key, row in catalogue.items()}
    for source in config.sources:
        assert source.every == timedelta(minutes=catalogue[source.id]["poll_minutes"])
        assert source.language == tuple(one for one in catalogue[source.id]["language"] if one != "any")
        assert source.kind == catalogue[source.id]["kind"]
    pack = tomllib.loads((shared / "acceptance" / "rules.toml").read_text(encoding="utf-8"))
    queries = {rule["query"] for rule in pack["rules"]}
    assert {rule.query for rule in config.rules} <= queries
    assert pack["lists"].items() <= dict(config.lists).items()


def _without_fields(url: str) -> str:
    """A WordPress address without the list of fields that are wanted: we ask for the date in UTC, too."""
    return re.sub(r"&_fields=[a-z_,]+", "", url)


def test_the_contract_is_accepted(tmp_path: Path, shared: Path) -> None:
    text = (shared / "CONTRACT.md").read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "seeds").mkdir()
    names = ("SLACK_WEBHOOK_URL", "SMTP_PASSWORD", "HOOK_SECRET", "STORYWATCH_PASSWORD")
    config = _loaded(tmp_path, text.replace('"https://..."', '"https://a.example/"'), dict.fromkeys(names, "x"))
    assert [one.kind for one in config.channels] == ["slack", "email", "webhook"]


def test_the_example_of_deploy_is_accepted_without_a_warning(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "deploy" / "storywatch.example.toml"
    environ = {"SLACK_WEBHOOK_URL": "https://hooks.example/x", "SMTP_PASSWORD": "x"}
    config = _loaded(tmp_path, example.read_text(encoding="utf-8"), environ)
    assert {one.kind for one in config.channels} == {"slack", "email", "console"}
    assert config.warnings == ()


def test_every_query_of_the_default_watch_can_be_read(tmp_path: Path) -> None:
    def problem(query: str, lists: Mapping[str, str]) -> str:
        try:
            compile_query(query, lists)
        except QueryError as error:
            return str(error)
        return ""

    config = load(None, {"STORYWATCH_DATA": str(tmp_path)}, tmp_path, problem)
    assert config.rules
    with pytest.raises(ConfigError, match=r"lists\.broken"):
        (tmp_path / "storywatch.toml").write_text("[lists]\nbroken = 'a AND (b OR'")
        load(None, {}, tmp_path, problem)
