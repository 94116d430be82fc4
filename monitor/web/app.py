"""The review screens as one Starlette application: every route, the door before them, errors in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from alerts.links import ANSWER_PATH, UNSUBSCRIBE_PATH
from monitor.config import Config
from monitor.errors import QueryError, StoreError, UsageError
from monitor.store import Store
from monitor.store.census import Census
from monitor.store.daily import Arrivals
from monitor.web import (
    alert,
    alerts,
    answers,
    article,
    articles,
    calming,
    diffs,
    events,
    feed,
    joining,
    login,
    metrics,
    plain,
    reviewing,
    rule,
    rules,
    searches,
    settings,
    source,
    sources,
    stories,
    story_brief,
    storylist,
    today,
)
from monitor.web.compiled import Compiled
from monitor.web.dryrun import Turns
from monitor.web.guard import Guard, secure
from monitor.web.limiter import Limiter
from monitor.web.screens import Screens, json_answer, screens_of
from monitor.web.sessions import Sessions
from monitor.web.warming import warming
from monitor.web.websub import ROUTE, Hears, callback

# Plain functions: Starlette runs them in threads, so that a slow archive never holds up the daemon's loop.
ROUTES = (
    *today.ROUTES,
    *articles.LIST.routes(articles.article_list),
    ("/articles/{ident}/diff.json", diffs.diff_json),
    ("/articles/{ident}/diff", diffs.diff_page),
    ("/articles/{ident}/raw", article.raw_record),
    ("/articles/{ident}.json", article.article_json),
    ("/articles/{ident}", article.article_page),
    *searches.LIST.routes(searches.search_list),
    ("/searches/rule", searches.rule),
    ("/searches/{ident}.rss", searches.feed),
    ("/searches/{ident}", searches.opened),
    *alerts.LIST.routes(alerts.alert_list),
    ("/alerts/{ident}.json", alert.alert_json),
    ("/alerts/{ident}", alert.alert_page),
    (feed.PATH, feed.feed),
    *rules.LIST.routes(rules.rule_list),
    ("/rules/new.json", rule.new_json),
    ("/rules/new.csv", rule.new_csv),
    ("/rules/new", rule.new_page),
    ("/rules/{ident}.json", rule.rule_json),
    ("/rules/{ident}.csv", rule.rule_csv),
    ("/rules/{ident}", rule.rule_page),
    *sources.LIST.routes(sources.source_list),
    ("/sources.opml", sources.opml),
    ("/sources/{ident}.json", source.source_json),
    ("/sources/{ident}.rss", source.source_rss),
    ("/sources/{ident}", source.source_page),
    *storylist.LIST.routes(storylist.story_list),
    ("/stories/{ident}.json", stories.story_json),
    ("/stories/{ident}.md", story_brief.story_md),
    ("/stories/{ident}/merge", joining.merge_page),
    ("/stories/{ident}", stories.story_page),
    ("/help", plain.help_page),
    ("/login", login.login_page),
    ("/healthz", plain.healthz),
    ("/readyz", plain.readyz),
    ("/metrics", metrics.metrics),
    (events.PATH, events.events),
    ("/static/style.css", plain.style),
    ("/static/script.js", plain.script),
    ("/static/icon.svg", plain.icon),
)
# Forms are posted to these, by people who logged in; each answers with the page to go back to.
WRITES: tuple[tuple[str, Callable[[Request], Response]], ...] = (
    ("/login", login.login),
    ("/logout", login.logout),
    (settings.PATH, settings.choose),
    ("/review", reviewing.review),
    ("/seen", reviewing.seen),
    ("/undo", reviewing.undo),
    ("/stories/{ident}/merge", joining.merge),
    ("/stories/{ident}/split", joining.split),
    ("/searches", searches.keep),
    ("/searches/{ident}/delete", searches.forget),
    ("/mute", calming.mute),
    ("/mute/end", calming.end_mute),
    ("/vote", calming.vote),
    ("/alerts/retry", calming.retry),
    ("/sources/{ident}/check", source.check_now),
)
# The menu; what there is no page for is left out.
NAV = (
    ("/", "Today"),
    ("/stories", "Stories"),
    ("/articles", "Articles"),
    ("/alerts", "Alerts"),
    ("/rules", "Rules"),
    ("/sources", "Sources"),
    ("/help", "Help"),
)


def create_app(
    store: Store,
    config: Callable[[], Config],
    problem: Callable[[], str],
    refused: Callable[[], tuple[str, ...]] = tuple,
    hears: Hears | None = None,
    stopping: Callable[[], bool] = lambda: False,
    pulse: Callable[[], Mapping[str, float]] = dict,
) -> Starlette:
    """The screens over one archive; `problem` says why the daemon is not well, or ""; `hears` answers hubs.

    `refused`: the problems of a config that a reload did not take. `stopping`: whether the daemon is about to end.
    `pulse`: what the daemon says of itself for /metrics, seconds by name; nothing where there is none.
    """
    routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in ROUTES]
    writes = [Route(path, endpoint, methods=["POST"]) for path, endpoint in WRITES]
    routes += writes
    if hears is not None:
        routes.append(Route(ROUTE, callback, methods=["GET", "POST"]))
    routes += [
        Route(answers.STYLE_PATH, plain.style, methods=["GET"]),
        Route(UNSUBSCRIBE_PATH + "{token}", answers.unsubscribe, methods=["GET", "POST"]),
        Route(ANSWER_PATH + "{token}", answers.answer, methods=["GET", "POST"]),
    ]
    paths = {path for path, _endpoint in ROUTES}
    nav = tuple(item for item in NAV if item[0] in paths)
    screens = Screens(store, config, problem, refused, nav=nav)
    sessions = Sessions(store, config, lambda: screens.clock())
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, config=config, sessions=sessions, writes=_any_of(writes))],
        exception_handlers={
            HTTPException: _http_error,
            UsageError: _refused,
            QueryError: _refused,
            StoreError: _no_archive,
            Exception: _broken,
        },
        lifespan=warming,
    )
    app.router.redirect_slashes = False
    app.state.screens = screens
    app.state.sessions = sessions
    app.state.hears = hears
    app.state.events = events.Events(stopping)
    app.state.pulse = pulse
    _remember(app)
    return app


def _remember(app: Starlette) -> None:
    """What is kept in memory from one request to the next."""
    app.state.limiter = Limiter()
    app.state.census = Census()
    app.state.compiled = Compiled()
    app.state.arrivals = Arrivals()
    app.state.turns = Turns()


def _any_of(routes: Sequence[Route]) -> Callable[[str], bool]:
    return lambda path: any(route.path_regex.match(path) for route in routes)


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) else ""
    if said == HTTPStatus(status).phrase:
        said = "There is no such page." if status == HTTPStatus.NOT_FOUND else said
    return _in_words(request, status, said)


def _refused(request: Request, error: Exception) -> Response:
    return _in_words(request, 400, str(error))


def _no_archive(request: Request, error: Exception) -> Response:
    return _in_words(request, 503, f"The archive does not answer: {error}")


def _broken(request: Request, _error: Exception) -> Response:
    """A bug of ours. It is logged with its traceback by the server; nobody outside sees that."""
    answer = PlainTextResponse("Something broke on our side. The daemon's log says what.\n", status_code=500)
    secure(answer.headers)
    return answer


def _in_words(request: Request, status: int, said: str) -> Response:
    """An error in the form that was asked for; who needs no login is not shown what stands around a page."""
    if answers.is_answer(request.url.path):
        return PlainTextResponse(said + "\n", status_code=status)
    if request.url.path.endswith(".json") or request.headers.get("accept", "") == "application/json":
        return json_answer(request, {"error": said}, status)
    if request.url.path.endswith((".csv", ".rss", ".md", ".atom")):
        return PlainTextResponse(said + "\n", status_code=status)
    return screens_of(request).page(request, "error.html", status=status, code=status, said=said)
