"""What a mail server's answers and silences mean: try again, hopeless, switched off, too big, or perhaps taken."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from dataclasses import dataclass, field

from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.text import clean

SPOKEN = "PLAIN, LOGIN or CRAM-MD5"
SIGN_IN, SENDER, RECIPIENT = "signing in", "sender", "recipient"
_TOO_BIG = ("5.3.4", "5.2.3")
_MAILBOX_FULL = "5.2.2"
_BUSY, _SIGN_IN_FIRST, _FULL = 421, 530, 552


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds. `dot` is long, as RFC 5321 asks: giving up there means sending twice. `whole` ends a dripping server."""

    reply: float = 30.0
    dot: float = 600.0
    whole: float = 720.0


class TooBig(DeliveryError):
    """The server takes no mail of this size."""


@dataclass(slots=True)
class Transfer:
    """How far one attempt got: from `written` on, a broken connection no longer means "not delivered"."""

    config: EmailChannel
    waits: Waits
    step: str = "connecting"
    written: bool = field(default=False)
    tls: str = ""
    methods: str = ""

    @property
    def server(self) -> str:
        return f"{self.config.host}:{self.config.port}"


def expect(transfer: Transfer, what: str, answer: tuple[int, bytes], *wanted: int) -> None:
    code, text = answer
    if code in wanted:
        return
    transfer.step = what
    raise _refused(transfer, code, text)


def _refused(transfer: Transfer, code: int, text: bytes | str) -> DeliveryError:
    told, step = said(transfer, text), transfer.step
    words = f"{transfer.server} refused ({step}): {code} {told}"
    if code == _BUSY:
        return DeliveryError(words, retry_after=0.0)
    if 400 <= code < 500:
        return DeliveryError(words)
    if 500 <= code < 600:
        return _hopeless(step, code, told, words)
    # Anything but a refusal after the last dot leaves open what became of the mail.
    return DeliveryError(words.replace("refused", "answered what nobody understands"), ambiguous=transfer.written)


def _hopeless(step: str, code: int, told: str, words: str) -> DeliveryError:
    """What a 5xx is about: the whole server, all mail of this channel, this recipient, or this mail."""
    if step not in (SIGN_IN, SENDER, RECIPIENT, "DATA", "mail"):
        # It speaks of the server and not of the mail, and may end by itself: a block list, maintenance.
        return DeliveryError(words)
    if any(mark in told for mark in _TOO_BIG):
        return TooBig(words, permanent=True)
    if code == _FULL:
        # A full mailbox may be emptied; without a word which of the two it is, the mail may be too big.
        full = step == RECIPIENT or _MAILBOX_FULL in told
        return DeliveryError(words) if full else TooBig(words)
    if step in (SIGN_IN, SENDER) or code == _SIGN_IN_FIRST:
        return DeliveryError(words, off=True)
    return DeliveryError(words, permanent=True)


def classified(transfer: Transfer, error: Exception) -> DeliveryError:
    """What any exception of socket, ssl and smtplib means for the delivery."""
    where, step = transfer.server, transfer.step
    if transfer.written:
        return DeliveryError(f"{where} went silent while {step} ({_kind(error)}): it may arrive twice", ambiguous=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(transfer, error.smtp_code, error.smtp_error)
    if step == SIGN_IN and isinstance(error, smtplib.SMTPException) and not _broken(error):
        return DeliveryError(
            f"{where} offers no sign-in that Storywatch speaks ({SPOKEN}): it offers"
            f" {clean(transfer.methods, 100) or 'none'}, and nothing was sent",
            off=True,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = clean(error.verify_message)
        return DeliveryError(f"the certificate of {where} was refused: {reason}; nothing was sent")
    if isinstance(error, ssl.SSLError):
        return DeliveryError(f"TLS with {where} failed ({error.reason}): nothing was sent")
    if isinstance(error, socket.gaierror):
        return DeliveryError(f"the mail server {transfer.config.host} was not found: nothing was sent")
    return DeliveryError(f"{where} broke off while {step} ({_kind(error)}): nothing was delivered")


def _broken(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPServerDisconnected)


def _kind(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "connection closed"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__


def said(transfer: Transfer, text: bytes | str) -> str:
    """The server's words, bounded, without our sign-in should it repeat that."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if transfer.config.password is not None:
        secret = transfer.config.password.reveal()
        both = f"\0{transfer.config.username}\0{secret}"
        for shown in (secret, *(base64.b64encode(each.encode()).decode() for each in (secret, both))):
            words = words.replace(shown, "[secret]")
    return clean(words, 300)
