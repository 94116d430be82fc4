"""Secrets are read by reference and shown nowhere."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.config import Config, EmailChannel, SlackChannel, load
from monitor.errors import ConfigError


def _loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    (folder / "storywatch.toml").write_text(text, encoding="utf-8")
    return load(folder / "storywatch.toml", environ or {}, folder)


MAIL = "[[channels]]\nid = 'm'\nkind = 'email'\nhost = 'mail.example'\nfrom = 'a@b.example'\nto = ['c@d.example']\n"
SLACK = "[[channels]]\nid = 's'\nkind = 'slack'\n"
CANARY = "canary-5c2b9e"


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    text = SLACK + "webhook = 'env:HOOK'\n" + MAIL + "username='u'\npassword = 'env:HOOK'\n[web]\npassword = 'env:HOOK'"
    config = _loaded(tmp_path, text, {"HOOK": CANARY})
    (slack, mail) = config.channels
    assert isinstance(mail, EmailChannel)
    assert isinstance(slack, SlackChannel)
    shown = [repr(config), str(config), repr(slack), str(mail), mail.model_dump_json(fallback=repr), repr(vars(slack))]
    assert not [one for one in shown if CANARY in one]
    assert slack.webhook is not None
    assert slack.webhook.reveal() == CANARY
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(slack.webhook)


@pytest.mark.parametrize(
    "text", [SLACK + f"webhook = '{CANARY}'", f"[web]\npassword = '{CANARY}'", MAIL + f"password = '{CANARY}'"]
)
def test_a_secret_written_by_mistake_is_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _loaded(tmp_path, text)
    assert caught.value.problems
    assert CANARY not in str(caught.value) + repr(caught.value.problems)


def test_the_archives_password_is_hidden_and_warned_about(tmp_path: Path) -> None:
    config = _loaded(tmp_path, f"[archive]\nurl = 'postgresql+psycopg://me:{CANARY}@db/x'")
    assert CANARY not in repr(config) + config.archive.shown_url + str(config.warnings)
    assert [one.line for one in config.warnings] == [2]
    safe = _loaded(tmp_path, "[archive]\nurl = 'env:DB'", {"DB": f"postgresql://me:{CANARY}@db/x"})
    assert safe.archive.url == f"postgresql+psycopg://me:{CANARY}@db/x"
    assert safe.warnings == ()
