"""Who is at the screens: sessions as signed cookies, the token that every form carries, who may try how often.

A cookie holds the name that was typed at the login, when that was, and a random mark, signed with the archive's own key
and the password. So a new password ends every session, and no archive or backup alone lets anybody in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.config import Config
from monitor.store import Store, linkkey
from monitor.web.limiter import Limiter

COOKIE = "storywatch"
LASTS = timedelta(days=30)
TRIES_A_MINUTE = 5
LONGEST_NAME = 60
# About 50 ms and 16 MB: a guess costs something, a login does not.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
# What a cookie may hold at most: of the longest name, every letter four bytes.
_LONGEST_COOKIE = 600


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who logged in. `csrf` is the token that the forms of this session carry."""

    name: str
    issued: datetime
    mark: str
    csrf: str = field(repr=False)


class Sessions:
    """Opens and reads sessions over one archive; safe to use from any thread."""

    def __init__(self, store: Store, config: Callable[[], Config], clock: Callable[[], datetime]) -> None:
        self.store = store
        self.config = config
        self.clock = clock
        self.tries = Limiter(TRIES_A_MINUTE)
        self._lock = threading.Lock()
        self._key: bytes | None = None
        self._signer: tuple[str, bytes] | None = None
        self._ended: dict[str, datetime] = {}

    def log_in(self, name: str, password: str) -> str | None:
        """The cookie of a new session, None when the password is wrong. Raises StoreError."""
        wanted = self._password()
        if wanted is None:
            return None
        with self.store.write() as tx:
            self._key = linkkey.session_key(tx)
        signer = self._signed_with(wanted)
        # Both through scrypt: of one length whatever was typed, and no cheaper to guess by us than elsewhere.
        if signer is None or not hmac.compare_digest(_derived(password, self._key), signer):
            return None
        body = ".".join((_packed(name.encode()), str(int(self.clock().timestamp())), secrets.token_urlsafe(12)))
        return f"{body}.{_mark(signer, 'session', body)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is none of ours, too old or ended. Raises StoreError."""
        wanted = self._password()
        body, _, mark = cookie.rpartition(".")
        if wanted is None or not body or len(cookie) > _LONGEST_COOKIE:
            return None
        signer = self._signed_with(wanted)
        if signer is None or not hmac.compare_digest(_mark(signer, "session", body).encode(), mark.encode()):
            return None
        name, issued, random = body.split(".")
        since = datetime.fromtimestamp(int(issued), UTC)
        if self.clock() - since > LASTS or random in self._ended:
            return None
        return Session(_unpacked(name), since, random, _mark(signer, "form", random))

    def log_out(self, session: Session) -> None:
        """End a session here and now, also for whoever has copied its cookie."""
        now = self.clock()
        with self._lock:
            self._ended = {mark: since for mark, since in self._ended.items() if now - since <= LASTS}
            self._ended[session.mark] = session.issued

    def _password(self) -> str | None:
        secret = self.config().screens_password
        return None if secret is None else secret.reveal()

    def _signed_with(self, password: str) -> bytes | None:
        """The key that cookies are signed with; None while nobody has logged in to this archive."""
        with self._lock:
            if self._key is None:
                with self.store.read() as tx:
                    self._key = linkkey.known_session_key(tx)
            if self._key is None:
                return None
            if self._signer is None or self._signer[0] != password:
                self._signer = (password, _derived(password, self._key))
            return self._signer[1]


def basic_password(authorization: str) -> bytes | None:
    """The password of an Authorization header; None when it has none. The name before it is free."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None


def same(given: bytes, wanted: str) -> bool:
    """Whether two passwords are the same. Digests: of one length, so that the time tells nothing."""
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted.encode()).digest())


def _derived(password: str, key: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=key, **_SCRYPT)


def _mark(key: bytes, *parts: str) -> str:
    return _packed(hmac.new(key, "\0".join(parts).encode("utf-8", "replace"), hashlib.sha256).digest())


def _packed(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _unpacked(value: str) -> str:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
