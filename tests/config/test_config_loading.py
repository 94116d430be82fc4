"""Loading: which file, what it means, and every problem at once with its line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from monitor.config import Config, EmailChannel, SlackChannel, Window, load
from monitor.config.values import Adaptive
from monitor.errors import ConfigError, Problem
from monitor.model import AlertMode, Severity, TextMode

MISTAKES = """\
[watch]
id = "talks"
timezone = "Europe/Kiew"
sensitvity = "calm"

[archive]
url = "sqlite:///storywatch.toml/x.db"

[fetch]
timeout = 30

[[sources]]
id = "one"
kind = "gopher"
url = "https://news.example/map.xml"

[[sources]]
id = "one"
kind = "feed"
url = "https://news.example/feed"

[[rules]]
id = "truce"
query = \"\"\"
truce
OR ceasefire\"\"\"
channels = [
  "desk",
  "nowhere",
]

[[channels]]
id = "desk"
kind = "email"
host = "mail.example"
tls = "none"
from = "Desk <desk@news.example>"
to = ["one@news.example"]
username = "desk"
password = "file:no-such-file"

[[channels]]
id = "hook"
kind = "pigeon"

[web]
listen = "0.0.0.0:8787"
"""

FOUND = [
    (3, "watch.timezone", "time zone"),
    (4, "watch.sensitvity", "did you mean 'sensitivity'"),
    (7, "archive.url", "not a folder"),
    (10, "fetch.timeout", "duration"),
    (14, "sources[one].kind", "feed, sitemap, listing, telegram, json"),
    (18, "sources[one].id", "line 13"),
    (29, "rules[truce].channels[#2]", "no channel 'nowhere'"),
    (36, "channels[desk].tls", "starttls"),
    (40, "channels[desk].password", "no-such-file"),
    (44, "channels[hook].kind", "apprise, console, email, feed, slack, webhook"),
    (47, "web.listen", "set web.password"),
]


def written(folder: Path, text: str) -> Path:
    file = folder / "storywatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    return load(written(folder, text), environ or {}, folder)


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environ)
    return caught.value.problems


def test_every_mistake_is_told_at_once_with_its_line_and_nothing_is_written(tmp_path: Path) -> None:
    found = problems(tmp_path, MISTAKES)
    assert [(one.line, one.key) for one in found] == [(line, key) for line, key, _ in FOUND]
    for one, (_, _, word) in zip(found, FOUND, strict=True):
        assert word in one.message
        assert one.file == str(tmp_path / "storywatch.toml")
    assert [entry.name for entry in tmp_path.iterdir()] == ["storywatch.toml"]


def test_queries_are_judged_with_everything_else(tmp_path: Path) -> None:
    text = '[watch]\nabout = "bad"\nid = 3\n[lists]\nx = "bad"\n'
    text += '[[rules]]\nid="r"\nquery = "good"\n[[rules]]\nquery = "bad"'
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file, {}, tmp_path, lambda query, lists: "cannot be read" if query == "bad" and "x" in lists else "")
    places = [(one.line, one.key) for one in caught.value.problems]
    assert places == [
        (2, "watch.about"),
        (3, "watch.id"),
        (5, "lists.x"),
        (9, "rules[#2].id"),
        (10, "rules[#2].query"),
    ]


SYNTAX = [
    (b"[watch]\nid = \n[archive]", 2),
    (b'a = "x\n', 1),
    (b"a = 1\n\na = 2", 3),
    (b'ok = 1\nx = "\xff"', 2),
    (b"[watch]\nid = 'open", 2),
    (b"a = " + b"[" * 100_000, 0),
]


@pytest.mark.parametrize(("text", "line"), SYNTAX)
def test_after_a_syntax_error_only_that_one_is_told(tmp_path: Path, text: bytes, line: int) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        load(file, {}, tmp_path)
    (problem,) = caught.value.problems
    assert problem.line == line


ONE_WRONG = [
    ("wacth = 1", "wacth", "did you mean 'watch'"),
    ("watch = 1", "watch", "[watch]"),
    ("[sources]\nid = 'a'", "sources", "[[sources]]"),
    ("[[channels]]\nid = 'a'", "channels[a]", "kind is required"),
    ("[[channels]]\nid = 'a'\nkind = 'pager'", "channels[a].kind", "unknown kind"),
    ("channels = [1]", "channels[#1]", "kind is required"),
    ("sources = [1]", "sources[#1]", "must be a table"),
    ("[lists]\na = ''", "lists.a", "expression"),
    ("[lists]\n'a b' = 'x'", "lists.a b", "name"),
    ("[archive]\nurl = 'mysql://x/y'", "archive.url", "sqlite"),
    ("[archive]\nurl = 'sqlite://'", "archive.url", "sqlite"),
    ("[archive]\nurl = 'sqlite:///:memory:'", "archive.url", "name a file"),
    ("[archive]\nurl = 'sqlite:////'", "archive.url", "is a folder"),
    ("[archive]\nurl = 'env:NO_SUCH_NAME'", "archive.url", "NO_SUCH_NAME is not set"),
    ("[corpus]\npaths = ['seeds']", "corpus.paths", "no such file"),
    ("[corpus]\npaths = 'seeds'", "corpus.paths", "list"),
    ("[corpus]\nfingerprints = ['builtin:other']", "corpus.fingerprints", "builtin:ceasefire-talks"),
    ("[corpus]\nfingerprints = ['absent.fp']", "corpus.fingerprints", "no such file"),
    ("[fetch]\nconcurrency = 0", "fetch.concurrency", "at least 1"),
    ("[fetch]\nconcurrency = '4'", "fetch.concurrency", "whole number"),
    ("[fetch]\nobey_robots = 'yes'", "fetch.obey_robots", "true or false"),
    ("[fetch]\nallow_private = ['127.0.0.1:x']", "fetch.allow_private", "port"),
    ("[fetch]\nuser_agent = 'x {name}'", "fetch.user_agent", "{version}"),
    ("[fetch]\nfirst_check = 'never'", "fetch.first_check", "'summary' or 'alert'"),
    ("[novelty]\n[watch]\nlanguages = 'en'", "watch.languages", "list"),
    ("novelty = 1", "novelty", "[novelty]"),
    ("[watch]\npublic_url = 'desk'", "watch.public_url", "address"),
    ("[web]\nlisten = '[::]:80'", "web.listen", "set web.password"),
    ("[web]\npassword = 'hunter2'", "web.password", "env:NAME"),
]

SOURCE = "[[sources]]\nid = 'a'\nkind = 'feed'\nurl = 'https://a.example/'\n"
WRONG_SOURCE = [
    ("every = '0s'", "every", "longer than nothing"),
    ("guid_strip = '('", "guid_strip", "regular expression"),
    ("text = 'all'", "text", "'page', 'feed' or 'headline'"),
    ("select = { link = 'a' }", "select.link", "did you mean 'links'"),
    ("utc_offset = '3h'", "utc_offset", "+03:00"),
    ("language = [1]", "language[#1]", "text in quotes"),
    ('name = "a\\u0007b"', "name", "control characters"),
]
MAIL = "[[channels]]\nid = 'm'\nkind = 'email'\nhost = 'mail.example'\nfrom = 'a@b.example'\nto = ['c@d.example']\n"
WRONG_MAIL = [
    ("tls = 'none'", "tls", "insecure = true"),
    ("port = 0", "port", "at least 1"),
    ("username = 'me'", "password", "required with a username"),
    ("password = 'env:NO_SUCH_NAME'", "password", "NO_SUCH_NAME is not set"),
    ("pasword = 'x'", "pasword", "did you mean 'password'"),
    ("quiet = '22-7'", "quiet", "22:00-07:00"),
    ("timezone = 'Mars'", "timezone", "time zone"),
]
SLACK = "[[channels]]\nid = 's'\nkind = 'slack'\n"
WRONG_SLACK = [
    ("", "channel", "webhook ="),
    ("token = 'env:T'", "channel", "required with a token"),
    ("token = 'env:T'\nwebhook = 'env:T'", "channel", "not both"),
    ("webhook = 'env:T'\napi_url = 'http://slack.example/api'", "api_url", "https://"),
]
ALL_WRONG = [
    *ONE_WRONG,
    *((SOURCE + line, f"sources[a].{key}", word) for line, key, word in WRONG_SOURCE),
    *((MAIL + line, f"channels[m].{key}", word) for line, key, word in WRONG_MAIL),
    *((SLACK + line, f"channels[s].{key}", word) for line, key, word in WRONG_SLACK),
]


@pytest.mark.parametrize(("text", "key", "word"), ALL_WRONG)
def test_one_mistake_is_told_once_and_in_words(tmp_path: Path, text: str, key: str, word: str) -> None:
    (problem,) = problems(tmp_path, text, {"T": "x"})
    assert problem.key == key
    assert word in problem.message
    assert problem.line


def test_a_config_means_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "pw").write_text("from-file\n")
    config = loaded(
        tmp_path,
        "[archive]\nurl = 'sqlite:///data/a.db'\n[corpus]\npaths = ['seeds']\n[watch]\nid = 'w'\n"
        + SOURCE
        + "every = '1h'\ntext = 'feed'\nutc_offset = '+03:00'\nselect = { links = 'a.b' }\n"
        + "[[rules]]\nid = 'r'\nquery = 'truce'\nalert = 'articles'\nseverity = 'critical'\nlimit = '10/h'\n"
        + MAIL
        + "password = 'file:pw'\nusername = 'me'\nquiet = '22:00-07:00'\ndigest = '07:30'\n"
        + SLACK
        + "token = 'env:T'\nchannel = 'C1'\napi_url = 'http://127.0.0.1:9/api'\n"
        + "[web]\npassword = 'env:T'\nlisten = '0.0.0.0:80'",
        {"T": "tok"},
    )
    assert config.archive.url == f"sqlite:///{tmp_path}/data/a.db"
    assert config.archive.file == tmp_path / "data" / "a.db"
    assert config.corpus.paths == (tmp_path / "seeds",)
    assert (config.watch.title, config.watch.zone.key) == ("w", "UTC")
    (source,) = config.sources
    assert (source.every, source.text, source.utc_offset) == (timedelta(hours=1), TextMode.FEED, timedelta(hours=3))
    assert source.select.links == "a.b"
    (rule,) = config.rules
    assert (rule.alert, rule.severity, rule.limit) == (AlertMode.ARTICLES, Severity.CRITICAL, (10, timedelta(hours=1)))
    mail, slack = config.channels
    assert isinstance(mail, EmailChannel)
    assert isinstance(slack, SlackChannel)
    assert (mail.sender, mail.to, mail.port, mail.tls) == ("a@b.example", ("c@d.example",), 587, "starttls")
    assert (mail.quiet, mail.digest) == (Window(time(22), time(7)), (time(7, 30),))
    assert mail.password is not None
    assert mail.password.reveal() == "from-file"
    assert slack.token is not None
    assert (slack.token.reveal(), slack.api_url) == ("tok", "http://127.0.0.1:9/api/")
    assert (config.web.host, config.web.port) == ("0.0.0.0", 80)
    assert config.problem(("rules", 0, "query"), "x") == Problem(str(config.file), 17, "rules[r].query", "x")


def test_nothing_at_all_is_a_config_with_a_console(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert [(one.id, one.kind) for one in config.channels] == [("console", "console")]
    assert config.fetch.agent.startswith("storywatch/")
    assert "{" not in config.fetch.agent
    assert "(" not in config.fetch.agent


def test_the_contact_stands_in_the_user_agent(tmp_path: Path) -> None:
    assert loaded(tmp_path, "[fetch]\ncontact = 'mailto:a@b.example'").fetch.agent.endswith(" (+mailto:a@b.example)")


def test_a_listing_is_read_by_selectors_that_are_css(tmp_path: Path) -> None:
    text = "[[sources]]\nid = 'a'\nkind = 'listing'\nurl = 'https://a.example/'\nselect = {{ links = '{}' }}\n"
    (source,) = load(written(tmp_path, text.format(".news > a")), {}, tmp_path).sources
    assert (source.kind, source.select.links) == ("listing", ".news > a")
    (problem,) = problems(tmp_path, text.format("a[["))
    assert problem.key == "sources[a].select.links" and "CSS selector" in problem.message


def test_keys_that_do_nothing_yet_are_told(tmp_path: Path) -> None:
    text = (
        "\n\n[alerts]\nbudget = '12/d'\n[fetch]\nper_host = 2\n"
        + SOURCE
        + "every = '1m'\n"
        + MAIL
        + "digest = '07:00'\n"
    )
    text += "[[rules]]\nid = 'r'\nquery = 'x'\nlimit = '1/h'\nseverity = 'low'\n"
    warned = [(one.line, one.key) for one in loaded(tmp_path, text).warnings]
    assert warned == [(6, "fetch.per_host"), (11, "sources[a].every")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'07:30'", (time(7, 30),)),
        ("['18:00', '07:30', '18:00']", (time(7, 30), time(18))),
        ("'adaptive'", Adaptive(timedelta(minutes=5), timedelta(minutes=30))),
        ("'10m-2h'", Adaptive(timedelta(minutes=10), timedelta(hours=2))),
    ],
)
def test_a_digest_has_times_or_waits(tmp_path: Path, written: str, meant: object) -> None:
    (mail,) = loaded(tmp_path, MAIL + f"digest = {written}\n").channels
    assert mail.digest == meant


@pytest.mark.parametrize("written", ["'25:00'", "[]", "7", "'2h-10m'", "'5m'", "['07:30', 'adaptive']", "'0s-5m'"])
def test_a_digest_that_cannot_be_meant_is_a_problem(tmp_path: Path, written: str) -> None:
    (problem,) = problems(tmp_path, MAIL + f"digest = {written}\n")
    assert problem.key == "channels[m].digest"


def test_which_file_is_read(tmp_path: Path) -> None:
    def watch(path: Path | None, environ: Mapping[str, str]) -> str:
        return load(path, {"HOME": str(tmp_path), **environ}, tmp_path).watch.id

    assert watch(None, {}) == "ceasefire-talks"
    for name in ("named", "by-env", "storywatch"):
        (tmp_path / f"{name}.toml").write_text(f"[watch]\nid = '{name}'")
    assert watch(None, {}) == "storywatch"
    assert watch(None, {"STORYWATCH_CONFIG": "by-env.toml"}) == "by-env"
    assert watch(Path("named.toml"), {"STORYWATCH_CONFIG": "by-env.toml"}) == "named"
    with pytest.raises(ConfigError, match="No such file"):
        watch(Path("gone.toml"), {})


DATA = [
    ({"STORYWATCH_DATA": "data"}, "work/data"),
    ({"XDG_DATA_HOME": "/XDG"}, "XDG/storywatch"),
    ({"XDG_DATA_HOME": "relative"}, "home/.local/share/storywatch"),
    ({}, "home/.local/share/storywatch"),
]


@pytest.mark.parametrize(("environ", "folder"), DATA)
def test_where_the_built_in_watch_keeps_its_data(tmp_path: Path, environ: dict[str, str], folder: str) -> None:
    placed = {key: value.replace("/XDG", f"{tmp_path}/XDG") for key, value in environ.items()}
    work = tmp_path / "work"
    work.mkdir()
    config = load(None, {"HOME": f"{tmp_path}/home", **placed}, work)
    assert config.built_in
    assert config.archive.file == tmp_path / folder / "storywatch.db"
    assert not (tmp_path / folder).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    (problem,) = problems(tmp_path, "[archive]\nurl = 'sqlite:///locked/a.db'")
    assert "not writable" in problem.message
