"""What the double does beyond taking messages: pages, scopes, pace, lag, and every way to break a call."""

from __future__ import annotations

import gzip
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.newsroom.slack_rules import refusal, specials

ROOM = "C0NEWSDESK"


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    double = SlackDouble(channels=(ROOM, "C0SECOND"))
    yield double
    double.stop()


@pytest.fixture
def client(slack: SlackDouble) -> WebClient:
    return WebClient(token=slack.token, base_url=slack.api_url, retry_handlers=[], timeout=5)


def test_history_is_bounded_in_time_and_has_no_replies(client: WebClient) -> None:
    names = [client.chat_postMessage(channel=ROOM, text=str(number))["ts"] for number in range(3)]
    client.chat_postMessage(channel=ROOM, text="reply", thread_ts=names[0])
    client.chat_postMessage(channel="C0SECOND", text="elsewhere")
    shown = client.conversations_history(channel=ROOM, oldest=names[0])["messages"]
    assert [one["text"] for one in shown] == ["2", "1"]
    assert "metadata" not in shown[0]


def test_a_thread_comes_in_pages_oldest_first(client: WebClient) -> None:
    root = client.chat_postMessage(channel=ROOM, text="root")["ts"]
    for number in range(4):
        client.chat_postMessage(channel=ROOM, text=str(number), thread_ts=root)
    told, cursor = [], None
    while cursor != "":
        page = client.conversations_replies(channel=ROOM, ts=root, limit=2, cursor=cursor)
        told += [one["text"] for one in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
    assert told == ["root", "0", "1", "2", "3"]
    with pytest.raises(SlackApiError, match="invalid_cursor"):
        client.conversations_replies(channel=ROOM, ts=root, cursor="nonsense")
    with pytest.raises(SlackApiError, match="thread_not_found"):
        client.conversations_replies(channel=ROOM, ts="1.0")


def test_scopes_are_asked_for_and_told(client: WebClient, slack: SlackDouble) -> None:
    slack.scopes = ("chat:write",)
    client.chat_postMessage(channel=ROOM, text="x")
    with pytest.raises(SlackApiError, match="missing_scope"):
        client.conversations_history(channel=ROOM)
    assert client.auth_test().headers["X-OAuth-Scopes"] == "chat:write"


def test_a_paced_channel_takes_one_message_a_second(client: WebClient, slack: SlackDouble) -> None:
    slack.room.pace = 1.0
    client.chat_postMessage(channel=ROOM, text="1")
    client.chat_postMessage(channel="C0SECOND", text="another channel")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROOM, text="2")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    time.sleep(1.0)
    client.chat_postMessage(channel=ROOM, text="2")
    assert [one.payload["text"] for one in slack.posted] == ["1", "another channel", "2"]


def test_a_lagging_history_does_not_show_the_latest(client: WebClient, slack: SlackDouble) -> None:
    client.chat_postMessage(channel=ROOM, text="1")
    slack.room.lagging = True
    client.chat_postMessage(channel=ROOM, text="2")
    assert len(client.conversations_history(channel=ROOM)["messages"]) == 1
    slack.room.lagging = False
    assert len(client.conversations_history(channel=ROOM)["messages"]) == 2


def test_an_update_keeps_what_it_does_not_name(client: WebClient, slack: SlackDouble) -> None:
    metadata = {"event_type": "e", "event_payload": {"delivery_id": "k"}}
    root = client.chat_postMessage(channel=ROOM, text="x", metadata=metadata)["ts"]
    client.chat_update(channel=ROOM, ts=root, text="y")
    (posted,) = slack.posted
    assert (posted.payload["text"], posted.payload["metadata"], posted.edits) == ("y", metadata, 1)
    with pytest.raises(SlackApiError, match="message_not_found"):
        client.chat_update(channel=ROOM, ts="1.0", text="y")
    with pytest.raises(SlackApiError, match="msg_too_long"):
        client.chat_update(channel=ROOM, ts=root, text="y" * 40_001)


def test_an_archived_channel_takes_nothing(client: WebClient, slack: SlackDouble) -> None:
    slack.room.archived.add(ROOM)
    for call in (client.chat_postMessage, client.chat_update):
        with pytest.raises(SlackApiError, match="is_archived"):
            call(channel=ROOM, text="x", ts="1.0")


def test_a_fault_can_wait_for_one_kind_of_call(client: WebClient, slack: SlackDouble) -> None:
    slack.script(Fault(Reply(502, b"broken"), call="chat.update"))
    root = client.chat_postMessage(channel=ROOM, text="x")["ts"]
    with pytest.raises(SlackApiError):
        client.chat_update(channel=ROOM, ts=root, text="y")
    client.chat_update(channel=ROOM, ts=root, text="y")
    assert [len(slack.calls(name)) for name in ("chat.postMessage", "chat.update")] == [1, 2]


def test_a_reset_half_way_takes_nothing(slack: SlackDouble) -> None:
    slack.script(Fault(Reply(), half=True, call="webhook"))
    body = json.dumps({"text": "x" * 3000}).encode()
    head = f"POST /services/T0NEWS/B0NEWS/X0NEWS HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", slack.port), 5) as line:
        line.sendall(head.encode() + body[: len(body) // 2])
        with pytest.raises(ConnectionResetError):
            while not line.recv(100):
                pass
    assert slack.posted == () == slack.requests


def test_an_answer_can_drip_be_huge_or_be_a_bomb(slack: SlackDouble) -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    slack.script(
        Fault(Reply(200, b"ok", drip=0.1)),
        Fault(Reply(200, b"x" * 5_000_000)),
        Fault(Reply(200, bomb, headers={"Content-Encoding": "gzip"})),
    )
    started = time.monotonic()
    assert call(slack.webhook_url) == b"ok" and time.monotonic() - started >= 0.1
    assert len(call(slack.webhook_url)) == 5_000_000
    assert call(slack.webhook_url) == bomb
    assert slack.posted == ()


def call(url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, b'{"text": "x"}'), timeout=5) as answer:
        return answer.read()


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"text": "<!date^1^x|y> <tel:1> <evil.example|bank>"}, 3),
        ({"text": "@channel @here", "link_names": True}, 2),
        ({"text": "@everyone", "parse": "full"}, 1),
        ({"text": "@channel and a &lt;!channel&gt; and 3 > 2"}, 0),
        ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}}]}, 0),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}]}, 1),
    ],
)
def test_what_would_ping_or_hide(message: dict[str, Any], found: int) -> None:
    assert len(specials(message)) == found


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "attachments": [{}] * 100}, ""),
        ({"blocks": [{"type": "divider", "block_id": "x" * 256}]}, "invalid_blocks"),
        ({"text": "x" * 40_000}, ""),
        ({"text": 7}, "invalid_arguments"),
    ],
)
def test_more_limits(message: dict[str, Any], code: str) -> None:
    assert refusal(message) == code
