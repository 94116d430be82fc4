"""Pictures: values in, inline SVG out. Colours and outlines are the stylesheet's, by class.

Each states its finding in its title (`says`), more of it in its description (`detail`), and has ids that begin with
`name`, which is unique on a page. None, or a bar's `gap`, is what was not seen: it is drawn as a gap, never as nothing.
A table of the same numbers stands behind each, by the macro `table` of `parts.html`.
"""

from __future__ import annotations

from monitor.web.pictures.bars import Bar, stacked
from monitor.web.pictures.carried import Report, carried
from monitor.web.pictures.frame import numbers
from monitor.web.pictures.rows import coverage, sparkline
from monitor.web.pictures.timeline import Dot, dots

__all__ = ["Bar", "Dot", "Report", "carried", "coverage", "dots", "numbers", "sparkline", "stacked"]
