"""One mail to one recipient over SMTP, with every failure named: to be tried again, hopeless, or perhaps taken."""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.config import EmailChannel
from monitor.config.values import is_loopback
from monitor.errors import DeliveryError
from monitor.text import clean

_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)
_TOO_BIG = "5.3.4"


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds. `dot` is long, as RFC 5321 asks: giving up there means sending twice. `whole` ends a dripping server."""

    reply: float = 30.0
    dot: float = 300.0
    whole: float = 420.0


@dataclass(slots=True)
class Transfer:
    """How far one attempt got: from `written` on, a broken connection no longer means "not delivered"."""

    config: EmailChannel
    waits: Waits
    step: str = "connecting"
    written: bool = field(default=False)

    @property
    def server(self) -> str:
        return f"{self.config.host}:{self.config.port}"


def transmit(config: EmailChannel, sender: str, recipient: str, mail: bytes, waits: Waits) -> str:
    """Hand over a mail (ASCII, CRLF) and return what the server answered after the final dot.

    Raises DeliveryError. `sender` and `recipient` are bare ASCII addresses.
    """
    if config.tls == "none" and not (config.insecure or is_loopback(config.host)):
        raise DeliveryError(f"refuses to send clear text to {config.host}: set tls or insecure = true", permanent=True)
    transfer = Transfer(config, waits)
    try:
        with _connected(transfer) as smtp:
            return _hand_over(transfer, smtp, sender, recipient, mail)
    except DeliveryError:
        raise
    except Exception as error:
        # The original is not chained: it may quote the sign-in.
        raise _classified(transfer, error) from None


@contextlib.contextmanager
def _connected(transfer: Transfer) -> Iterator[smtplib.SMTP]:
    config, waits = transfer.config, transfer.waits
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
        # Taken: what becomes of the goodbye changes nothing, so nobody waits for its answer.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.putcmd("QUIT")
    finally:
        watchdog.cancel()
        smtp.close()


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
            raise DeliveryError(
                f"{transfer.server} does not offer STARTTLS, and clear text is refused: nothing was sent",
                permanent=True,
            )
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
    if transfer.config.username and transfer.config.password is not None:
        transfer.step = "signing in"
        smtp.login(transfer.config.username, transfer.config.password.reveal())


def _hand_over(transfer: Transfer, smtp: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> str:
    options = [f"size={len(mail)}"] if smtp.has_extn("size") else []
    _expect(transfer, "sender", smtp.mail(sender, options), 250)
    _expect(transfer, "recipient", smtp.rcpt(recipient), 250, 251)
    _expect(transfer, "DATA", smtp.docmd("DATA"), 354)
    transfer.step = "sending the text"
    ending = b"" if mail.endswith(b"\r\n") else b"\r\n"
    smtp.send(_LINE_START_DOT.sub(b"..", mail) + ending + b".\r\n")
    transfer.step, transfer.written = "waiting for the answer to the whole mail", True
    if smtp.sock is not None:
        smtp.sock.settimeout(transfer.waits.dot)
    code, text = smtp.getreply()
    _expect(transfer, "mail", (code, text), 250)
    return f"{code} {_said(transfer, text)}"


def _expect(transfer: Transfer, what: str, answer: tuple[int, bytes], *wanted: int) -> None:
    code, text = answer
    if code in wanted:
        return
    transfer.step = what
    raise _refused(transfer, code, text)


def _refused(transfer: Transfer, code: int, text: bytes | str) -> DeliveryError:
    said = _said(transfer, text)
    # A full mailbox (552 without the code for "too big") may be emptied.
    hopeless = 500 <= code < 600 and not (code == 552 and transfer.step == "recipient" and _TOO_BIG not in said)
    # Anything but a refusal after the last dot leaves open what became of the mail.
    unclear = transfer.written and not 400 <= code < 600
    verb = "answered what nobody understands" if unclear else "refused"
    return DeliveryError(
        f"{transfer.server} {verb} ({transfer.step}): {code} {said}", permanent=hopeless, ambiguous=unclear
    )


def _classified(transfer: Transfer, error: Exception) -> DeliveryError:
    """What any exception of socket, ssl and smtplib means for the delivery."""
    where, step = transfer.server, transfer.step
    if transfer.written:
        return DeliveryError(f"{where} went silent while {step} ({_kind(error)}): it may arrive twice", ambiguous=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(transfer, error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError) or (step == "signing in" and type(error) is _NO_METHOD):
        return DeliveryError(f"{where} offers no sign-in that Storywatch speaks: nothing was sent", permanent=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = clean(error.verify_message)
        return DeliveryError(f"the certificate of {where} was refused: {reason}; nothing was sent")
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"TLS with {where} failed ({error.reason}): nothing was sent")
    if isinstance(error, socket.gaierror):
        return DeliveryError(f"the mail server {transfer.config.host} was not found: nothing was sent")
    return DeliveryError(f"{where} broke off while {step} ({_kind(error)}): nothing was delivered")


_NO_METHOD = smtplib.SMTPException


def _kind(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "connection closed"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__


def _said(transfer: Transfer, text: bytes | str) -> str:
    """The server's words, bounded, without our sign-in should it repeat that."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if transfer.config.password is not None:
        secret = transfer.config.password.reveal()
        both = f"\0{transfer.config.username}\0{secret}"
        for shown in (secret, *(base64.b64encode(each.encode()).decode() for each in (secret, both))):
            words = words.replace(shown, "[secret]")
    return clean(words, 300)
