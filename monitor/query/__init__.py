"""The rule language: parse, compile, match with evidence, explain. Pure."""

from __future__ import annotations

from monitor.query.analysis import Text, analyse, freeze, frozen_words, thaw
from monitor.query.compiler import Compiled, compile_query, freeze_rule, thaw_rule
from monitor.query.contexts import Context, contexts
from monitor.query.explain import explain, uninflected, without_forms
from monitor.query.expr import Expr
from monitor.query.matcher import holds, match
from monitor.query.parser import parse
from monitor.query.ruleset import RuleSet

__all__ = [
    "Compiled",
    "Context",
    "Expr",
    "RuleSet",
    "Text",
    "analyse",
    "compile_query",
    "contexts",
    "explain",
    "freeze",
    "freeze_rule",
    "frozen_words",
    "holds",
    "match",
    "parse",
    "thaw",
    "thaw_rule",
    "uninflected",
    "without_forms",
]
