"""A judgement in lines for people: `why` and `compare` tell it in the same words."""

from __future__ import annotations

from monitor.cli.output import Json

_SHARES = (("containment", "common wording"), ("agreement", "facts that agree"), ("newword", "new words"))


def evidence_lines(row: Json) -> list[str]:
    """What decided, the nearest report, sentences and facts of a judgement's JSON."""
    lines = [*([f"decided by  {row['decided']}"] if row["decided"] else []), *_nearest(row)]
    if row["joined_by"]:
        lines.append(f"joined by   {', '.join(row['joined_by'])}")
    fresh = [sentence for sentence in row["sentences"] if sentence["new"]]
    lines.append(f"sentences   {len(fresh)} of {len(row['sentences'])} are new")
    for sentence in fresh:
        lines.append(f"  + {_line(sentence['text'])}")
        lines += [f"      beside {one['id']} ({one['share']:.2f}): {_line(one['text'])}" for one in _first(sentence)]
    changes = [f"{_line(one['old'])} -> {_line(one['text'])}" for one in row["changes"]]
    if changes:
        lines.append(f"changed     {', '.join(changes)}")
    if row["facts"]:
        lines.append(f"new facts   {', '.join(_line(fact['text']) for fact in row['facts'])}")
    return lines


def _nearest(row: Json) -> list[str]:
    near = row["nearest"]
    if near is None:
        return ["nearest     nothing like it is known"]
    about = ", ".join(part for part in (near["outlet"], near["published"]) if part)
    shares = [f"{words} {row[name]:.2f}" for name, words in _SHARES]
    if row["resemblance"]:
        shares.append(f"resemblance {row['resemblance']:.2f}")
    title = _line(near["title"]) or near["url"] or near["outlet"]
    named = f"{near['id']}  {title}" if near["id"] else title
    return [f"nearest     {named}" + (f" ({about})" if about else ""), f"            {', '.join(shares)}"]


def _first(sentence: Json) -> list[Json]:
    return list(sentence["against"][:1])


def _line(text: str) -> str:
    return " ".join(text.split())
