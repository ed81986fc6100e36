import base64
import hmac
import os
import time

key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))


def is_genuine(body: bytes, headers: dict[str, str]) -> bool:
    """body: as it came, whatever it is"""
    delivery_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)
