"""Ten calls with the client that openapi-generator (python) made of the description."""

import json
import os

import openapi_client as api

target = os.environ["TARGET"]
settings = api.Configuration(host=os.environ["BASE_URL"], access_token=os.environ["API_KEY"])
client = api.ApiClient(settings)
deliveries, subscriptions = api.DeliveriesApi(client), api.SubscriptionsApi(client)
log = api.DeliveryLogApi(client)

order = api.SendRequest(user_id="user-1", data={"order": {"id": 7, "items": ["a", "b"]}})
sent = deliveries.send(order, idempotency_key=f"{target}-1")
again = deliveries.send(order, idempotency_key=f"{target}-1")
wanted = api.CreateSubscription(target_url=target, event_types=["order.*"])
made = subscriptions.create_subscription(wanted)
subscriptions.create_subscription(api.CreateSubscription(target_url=target, rate_limit=2.5))
first = subscriptions.list_subscriptions(limit=1)
second = subscriptions.list_subscriptions(limit=1, cursor=first.next_cursor)
paid = api.EventRequest(type="order.paid", user_id="user-1", data=[1, 2])
event = deliveries.publish_event(paid)
# The client refuses an empty user by itself, as the description does.
lines = [api.BatchLine(user_id="user-2", data="text"), api.BatchLine(user_id="u", data=None)]
batch = deliveries.send_batch(lines)
file = ("alerts.csv", b"user_id,alert_message\nuser-3,hello\n")
uploaded = api.FilesApi(client).upload([file])
delivery = log.get_delivery(sent.id)
found = log.list_deliveries(id=sent.id)
dead = api.DeadLettersApi(client).list_dead_letters(limit=10)
status = api.StatusApi(client).get_status()
try:
    deliveries.send(api.SendRequest.model_construct(user_id="", data=1))
    raise AssertionError("an empty user was accepted")
except api.exceptions.BadRequestException as error:
    refused = error.data
    assert isinstance(refused, api.Problem)

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
            "problem": [refused.status, refused.type, refused.errors[0].var_field]
            if hasattr(refused.errors[0], "var_field")
            else [refused.status, refused.type, refused.errors[0].field],
        }
    )
)
