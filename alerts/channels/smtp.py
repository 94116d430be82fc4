"""One mail to one recipient over SMTP, with every failure named: to be tried again, hopeless, or perhaps taken."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.channels.contract import Taken
from alerts.channels.doors import Door
from alerts.channels.smtp_answers import RECIPIENT, SENDER, SIGN_IN, TooBig, Transfer, Waits, classified, expect, said
from monitor.config import EmailChannel
from monitor.config.values import is_loopback
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Receipt
from monitor.text import clean

_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Post:
    """One mail (CRLF) and its way: bare addresses, the recipient's in UTF-8 where its name is not ASCII."""

    sender: str
    recipient: str
    mail: bytes

    @property
    def utf8(self) -> bool:
        """Whether the server must speak SMTPUTF8."""
        return not (self.recipient.isascii() and self.mail.isascii())


def transmit(config: EmailChannel, post: Post, waits: Waits, door: Door, taken: Taken) -> Receipt:
    """Hand over a mail; `taken` hears what the server answered after the final dot while the connection is open.

    Raises DeliveryError (TooBig among them), and whatever `taken` raises.
    """
    transfer = Transfer(config, waits)
    with door.passing(transfer.server, config.pace), contextlib.ExitStack() as connection:
        with _named(transfer, door):
            smtp = connection.enter_context(_connected(transfer))
            receipt = Receipt(detail=_hand_over(transfer, smtp, post))
        crashpoint("D7")
        taken(receipt)
        crashpoint("D9")
        # Taken and recorded: what becomes of the goodbye changes nothing, so nobody waits for its answer.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.putcmd("QUIT")
    return receipt


def probe(config: EmailChannel, waits: Waits, door: Door) -> str:
    """Greet, encrypt and sign in without sending anything; what was found, in words. Raises DeliveryError."""
    transfer = Transfer(config, waits)
    with door.passing(transfer.server, config.pace), _named(transfer, door), _connected(transfer) as smtp:
        signed = f"signed in as {config.username}" if config.username else "no sign-in"
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.quit()
    return f"{transfer.server} answers, {transfer.tls or 'in clear text'}, {signed}"


@contextlib.contextmanager
def _named(transfer: Transfer, door: Door) -> Iterator[None]:
    """Every failure inside as a DeliveryError, with a rest where the server asked for one."""
    try:
        yield
    except Exception as error:
        # The original is not chained: it may quote the sign-in.
        named = error if isinstance(error, DeliveryError) else classified(transfer, error)
        if named.retry_after is not None:
            named.retry_after = door.rest()
        raise named from None


@contextlib.contextmanager
def _connected(transfer: Transfer) -> Iterator[smtplib.SMTP]:
    """A connection with TLS and sign-in; however the block ends, it is closed without another word."""
    config, waits = transfer.config, transfer.waits
    _refuse_clear_text(config)
    name = socket.gethostname()
    hello = name if "." in name else "[127.0.0.1]"
    if config.tls == "tls":
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, hello, timeout=waits.reply, context=context)
    else:
        smtp = smtplib.SMTP(config.host, config.port, hello, timeout=waits.reply)
    watchdog = threading.Timer(waits.whole, _cut, (smtp,))
    watchdog.daemon = True
    watchdog.start()
    try:
        _prepare(transfer, smtp)
        yield smtp
    finally:
        watchdog.cancel()
        smtp.close()


def _refuse_clear_text(config: EmailChannel) -> None:
    if config.tls != "none" or is_loopback(config.host):
        return
    if not config.insecure:
        raise DeliveryError(f"refuses to send clear text to {config.host}: set tls or insecure = true", off=True)
    if config.username:
        raise DeliveryError(f"refuses to sign in at {config.host} in clear text: set tls", off=True)


def _cut(smtp: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError):
        if smtp.sock is not None:
            # Not the SSL socket's own shutdown: that would pull the session from under the thread that reads.
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)


def _prepare(transfer: Transfer, smtp: smtplib.SMTP) -> None:
    """TLS and sign-in."""
    if smtp.sock is not None:
        # With Nagle's delay a process killed after its last write may still have been heard.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transfer.step = "greeting"
    smtp.ehlo_or_helo_if_needed()
    if transfer.config.tls == "starttls":
        transfer.step = "STARTTLS"
        if not smtp.has_extn("starttls"):
            # Not hopeless: the network between may hide it, and its owner is told after an hour.
            raise DeliveryError(
                f"{transfer.server} does not offer STARTTLS, and clear text is refused: nothing was sent"
            )
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
    if isinstance(smtp.sock, ssl.SSLSocket):
        transfer.tls = f"{smtp.sock.version()} with a valid certificate"
    if transfer.config.username and transfer.config.password is not None:
        transfer.step, transfer.methods = SIGN_IN, smtp.esmtp_features.get("auth", "").strip()
        smtp.login(transfer.config.username, transfer.config.password.reveal())
        crashpoint("D4a")


def _hand_over(transfer: Transfer, smtp: smtplib.SMTP, post: Post) -> str:
    crashpoint("D4")
    _refuse_what_it_cannot_take(transfer, smtp, post)
    options = [f"size={len(post.mail)}"] if smtp.has_extn("size") else []
    options += ["BODY=8BITMIME", "SMTPUTF8"] if post.utf8 else []
    expect(transfer, SENDER, smtp.mail(post.sender, options), 250)
    expect(transfer, RECIPIENT, smtp.rcpt(post.recipient), 250, 251, 252)
    expect(transfer, "DATA", smtp.docmd("DATA"), 354)
    transfer.step = "sending the text"
    ending = b"" if post.mail.endswith(b"\r\n") else b"\r\n"
    crashpoint("D5")
    smtp.send(_LINE_START_DOT.sub(b"..", post.mail) + ending + b".\r\n")
    transfer.step, transfer.written = "waiting for the answer to the whole mail", True
    crashpoint("D6")
    if smtp.sock is not None:
        smtp.sock.settimeout(transfer.waits.dot)
    code, text = smtp.getreply()
    expect(transfer, "mail", (code, text), 250)
    return f"{code} {said(transfer, text)}"


def _refuse_what_it_cannot_take(transfer: Transfer, smtp: smtplib.SMTP, post: Post) -> None:
    limit = smtp.esmtp_features.get("size", "").split(" ")[0]
    if limit.isascii() and limit.isdigit() and 0 < int(limit) < len(post.mail):
        raise TooBig(f"{transfer.server} takes mails of {limit} bytes at most", permanent=True)
    if post.utf8 and not smtp.has_extn("smtputf8"):
        raise DeliveryError(
            f"{transfer.server} takes no addresses like {clean(post.recipient, 100)} (no SMTPUTF8): nothing was sent",
            permanent=True,
        )
