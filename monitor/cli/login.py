"""The password of the screens where the config names none: made once, kept in a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.output import say

if TYPE_CHECKING:
    from monitor.config import Config

FILE = "screens-password"
# Without letters that look like others: people type it.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def with_login(config: Config) -> Config:
    """The config with a password for the screens: that of [web], else that of the file beside the archive's config.

    The file is made (0600) when there is none. Where it cannot be, the screens stay read-only, and that is said.
    """
    from monitor.config import Secret

    if config.web.password is not None:
        return config
    file = config.folder / FILE
    try:
        made = _make(file)
        password = file.read_text(encoding="utf-8").strip()
        open_to_others = stat.S_IMODE(file.stat().st_mode) & 0o077
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        say(f"note: the screens are read-only: the password file {file} cannot be used ({reason}); set [web] password")
        return config
    if not password:
        say(f"note: the screens are read-only: the password file {file} is empty; delete it for a new one")
        return config
    if open_to_others:
        say(f"note: others on this machine can read the password of the screens: chmod 600 {file}")
    say(f"login: any name, and the password in {file}{' (new)' if made else ''}")
    return replace(config, login=Secret(password, f"file:{file}"))


def _make(file: Path) -> bool:
    """Write a new password unless there is a file. Its name appears with the whole content, or not at all."""
    if file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{FILE}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        out.write(new_password() + "\n")
    try:
        # Not renamed: a link does not replace what another start has put there meanwhile.
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def new_password() -> str:
    """Four groups of five letters: 98 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
