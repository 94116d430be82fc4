"""The mailbox: an SMTP server on loopback that keeps what it is given, with pages to read it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from monitor.newsroom.loopback import Loopback, Reply, Request, missing, stylesheet
from monitor.newsroom.mailbox_page import STYLE, inbox_page, mail_page

PHASES = ("MAIL", "RCPT", "DATA")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it was handed over; `number` counts from 1."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    received: datetime
    encrypted: bool
    signed_in: str = ""

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass(frozen=True, slots=True)
class Manners:
    """How the server behaves. `users`: names and passwords; with any, nothing goes without a sign-in."""

    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    users: Mapping[str, str] = field(default_factory=dict)


class Mailbox:
    """Runs from construction until `stop()`: SMTP on `port`, the pages on `url`."""

    def __init__(self, manners: Manners | None = None, *, port: int = 0, page_port: int = 0) -> None:
        self._manners = manners or Manners()
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._answers: dict[str, deque[str]] = {phase: deque() for phase in PHASES}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._smtp = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result(10)
        self.port: int = self._smtp.sockets[0].getsockname()[1]
        self._pages = Loopback(self._route, page_port)
        self.url = self._pages.url

    def stop(self) -> None:
        self._pages.stop()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def mails(self) -> tuple[Mail, ...]:
        """What arrived so far, in order."""
        with self._lock:
            return tuple(self._mails)

    def script(self, phase: str, *answers: str) -> None:
        """The next commands of this phase (MAIL, RCPT, or DATA: after the final dot) get these answers, one each."""
        with self._lock:
            self._answers[phase].extend(answers)

    async def _listen(self, port: int) -> asyncio.Server:
        manners = self._manners
        return await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", port, ssl=manners.tls)

    def _session(self) -> SMTP:
        manners = self._manners
        return SMTP(
            _Handler(self),
            hostname="mailbox.newsroom.invalid",
            loop=self._loop,
            tls_context=manners.starttls,
            require_starttls=manners.starttls is not None,
            # With TLS from the first byte there is no STARTTLS to wait for.
            auth_require_tls=manners.tls is None and manners.starttls is not None,
            authenticator=self._sign_in,
        )

    async def _close(self) -> None:
        self._smtp.close()
        await self._smtp.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword):
            name, password = data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
            if self._manners.users.get(name) == password:
                return AuthResult(success=True, auth_data=name)
        return AuthResult(success=False, handled=False)

    def refusal(self, phase: str, session: Session) -> str:
        """The answer that was asked for this phase, or that nobody signed in; "" for the usual one."""
        if phase == "MAIL" and self._manners.users and not session.authenticated:
            return "530 5.7.0 Sign in first"
        with self._lock:
            waiting = self._answers[phase]
            return waiting.popleft() if waiting else ""

    def keep(self, session: Session, envelope: Envelope) -> None:
        """Store a mail that arrived whole."""
        raw = envelope.original_content or b""
        encrypted = session.ssl is not None or self._manners.tls is not None
        name = session.auth_data if isinstance(session.auth_data, str) else ""
        with self._lock:
            number = len(self._mails) + 1
            mail = Mail(
                number, envelope.mail_from or "", tuple(envelope.rcpt_tos), raw, datetime.now(UTC), encrypted, name
            )
            self._mails.append(mail)

    def _route(self, request: Request) -> Reply:
        if request.path == "/":
            return inbox_page([(one.number, one.received, one.message) for one in self.mails])
        if request.path == "/style.css":
            return stylesheet(STYLE)
        name, _, kind = request.path.removeprefix("/mails/").partition(".")
        mail = next((one for one in self.mails if str(one.number) == name), None)
        if mail is None:
            return missing()
        if kind == "eml":
            headers = {"X-Content-Type-Options": "nosniff"}
            return Reply(body=mail.raw, content_type="text/plain; charset=utf-8", headers=headers)
        return mail_page(mail.number, mail.received, mail.message)


class _Handler:
    """aiosmtpd's hooks, found by their names."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._mailbox.refusal("MAIL", session)
        if not answer:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._mailbox.refusal("RCPT", session)
        if not answer:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer or "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self._mailbox.refusal("DATA", session)
        if not answer:
            self._mailbox.keep(session, envelope)
        return answer or "250 2.0.0 Ok: kept"
