"""Ten calls with the client that openapi-python-client made of the description."""

import io
import json
import os

from hookline_client import AuthenticatedClient
from hookline_client.api.dead_letters import list_dead_letters
from hookline_client.api.deliveries import publish_event, send, send_batch
from hookline_client.api.delivery_log import get_delivery, list_deliveries
from hookline_client.api.files import upload
from hookline_client.api.status import get_status
from hookline_client.api.subscriptions import create_subscription, list_subscriptions
from hookline_client.models import (
    BatchLine,
    CreateSubscription,
    EventRequest,
    Problem,
    SendRequest,
    UploadRequest,
)
from hookline_client.types import UNSET, File

target = os.environ["TARGET"]
client = AuthenticatedClient(base_url=os.environ["BASE_URL"], token=os.environ["API_KEY"])


def ok(answer):
    """Returns the answer of a call that has to succeed."""
    assert answer is not None and not isinstance(answer, Problem), answer
    return answer


order = SendRequest(user_id="user-1", data={"order": {"id": 7, "items": ["a", "b"]}})
keyed = {"client": client, "body": order, "idempotency_key": f"{target}-1"}
sent = ok(send.sync(**keyed))
again = ok(send.sync(**keyed))
wanted = CreateSubscription(target_url=target, event_types=["order.*"])
made = ok(create_subscription.sync(client=client, body=wanted))
limited = CreateSubscription(target_url=target, rate_limit=2.5)
ok(create_subscription.sync(client=client, body=limited))
first = ok(list_subscriptions.sync(client=client, limit=1))
second = ok(list_subscriptions.sync(client=client, limit=1, cursor=first.next_cursor or UNSET))
paid = EventRequest(type_="order.paid", user_id="user-1", data=[1, 2])
event = ok(publish_event.sync(client=client, body=paid))
lines = [BatchLine(user_id="user-2", data="text"), BatchLine(user_id="", data=1)]
batch = ok(send_batch.sync(client=client, body=lines))
rows = io.BytesIO(b"user_id,alert_message\nuser-3,hello\n")
file = File(payload=rows, file_name="alerts.csv", mime_type="text/csv")
uploaded = ok(upload.sync(client=client, body=UploadRequest(file=[file])))
delivery = ok(get_delivery.sync(sent.id, client=client))
found = ok(list_deliveries.sync(client=client, id=sent.id))
dead = ok(list_dead_letters.sync(client=client, limit=10))
status = ok(get_status.sync(client=client))
refused = send.sync(client=client, body=SendRequest(user_id="", data=1))
assert isinstance(refused, Problem)

print(
    json.dumps(
        {
            "repeated": sent.id == again.id,
            "secret": made.secret.startswith("whsec_"),
            "no_limit": made.rate_limit is None,
            "pages": [len(first.subscriptions), len(second.subscriptions)],
            "differ": first.subscriptions[0].id != second.subscriptions[0].id,
            "event": len(event.id) > 0,
            "batch": [one.status for one in batch],
            "files": [one.name for one in uploaded.files],
            "delivery": delivery.user,
            "deliveries": len(found.deliveries),
            "dead_letters": [one.error for one in dead.dead_letters],
            "status": len(status.topics) > 0 and status.deliveries.in_flight >= 0,
            "problem": [refused.status, refused.type_, refused.errors[0].field],
        }
    )
)
