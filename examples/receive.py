"""A receiver of your own: subscribes to `order.*`, verifies each delivery, handles each id once.

python3 examples/receive.py       with ALLOW_TARGETS=127.0.0.1/32 for the system

It needs Python 3.10 and nothing else. HOOKLINE_URL and HOOKLINE_KEY name another system, and its
API key. Ctrl-C deletes the subscription.
"""

import base64
import hmac
import json
import os
import signal
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = os.environ.get("HOOKLINE_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("HOOKLINE_KEY", "none")


def call(method: str, path: str, body: object = None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(API + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


def is_genuine(secret: str, body: bytes, headers) -> bool:
    """body: the bytes as they came; nothing may decode or parse them before."""
    delivery_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    # Two signatures stand there for a day after the secret was changed.
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Keeps connections, so that not each delivery makes one.
    secret = ""
    # In a real receiver this belongs in its database: a repeat may come days later.
    handled: set[str] = set()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if is_genuine(self.secret, body, self.headers):
            delivery_id = self.headers["webhook-id"]
            if delivery_id not in self.handled:
                print("verified:", self.headers["event-type"], body.decode(), flush=True)
                self.handled.add(delivery_id)
            self.send_response(204)
        else:
            print("refused: the signature does not match", flush=True)
            self.send_response(401)
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def stop(*_):
    raise KeyboardInterrupt


signal.signal(signal.SIGTERM, stop)
server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
target_url = f"http://127.0.0.1:{server.server_port}/webhooks"
wanted = {"target_url": target_url, "event_types": ["order.*"]}
made = call("POST", "/subscriptions", wanted)
Receiver.secret = made["secret"]  # It is shown this once.
print("subscribed:", made["id"], "to", target_url, flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    call("DELETE", f"/subscriptions/{made['id']}")
    print("deleted:", made["id"], flush=True)
