#!/usr/bin/env bash
# webhook 2.8.0, the receiver of Debian 12 that runs a command for each request
# (github.com/adnanh/webhook). Needs apt-get and dpkg on Debian 12, and curl.
#
# A request that the trigger rule refuses (a wrong token, a wrong signature) is answered 200 with
# "Hook rules were not satisfied.", and a command that fails is answered 200 as well. A sender
# counts each as delivered and never repeats it, so one mistake in a rule or a full disk loses every
# event in silence. `trigger-rule-mismatch-http-response-code: 401` repairs the first,
# `include-command-output-in-response: true` the second, which then is 500.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

apt-get download -qq webhook 2>apt.log || { cat apt.log; exit 1; }
dpkg -x ./*.deb package
package/usr/bin/webhook -version | grep -qx 'webhook version 2.8.0'
rule='"trigger-rule": {"match": {"type": "value", "value": "right",
  "parameter": {"source": "header", "name": "X-Token"}}}'
cat >hooks.json <<EOF
[{"id": "refused", "execute-command": "/bin/true", $rule},
 {"id": "refused-401", "execute-command": "/bin/true", $rule,
  "trigger-rule-mismatch-http-response-code": 401},
 {"id": "failing", "execute-command": "/bin/false"},
 {"id": "failing-500", "execute-command": "/bin/false", "include-command-output-in-response": true}]
EOF
port=$((20000 + RANDOM % 10000))
package/usr/bin/webhook -hooks hooks.json -ip 127.0.0.1 -port "$port" >log 2>&1 &
pid=$!
curl -s -o /dev/null --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/"
post() {
  for hook in refused refused-401 failing failing-500; do
    curl -s -o /dev/null -w "$hook %{http_code}\n" -H 'x-token: wrong' -d '{}' \
      "http://127.0.0.1:$port/hooks/$hook"
  done
}
diff - <(post) <<'EOF'
refused 200
refused-401 401
failing 200
failing-500 500
EOF
echo 'as described'
