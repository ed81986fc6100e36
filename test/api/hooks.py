"""What schemathesis cannot know from the description alone."""

import re

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


# Days that every month has; the pattern of the description knows no months.
SURE_TIME = re.compile(
    r"(?!\d{4}-\d\d-\d\dT2[4-9])20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])(T.*(Z|[+-][01]\d:\d\d))?", re.A
)


def is_sure_place(value):
    """Whether a time or an offset is certainly right or certainly wrong. Of a number, which is taken
    as well, the description says nothing."""
    if not isinstance(value, str):
        return value is None or isinstance(value, (bool, list, dict))
    return not re.match(r"\d{4}-", value) or SURE_TIME.fullmatch(value) is not None


def is_within_settings(body):
    """Whether no own timeout or wait is longer than the settings of the system let, which its
    description cannot know: the defaults here."""
    timeout, waits = body.get("timeout_ms"), body.get("retry_schedule_ms")
    if isinstance(timeout, (int, float)) and 15_000 < timeout <= 120_000:
        return False
    return not isinstance(waits, list) or not any(
        isinstance(wait, (int, float)) and 40_000 < wait <= 86_400_000 for wait in waits
    )


# The example of the description.
FILTER = {"body": {"status": ["paid"], "amount": [{"numeric": [">", 100]}]}}


@schemathesis.hook
def filter_case(ctx, case):
    """Data is never null, a redrive says what it means, a window must go forward, no two header names may differ by case alone, a cursor is one of
    the list that is asked for, and a topic is one of two whose names begin with the prefix: JSON
    Schema has no words for these."""
    if case.operation.path == "/deliveries":
        query = case.query or {}
        is_queue = query.get("status") in ("queued", "waiting")
        if "cursor" in query and str(query["cursor"]).startswith("q") != is_queue:
            return False
    body = case.body
    for given in (case.query, body, isinstance(body, dict) and body.get("filter")):
        if isinstance(given, dict) and not all(
            is_sure_place(given[name]) for name in ("from", "to", "since") if name in given
        ):
            return False
    if not isinstance(body, dict):
        return True
    if "data" in body and body["data"] is None:
        return False
    if case.operation.path.startswith("/dead-letters/") and not ({"filter", "ids"} & body.keys()):
        return False
    if case.operation.path == "/dead-letters/discard" and not body.get("dry_run"):
        return isinstance(body.get("reason"), str) and body["reason"].strip() != ""
    if case.operation.path == "/replays":
        return body.get("to") is None and body.get("topic") is None
    if case.operation.path == "/offsets/reset":
        return body.get("topic") is None
    # A URL that it has found in an answer: WEBHOOK_URL leads to this machine, a subscription must not.
    if "127.0.0.1" in f'{body.get("target_url")} {body.get("oauth2")}':
        return False
    if case.operation.path.startswith("/subscriptions"):
        # A language of its own: common/filter/filter-property.test.ts has its properties.
        if isinstance(body.get("filter"), dict) and body["filter"] != FILTER:
            return False
        if not is_within_settings(body):
            return False
    headers = body.get("headers")
    if not isinstance(headers, dict):
        return True
    # Access tokens go into the same header.
    if body.get("oauth2") and any(name.lower() == "authorization" for name in headers):
        return False
    return len({name.lower() for name in headers}) == len(headers)


@schemathesis.hook
def before_add_examples(ctx, examples):
    """What is made of the examples of fields must keep the same rules."""
    examples[:] = [case for case in examples if filter_case(ctx, case)]


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    return not (isinstance(failure, UseAfterFree) and case.operation.path in KEPT_AFTER_DELETE)
