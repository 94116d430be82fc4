"""The blocks of channels: what each kind needs, and that every mistake has its line."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from monitor.config import AppriseChannel, Config, EmailChannel, Secret, WebhookChannel, Window, load, signing_key
from monitor.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
HOOK = "[[channels]]\nid = 'hook'\nkind = 'webhook'\n"
MAIL = "[[channels]]\nid = 'm'\nkind = 'email'\nhost = '{host}'\nfrom = '{sender}'\nto = ['c@d.example']\n"
SECRETS = {"KEY": "whsec_" + base64.b64encode(b"k" * 32).decode(), "URL": "https://hooks.example/secret-path-5c2b9e"}
CALM = "quiet = '22:00-07:00'\ndigest = '07:30'\ntimezone = 'Europe/Kyiv'\nlimit = '30/h'\n"


def loaded(folder: Path, text: str, environ: Mapping[str, str] = SECRETS) -> Config:
    (folder / "storywatch.toml").write_text(text, encoding="utf-8")
    return load(folder / "storywatch.toml", environ, folder)


def problems(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return [(one.line, one.key, one.message) for one in caught.value.problems]


def test_a_webhook_with_all_its_keys(tmp_path: Path) -> None:
    text = HOOK + "url = 'env:URL'\nsecret = 'env:KEY'\nold_secret = 'env:KEY'\n" + CALM
    (hook,) = loaded(tmp_path, text).channels
    assert isinstance(hook, WebhookChannel) and hook.old_secret is not None
    assert (hook.url.reveal(), signing_key(hook.secret)) == (SECRETS["URL"], b"k" * 32)
    assert (hook.quiet, hook.limit) == (Window(time(22), time(7)), (30, timedelta(hours=1)))


@pytest.mark.parametrize("url", ["'env:URL'", "'https://hooks.example/secret-path-5c2b9e'"])
def test_an_address_of_a_webhook_is_shown_by_its_host_at_most(url: str, tmp_path: Path) -> None:
    config = loaded(tmp_path, HOOK + f"url = {url}\nsecret = 'env:KEY'")
    assert "5c2b9e" not in repr(config) + str(config.channels)


@pytest.mark.parametrize(
    ("keys", "line", "key", "word"),
    [
        ("secret = 'env:KEY'", 1, "url", "is required"),
        ("url = 'env:URL'", 1, "secret", "is required"),
        ("secret = 'env:KEY'\nurl = 3", 5, "url", "in quotes"),
        ("secret = 'env:KEY'\nurl = 'env:NONE'", 5, "url", "NONE is not set"),
        ("secret = 'env:KEY'\nurl = 'env:KEY'", 5, "url", "must be an address"),
        ("secret = 'env:KEY'\nurl = 'http://hooks.example/5c2b9e'", 5, "url", "insecure = true"),
        ("secret = 'env:KEY'\nurl = 'file:///etc/passwd'", 5, "url", "must be an address"),
        ("secret = 'env:KEY'\nurl = 'https://me:5c2b9e@hooks.example/'", 5, "url", "name or password"),
        ("url = 'env:URL'\nsecret = 'whsec_5c2b9e'", 5, "secret", "env:NAME"),
        ("url = 'env:URL'\nsecret = 'env:BAD'", 5, "secret", "base64"),
        ("url = 'env:URL'\nsecret = 'env:KEY'\nold_secret = 'env:BAD'", 6, "old_secret", "base64"),
        ("url = 'env:URL'\nsecret = 'env:KEY'\nsecrets = 1", 6, "secrets", "did you mean 'secret'"),
        ("url = 'env:URL'\nsecret = 'env:KEY'\nquiet = '22'", 6, "quiet", "22:00-07:00"),
    ],
)
def test_mistakes_of_a_webhook(keys: str, line: int, key: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, HOOK + keys, SECRETS | {"BAD": "whsec_5c2b9e!"})
    (one,) = caught.value.problems
    assert (one.line, one.key) == (line, f"channels[hook].{key}") and word in one.message
    assert "5c2b9e" not in str(caught.value)


def test_clear_text_to_this_machine_or_with_a_word(tmp_path: Path) -> None:
    for url, more in (("http://127.0.0.1:9/x", ""), ("http://nas.example:8080/", "insecure = true\n")):
        assert loaded(tmp_path, HOOK + more + f"url = '{url}'\nsecret = 'env:KEY'").channels


@pytest.mark.parametrize(
    ("text", "key"), [("plain words", b"plain words"), ("whsec_" + base64.b64encode(b"\x00\xff").decode(), b"\x00\xff")]
)
def test_what_signs(text: str, key: bytes) -> None:
    assert signing_key(Secret(text, "env:KEY")) == key


def test_apprise_takes_one_secret_address(tmp_path: Path) -> None:
    pytest.importorskip("apprise", reason="the extra apprise is not installed")
    head = "[[channels]]\nid = 'a'\nkind = 'apprise'\n"
    (one,) = loaded(tmp_path, head + "url = 'env:URL'\n" + CALM).channels
    assert isinstance(one, AppriseChannel) and one.url.reveal() == SECRETS["URL"]
    for keys, key in (("", "url"), ("url = 'ntfy://me:secret@ntfy.example/desk'", "url"), ("url = 'env:NONE'", "url")):
        ((_, where, said),) = problems(tmp_path, head + keys)
        assert where == f"channels[a].{key}" and "secret@" not in said


def test_a_feed_interrupts_nobody(tmp_path: Path) -> None:
    feed = "[[channels]]\nid = 'f'\nkind = 'feed'\n"
    assert loaded(tmp_path, feed).channels[0].kind == "feed"
    keys = "url = 'x'\nquiet = '22:00-07:00'\ndigest = '07:30'\nlimit = '3/h'\n"
    found = problems(tmp_path, feed + keys)
    assert [(line, key.partition(".")[2]) for line, key, _ in found] == [
        (4, "url"),
        (5, "quiet"),
        (6, "digest"),
        (7, "limit"),
    ]
    assert all("interrupts nobody" in said for _, _, said in found[1:])


def test_apprise_needs_its_extra(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nsys.modules['apprise'] = None\nfrom monitor.config import load\n"
        "from monitor.errors import ConfigError\n"
        "try:\n    load(Path(sys.argv[1]), {'A': 'x'}, Path(sys.argv[1]).parent)\n"
        "except ConfigError as error:\n    print(error)\n"
    )
    file = tmp_path / "storywatch.toml"
    file.write_text("[[channels]]\nid = 'a'\nkind = 'apprise'\nurl = 'env:A'\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'storywatch[apprise]'" in done.stdout and ":3: channels[a].kind" in done.stdout


def test_recipients_may_have_letters_of_any_script(tmp_path: Path) -> None:
    text = MAIL.format(host="mail.example", sender="a@b.example").replace("c@d.example", "пошта@приклад.укр")
    (mail,) = loaded(tmp_path, text).channels
    assert isinstance(mail, EmailChannel) and mail.to == ("пошта@приклад.укр",)


def test_what_mail_may_say(tmp_path: Path) -> None:
    text = MAIL.format(host="mail.example", sender="a@b.example")
    (plain,) = loaded(tmp_path, text).channels
    assert isinstance(plain, EmailChannel) and (plain.pace, plain.reply_to) == ((30, timedelta(minutes=1)), "")
    (told,) = loaded(tmp_path, text + "pace = '5/m'\nreply_to = 'Ann <ann@b.example>'").channels
    assert isinstance(told, EmailChannel) and (told.pace[0], told.reply_to) == (5, "Ann <ann@b.example>")


@pytest.mark.parametrize(
    ("text", "key", "word"),
    [
        (MAIL.format(host="mail.example", sender="пошта@b.example"), "from", "ASCII name"),
        (MAIL.format(host="mail.example", sender="a@b.example") + "reply_to = 'ann'", "reply_to", "mail address"),
        (
            MAIL.format(host="mail.example", sender="a@b.example")
            + "tls = 'none'\ninsecure = true\nusername = 'u'\npassword = 'env:KEY'",
            "password",
            "clear text",
        ),
    ],
)
def test_mistakes_of_mail(text: str, key: str, word: str, tmp_path: Path) -> None:
    ((_line, found, message),) = problems(tmp_path, text)
    assert found == f"channels[m].{key}" and word in message
