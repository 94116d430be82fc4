"""What Slack's answers mean for a delivery. Pure."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from alerts.channels.exchange import Answer
from monitor.text import clean

_DEFAULT_PAUSE = 30.0
_LONGEST_PAUSE = 15 * 60.0


class Meaning(Enum):
    """One class per way to go on."""

    SENT = "sent"
    RATE = "too many messages"
    RETRY = "not posted"
    AMBIGUOUS = "perhaps posted"
    DEGRADE = "its form was refused"
    THREAD = "its thread is gone"
    PERMANENT = "refused for good"
    OFF = "refused until the channel is mended"
    UNKNOWN = "refused for a reason that is not known here"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ts` is Slack's name of the message, "" when it gave none; `pause` is in seconds, only for RATE.

    `code` is Slack's own word for a refusal, "" where it said none.
    """

    meaning: Meaning
    said: str
    ts: str = ""
    pause: float | None = None
    code: str = ""


_CODES = {
    Meaning.RATE: "ratelimited rate_limited message_limit_exceeded",
    Meaning.RETRY: "service_unavailable team_added_to_org org_login_required",
    Meaning.AMBIGUOUS: "fatal_error internal_error request_timeout rollup_error",
    Meaning.DEGRADE: "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long too_many_attachments"
    " attachment_payload_limit_exceeded invalid_payload no_text metadata_too_large"
    " invalid_metadata_format invalid_metadata_schema invalid_arguments",
    Meaning.THREAD: "cannot_reply_to_message thread_not_found message_not_found restricted_action_thread_locked"
    " restricted_action_non_threadable_channel restricted_action_thread_only_channel",
    Meaning.PERMANENT: "cant_update_message edit_window_closed",
    Meaning.OFF: "invalid_auth not_authed token_revoked token_expired account_inactive missing_scope"
    " invalid_token channel_not_found is_archived channel_is_archived not_in_channel restricted_action"
    " restricted_action_read_only_channel no_permission team_access_not_granted unknown_method"
    " ekm_access_denied access_denied method_deprecated two_factor_setup_required user_not_found action_prohibited"
    " posting_to_general_channel_denied no_service no_team no_service_id team_disabled not_allowed_token_type",
}
CODES = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
_FAMILIES = (("invalid_metadata_", Meaning.DEGRADE), ("restricted_action", Meaning.OFF))
_STATUSES = {
    401: Meaning.OFF,
    403: Meaning.OFF,
    404: Meaning.OFF,
    408: Meaning.AMBIGUOUS,
    410: Meaning.OFF,
    413: Meaning.DEGRADE,
}


def verdict(answer: Answer) -> Verdict:
    """Judge an answer of the Web API (JSON) or of an incoming webhook ("ok" or a code as text)."""
    if answer.status == 429:
        return Verdict(Meaning.RATE, "429 too many requests", pause=_pause(answer))
    if 300 <= answer.status < 400:
        host = clean(urlsplit(answer.headers.get("location", "")).hostname or "nowhere", 100)
        return Verdict(Meaning.RETRY, f"{answer.status} redirects to {host}, which is not followed")
    text = answer.body.decode("utf-8", "replace").strip()
    told = _object(text)
    if answer.status == 200 and (text == "ok" or told.get("ok") is True):
        ts = told.get("ts")
        return Verdict(Meaning.SENT, "ok", ts if isinstance(ts, str) else "")
    code = str(told.get("error", "")) if told else text
    return _refused(answer, code if re.fullmatch(r"[a-z][a-z0-9_]{1,79}", code) else "")


def _refused(answer: Answer, code: str) -> Verdict:
    family = next((meaning for start, meaning in _FAMILIES if code.startswith(start)), None)
    meaning = CODES.get(code) or family
    if meaning is Meaning.RATE:
        return Verdict(meaning, code, pause=_pause(answer), code=code)
    if meaning is not None:
        return Verdict(meaning, f"{answer.status} {code}", code=code)
    if answer.status >= 500 or (answer.status == 200 and not code):
        kind = clean(answer.headers.get("content-type", ""), 60) or "no type"
        return Verdict(Meaning.AMBIGUOUS, f"{answer.status} with an answer that is not Slack's ({kind})")
    # A code from the future: tried again for a day.
    unknown = _STATUSES.get(answer.status, Meaning.UNKNOWN)
    return Verdict(unknown, f"{answer.status} {code or 'without a reason'}", code=code)


def _object(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _pause(answer: Answer) -> float:
    """Seconds to wait: Retry-After may be absent, nonsense or a day."""
    try:
        asked = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return _DEFAULT_PAUSE
    return min(max(asked, 1.0), _LONGEST_PAUSE) if math.isfinite(asked) else _DEFAULT_PAUSE
