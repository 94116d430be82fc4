"""Paragraphs of plain text, and the page furniture that does not belong among them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.text import plain

TEXT_LIMIT = 200_000
_EDGES = " \t:.!*•·|›»«–—-…[]()→←↑+>"
_SHARE_WORDS = """
share this on via to with the article story post page link copy copied print email e-mail mail facebook twitter x
whatsapp telegram linkedin reddit pinterest viber messenger pocket tumblr vk bluesky threads flipboard instagram youtube
save tweet pin comments comment follow us поділитися поділитись поширити поделиться відправити надіслати скопіювати
посилання ссылка
"""
_FURNITURE_LINES = """
advertisement|advertisements|ad|sponsored|promoted|реклама|на правах реклами|на правах рекламы
source link|back to top|top|dismiss|close|menu|home|news|search|skip to content|skip to main content|loading
related|related articles|related stories|related news|related posts|related topics|more stories|more news
more on this story|read more|read also|see also|recommended|recommended for you|most read|trending|popular
you may also like|more from|previous|next|previous article|next article|previous post|next post|older posts|newer posts
tags|topics|categories|filed under|subscribe|subscribe now|subscribe to our newsletter|newsletter|sign up|log in
sign in|cancel reply|leave a reply cancel reply|post comment|submit|reply|view comments|show comments|image|photo|video
listen|читайте також|читайте также|теги|тема|теми|темы|коментарі|комментарии|назад|вперед|більше новин|популярне
популярное|підписатися|підписатись|подписаться|наверх|вгору|головна|главная|новини|новости|надрукувати|распечатать
"""
_SHARING = frozenset(_SHARE_WORDS.split())
_FURNITURE = frozenset(_FURNITURE_LINES.strip().replace("\n", "|").split("|"))
# From such a line to the end of the page there is only the comment form and what is under it.
_COMMENT_FORM = re.compile(
    r"(leave|post|write|add) (a|your) (reply|comment)\b|your e-?mail address will not be published"
    r"|join the conversation$|(залишити|додати|написати) коментар|(оставить|добавить|написать) комментарий"
    r"|ваша? e-?mail .{0,40}(оприлюднен|опубликован)",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(read (more|also|next)|see also|also read|related|more on this|watch|listen|читайте (також|также|ещ[её]|далі)"
    r"|дивіться також|смотрите также|по темі|по теме)\s*:\s*\S"
    r"|(sign up|subscribe) (for|to) (our|the|my) .{0,60}(newsletter|channel|updates)|required fields are marked"
    r"|this site uses akismet|save my name, e-?mail|(follow|find|join) us on \w+|підписуйтес[ья] на (наш|канал)"
    r"|подписывайтес[ья] на (наш|канал)|click here to (subscribe|share|sign up)|share this (article|story|post)\b",
    re.IGNORECASE,
)
_PROMPT_LENGTH = 200
_FOOTER = re.compile(
    r"the post .{1,400} (first )?appeared (first )?on .{1,200}"
    r"|(continue reading|read the full (story|article))\b.{0,200}",
    re.IGNORECASE,
)


def paragraphs(markup: str) -> str:
    """The text of a piece of HTML, or of plain text, as paragraphs separated by a blank line."""
    text = plain(markup, TEXT_LIMIT, lines=True)
    return "\n\n".join(unfurnished([" ".join(block.split()) for block in text.split("\n\n")]))


def unfurnished(blocks: Sequence[str]) -> list[str]:
    """The blocks that are neither empty nor furniture: no share buttons, prompts, advertisement marks, comment form."""
    kept: list[str] = []
    before, after = 0, sum(map(len, blocks))
    for block in blocks:
        after -= len(block)
        if len(block) <= _PROMPT_LENGTH and _COMMENT_FORM.match(block):
            # A link to the comments also stands on top of some articles: the end is only where most is behind us.
            if 2 * before >= after:
                break
        elif block and not is_furniture(block):
            kept.append(block)
            before += len(block)
    return kept


def is_furniture(block: str) -> bool:
    """Is this one block of text a part of the page around an article, and not of the article?"""
    line = block.strip(_EDGES).casefold()
    if not line or line in _FURNITURE:
        return True
    if len(block) > 2 * _PROMPT_LENGTH:
        return False
    words = line.replace(",", " ").replace("|", " ").split()
    if len(words) <= 12 and all(word.strip(_EDGES) in _SHARING for word in words):
        return True
    return bool(_FOOTER.fullmatch(block) or (len(block) <= _PROMPT_LENGTH and _PROMPT.match(block)))
