#!/usr/bin/env bash
# The CloudEvents SDKs cloudevents 10.0.0 (npm), cloudevents 2.2.0 (Python) and
# github.com/cloudevents/sdk-go/v2 2.16.2. Needs npm, Node 20 or later, python3 with venv, and Go.
#
# Three SDKs read one event, in binary mode over HTTP, as three events. `time` is optional: without
# it, JavaScript and Python put in the time of arrival, another one at each reading, so two copies of
# one event differ; Go leaves it out. JavaScript also cuts a `time` in microseconds to milliseconds.
# The HTTP binding (3.1.3.2) percent-encodes what is not printable ASCII in a header: only Python's
# 2.x does; in Go and JavaScript `subject` arrives as `Gr%C3%BC%C3%9Fe`, and what JavaScript writes,
# `fetch` refuses. Whoever passes events on should pass on the bytes and the headers, and keep
# attributes ASCII.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-fund --no-audit cloudevents@10.0.0
cat >read.mjs <<'EOF'
import { CloudEvent, HTTP } from 'cloudevents';

const attributes = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 'paid', 'ce-source': '/s' };
const read = (more) => HTTP.toEvent({ headers: { ...attributes, ...more }, body: '' });
console.log('no time:', Date.now() - Date.parse(read({}).time) < 60_000 ? 'now' : 'none');
console.log('time:', read({ 'ce-time': '2026-01-01T00:00:00.123456Z' }).time);
console.log('subject:', read({ 'ce-subject': 'Gr%C3%BC%C3%9Fe' }).subject);
const { headers } = HTTP.binary(new CloudEvent({ type: 'paid', source: '/s', subject: '订单' }));
try {
  new Headers(headers);
  console.log('fetch takes the headers');
} catch (error) {
  console.log('fetch:', error.name);
}
EOF
diff - <(node read.mjs) <<'EOF'
no time: now
time: 2026-01-01T00:00:00.123Z
subject: Gr%C3%BC%C3%9Fe
fetch: TypeError
EOF

python3 -m venv python
python/bin/pip install -q --disable-pip-version-check cloudevents==2.2.0
cat >read.py <<'EOF'
from datetime import datetime, timedelta, timezone

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event

attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "paid", "ce-source": "/s"}


def read(**more):
    headers = {**attributes, **{f"ce-{name}": value for name, value in more.items()}}
    return from_binary_event(HTTPMessage(headers=headers, body=b"")).get_attributes()


age = datetime.now(timezone.utc) - read()["time"]
print("no time:", "now" if age < timedelta(minutes=1) else "none")
print("time:", read(time="2026-01-01T00:00:00.123456Z")["time"].isoformat())
print("subject:", read(subject="Gr%C3%BC%C3%9Fe")["subject"])
EOF
diff - <(python/bin/python read.py) <<'EOF'
no time: now
time: 2026-01-01T00:00:00.123456+00:00
subject: Grüße
EOF

mkdir go && cd go && cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net/http"
	"strings"

	ce "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func main() {
	request, _ := http.NewRequest("POST", "http://127.0.0.1/", strings.NewReader(""))
	for name, value := range map[string]string{"specversion": "1.0", "id": "1", "type": "paid",
		"source": "/s", "subject": "Gr%C3%BC%C3%9Fe"} {
		request.Header.Set("ce-"+name, value)
	}
	event, err := ce.NewEventFromHTTPRequest(request)
	fmt.Println("no time:", map[bool]string{true: "none", false: "now"}[event.Time().IsZero()], err)
	fmt.Println("subject:", event.Subject())
}
EOF
export GOFLAGS=-modcacherw CGO_ENABLED=0
{ go mod init try && go get github.com/cloudevents/sdk-go/v2@v2.16.2 && go mod tidy; } 2>go.log
diff - <(go run .) <<'EOF'
no time: none <nil>
subject: Gr%C3%BC%C3%9Fe
EOF
echo 'as described'
