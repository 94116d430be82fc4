"""The password of the screens that the first start makes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from monitor.cli.login import FILE, with_login
from monitor.config import Config, load
from monitor.runtime.logs import secrets_of


@pytest.fixture
def config(folder: Path) -> Config:
    return load(None, {}, folder)


def test_the_first_start_makes_a_password_and_says_where(
    config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = with_login(config)
    file = folder / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = file.read_text(encoding="utf-8").strip()
    assert len(password) == 23 and first.screens_password is not None and first.screens_password.reveal() == password
    said = capsys.readouterr().err
    assert f"login: any name, and the password in {file} (new)" in said and password not in said
    assert password not in repr(first) and password in secrets_of(first)
    again = with_login(config)
    assert again.screens_password == first.screens_password and "(new)" not in capsys.readouterr().err
    assert [one.name for one in folder.iterdir() if FILE in one.name] == [FILE]


def test_two_archives_have_two_passwords(config: Config, folder: Path) -> None:
    first = with_login(config).screens_password
    (folder / FILE).unlink()
    assert with_login(config).screens_password != first


def test_the_configs_own_password_wins(folder: Path) -> None:
    with (folder / "storywatch.toml").open("a") as file:
        file.write('[web]\npassword = "env:PASS"\n')
    config = with_login(load(None, {"PASS": "of the config"}, folder))
    assert config.screens_password is not None and config.screens_password.reveal() == "of the config"
    assert not (folder / FILE).exists()


def test_what_cannot_be_used_leaves_the_screens_read_only(
    config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / FILE
    for make in (file.mkdir, lambda: file.write_bytes(b""), lambda: file.write_bytes(b"\xff\xfe")):
        make()
        assert with_login(config).screens_password is None
        said = capsys.readouterr().err
        assert "read-only" in said and str(file) in said
        file.rmdir() if file.is_dir() else file.unlink()


def test_a_file_that_others_can_read_is_told(config: Config, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_login(config)
    (folder / FILE).chmod(0o644)
    capsys.readouterr()
    assert with_login(config).screens_password is not None
    assert f"chmod 600 {folder / FILE}" in capsys.readouterr().err
