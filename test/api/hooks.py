"""What schemathesis cannot know from the description alone."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.openapi.checks import UseAfterFree

# A replay that was cancelled says how far it came, and what was sent stays in the log.
KEPT_AFTER_DELETE = {"/replays/{id}", "/subscriptions/{id}/logs", "/subscription/logs/{id}"}

# Names that nobody has.
HOSTS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?\.invalid", fullmatch=True)
PATHS = st.from_regex(r"(/[A-Za-z0-9._~-]{0,8}){0,3}(\?[a-z]=[a-z0-9]{0,4})?", fullmatch=True)
schemathesis.openapi.format(
    "uri", st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PATHS)
)


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.hook
def filter_case(ctx, case):
    """A window must go forward, no two header names may differ by case alone, a cursor is one of
    the list that is asked for, and a topic is one of two whose names begin with the prefix: JSON
    Schema has no words for these."""
    if case.operation.path == "/deliveries":
        query = case.query or {}
        is_queue = query.get("status") in ("queued", "waiting")
        if "cursor" in query and str(query["cursor"]).startswith("q") != is_queue:
            return False
    body = case.body
    if not isinstance(body, dict):
        return True
    if case.operation.path == "/replays":
        return body.get("to") is None and body.get("topic") is None
    headers = body.get("headers")
    if not isinstance(headers, dict):
        return True
    return len({name.lower() for name in headers}) == len(headers)


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    return not (isinstance(failure, UseAfterFree) and case.operation.path in KEPT_AFTER_DELETE)
