"""One exchange as WARC 1.1 records, and back: response, request and metadata, each a gzip member of its own."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.model import Fetch, Wire

# The body is kept as it was unpacked, so these would say something untrue about it.
_UNPACKED = ("content-encoding", "transfer-encoding", "content-length")
_MOVED = "X-Archive-Orig-"
_GZIP = zlib.MAX_WBITS + 16
_PIECE = 64 * 1024
_FORMAT = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What stands in the records of one exchange; `record_id` is the WARC-Record-ID of its response."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    request: tuple[tuple[str, str], ...]
    metadata: Mapping[str, str]
    record_id: str


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def file_head(name: str, software: str, now: datetime) -> bytes:
    """The warcinfo record that a file begins with."""
    out = BytesIO()
    writer = _writer(out)
    record = writer.create_warcinfo_record(
        name, {"software": software, "format": "WARC File Format 1.1", "conformsTo": _FORMAT}
    )
    record.rec_headers.replace_header("WARC-Date", _moment(now))
    writer.write_record(record)
    return out.getvalue()


def exchange_records(fetch: Fetch, wire: Wire, said: Mapping[str, str]) -> bytes:
    """The three records of an answered fetch; `said` is what else is known about it."""
    out = BytesIO()
    writer = _writer(out)
    url = fetch.final_url or fetch.url
    status = fetch.status or 0
    named = {"WARC-Date": _moment(fetch.started), **({"WARC-IP-Address": wire.address} if wire.address else {})}
    head = StatusAndHeaders(f"{status} {_phrase(status)}".rstrip(), _kept(wire, fetch.body), protocol=wire.protocol)
    response = writer.create_warc_record(
        url, "response", BytesIO(fetch.body), len(fetch.body), warc_headers_dict=named, http_headers=head
    )
    writer.write_record(response)
    linked = {**named, "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
    asked = StatusAndHeaders(f"GET {_target(url)} HTTP/1.1", list(wire.request), is_http_request=True)
    writer.write_record(writer.create_warc_record(url, "request", http_headers=asked, warc_headers_dict=linked))
    fields = "".join(f"{name}: {_line(value)}\r\n" for name, value in said.items() if value).encode()
    about = {**linked, "Content-Type": "application/warc-fields"}
    writer.write_record(
        writer.create_warc_record(url, "metadata", BytesIO(fields), len(fields), warc_headers_dict=about)
    )
    return out.getvalue()


def exchange_of(data: bytes) -> Exchange:
    """Read the records of one exchange. Raises ValueError when they are not what they say they are."""
    found: dict[str, Any] = {}
    try:
        for record in ArchiveIterator(BytesIO(data), check_digests="raise"):
            found[record.rec_type] = (record, record.content_stream().read())
        response, body = found["response"]
        request, _ = found["request"]
        _, about = found["metadata"]
        status = int(response.http_headers.get_statuscode())
    except (ArchiveLoadFailed, OSError, KeyError, EOFError, AttributeError, UnicodeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    fields = (line.partition(": ") for line in about.decode("utf-8", "replace").splitlines())
    return Exchange(
        response.rec_headers.get_header("WARC-Target-URI"),
        status,
        tuple(response.http_headers.headers),
        body,
        tuple(request.http_headers.headers),
        {name: value for name, _, value in fields},
        response.rec_headers.get_header("WARC-Record-ID") or "",
    )


def whole_records(file: BinaryIO) -> int:
    """How many bytes at the beginning of a WARC file are whole gzip members, which is whole records."""
    end = at = 0
    data = b""
    member = zlib.decompressobj(_GZIP)
    while data := data or file.read(_PIECE):
        at += len(data)
        try:
            member.decompress(data)
        except zlib.error:
            return end
        data = member.unused_data
        at -= len(data)
        if member.eof:
            end, member = at, zlib.decompressobj(_GZIP)
    return end


def _writer(out: BytesIO) -> Any:
    return WARCWriter(out, gzip=True, warc_version="1.1")


def _kept(wire: Wire, body: bytes) -> list[tuple[str, str]]:
    kept = [(f"{_MOVED}{name}" if name.lower() in _UNPACKED else name, _line(value)) for name, value in wire.response]
    return [*kept, ("Content-Length", str(len(body)))]


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _line(value: str) -> str:
    return " ".join(value.split())


def _moment(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
