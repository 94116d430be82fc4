"""The material of every trial: four articles that make developments of two stories, and the config that tells them."""

from __future__ import annotations

from pathlib import Path

CONFIG = """
[watch]
id = "quays"
title = "Quays"
about = 'truce OR harbour OR ferry'

[archive]
url = "sqlite:///unused.db"

[fetch]
allow_private = ["{allowed}"]

[alerts]
group_wait = "30s"
first_retry = "1s"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[rules]]
id = "harbour"
query = 'harbour'

[[rules]]
id = "truce"
query = 'truce'
severity = "critical"

[[channels]]
id = "slack"
kind = "slack"
token = "file:{folder}/token"
channel = "C0NEWSDESK"
api_url = "{api}"

[[channels]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Desk <desk@example.org>"
to = ["one@example.org"]
pace = "100000/m"

[[channels]]
id = "hook"
kind = "webhook"
url = "{hook}"
secret = "file:{folder}/key"

[[channels]]
id = "evening"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Desk <desk@example.org>"
to = ["two@example.org"]
pace = "100000/m"
digest = "18:00"
timezone = "UTC"
"""
_OPENING = (
    "Negotiators from both river towns agreed on Monday to open the harbour of Velm to grain barges for 30 days.",
    "The accord was read out by envoy Petra Halloran after seven hours of talks in the customs house of Dunmere.",
    "Underwriters said premiums would fall by a quarter once the first 9 barges had left the quay unharmed.",
    "Trawler crews who had been kept ashore since spring watched from the mole and asked who would clear the wrecks.",
)
_TUGS = (
    "Late on Tuesday the harbour master of Velm called for four tugs from Arden, as the channel had silted up.",
    "Captain Ruben Oster said the deepest berth had lost 3.1 metres since July and needs 16 days of dredging.",
    "A barge with oil for the lighthouse at Point Sorrel is to enter first, on Sunday, with 700 tonnes on board.",
)
_FIRE = (
    "On Thursday a fire destroyed the grain store on the north quay of the harbour of Velm, and 2 people were hurt.",
    "Fire officer Lena Marchetti said 1,200 tonnes of barley had burnt before the foam boat came from Arden.",
    "The barges that were to load there wait off Point Sorrel, and insurers speak of a loss of 4 million crowns.",
)
_TRUCE = (
    "A truce was signed at dawn by envoys of the two valleys, ending 13 weeks of shelling along the upper river.",
    "Colonel Ivo Brandt and Colonel Sefa Numan shook hands on the stone bridge of Kestle before 60 witnesses.",
    "Guns are to be drawn back 25 kilometres by Friday, and the hospital of Kestle will take the wounded of both.",
)


def _told(*parts: tuple[str, ...]) -> str:
    return "\n\n".join(line for part in parts for line in part)


ARTICLES = (
    ("http://wire.example/1", "Harbour of Velm opens", _told(_OPENING)),
    ("http://wire.example/2", "Truce signed at Kestle", _told(_TRUCE)),
    ("http://wire.example/3", "Harbour of Velm: tugs called", _told(_OPENING, _TUGS)),
    ("http://wire.example/4", "Fire at the harbour of Velm", _told(_OPENING, _TUGS, _FIRE)),
)


def config_file(folder: Path, places: dict[str, str]) -> Path:
    """Write the config that sends to these receivers."""
    (folder / "token").write_text(places["token"], encoding="utf-8")
    (folder / "key").write_text("a key of the crash trials", encoding="utf-8")
    file = folder / "storywatch.toml"
    file.write_text(CONFIG.format(folder=folder, **places), encoding="utf-8")
    return file
