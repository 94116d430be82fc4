"""Where a version comes from: what was fetched, where its bytes lie, how it is sealed; as JSON and in words. Pure."""

from __future__ import annotations

from monitor.inquiry import shapes
from monitor.store.chain import Seal
from monitor.store.detail import ArticleDetail
from monitor.store.evidence import RawRow


def shape(detail: ArticleDetail, version_id: int) -> shapes.Json:
    """The seal of a version and the exchanges that it was read from, newest first."""
    found = detail.provenance[version_id]
    return {
        "seal": _seal(found.seal),
        "raw": [_raw(row, found.raw_seals.get(row.id), detail.article.id) for row in found.raw],
    }


def _seal(seal: Seal | None) -> shapes.Json | None:
    if seal is None:
        return None
    return {"position": seal.position, "digest": seal.digest, "chain": seal.chain}


def _raw(row: RawRow, seal: Seal | None, article_id: int) -> shapes.Json:
    return {
        "record": row.id,
        "url": row.url,
        "fetched": shapes.stamp(row.fetched),
        "outcome": row.outcome.value,
        "status": row.status,
        "sha256": row.payload,
        "size": row.size,
        "file": row.file,
        "offset": row.offset,
        "length": row.length,
        "expired": shapes.stamp(row.expired),
        "seal": _seal(seal),
        # Whoever wants the bytes asks for them on the shell: no screen hands out pages of other sites.
        "command": None if row.expired else f"storywatch show a{article_id} --raw --record {row.id}",
    }


def words(told: shapes.Json) -> list[tuple[str, str]]:
    """What `shape` says as lines of (name, words)."""
    said = [pair for row in told["raw"] for pair in _raw_words(row)] or [("raw", "no record of a page is kept")]
    return [*said, ("sealed", _seal_words(told["seal"]))]


def _raw_words(row: shapes.Json) -> list[tuple[str, str]]:
    lies = f"{row['file']}, {row['length']} bytes from {row['offset']}"
    return [
        ("fetched", f"{row['fetched']}  {row['status']} {row['outcome']}  {row['url']}"),
        ("payload", f"{row['size']} bytes, sha256 {row['sha256']}"),
        ("record", f"{row['record']} in {lies}" + (f", given up at {row['expired']}" if row["expired"] else "")),
        ("sealed", f"record: {_seal_words(row['seal'])}"),
        *([("bytes", row["command"])] if row["command"] else []),
    ]


def _seal_words(seal: shapes.Json | None) -> str:
    return "by nobody: see `storywatch verify`" if seal is None else f"at {seal['position']}, chain {seal['chain']}"
