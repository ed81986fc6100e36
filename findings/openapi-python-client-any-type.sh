#!/usr/bin/env bash
# openapi-python-client 0.29.1. Needs python3 with venv.
#
# An answer may have any content type: OpenAPI writes that `*/*`. The generated client then lacks the
# answer altogether: the operation has no `sync` and no `asyncio`, only the functions that return
# details, and their `parsed` is None. With `raise_on_unexpected_status` even the 200 that the document
# names is raised as unexpected. The exit code is 0, and the warning names an object's address where the
# status code belongs. The same answer as `application/octet-stream` is read. `--fail-on-warning`
# makes it an error; the bytes are in `content` of `sync_detailed`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv python
export PATH="$work/python/bin:$PATH"
pip install -q --disable-pip-version-check openapi-python-client==0.29.1
cat >document.py <<'END'
import json


def operation(name, content_type):
    schema = {"type": "string", "format": "binary"}
    answer = {"description": "ok", "content": {content_type: {"schema": schema}}}
    return {"get": {"operationId": name, "responses": {"200": answer}}}


paths = {
    "/any": operation("any_type", "*/*"),
    "/octets": operation("octets", "application/octet-stream"),
}
info = {"title": "answers", "version": "1"}
print(json.dumps({"openapi": "3.1.0", "info": info, "paths": paths}))
END
python document.py >openapi.json
openapi-python-client generate --path openapi.json --output-path made --meta none >out 2>&1
echo "exit code $?" >all
tr -s ' \n' ' ' <out | grep -o 'Cannot parse response .* from generated client' |
  sed 's/0x[0-9a-f]*/ADDRESS/' >>all
cat >show.py <<'END'
import httpx
from made.api.default import any_type, octets
from made.client import Client


def answer(_):
    return httpx.Response(200, content=b"hello")


for operation in (octets, any_type):
    for strict in (False, True):
        client = Client(base_url="http://x", raise_on_unexpected_status=strict)
        transport = httpx.MockTransport(answer)
        client.set_httpx_client(httpx.Client(base_url="http://x", transport=transport))
        try:
            parsed = operation.sync_detailed(client=client).parsed
            said = parsed.payload.read() if parsed else parsed
        except Exception as error:
            said = f"{type(error).__name__}, status {error.status_code}"
        name = operation.__name__.split(".")[-1]
        print(f"{name}, sync: {hasattr(operation, 'sync')}, strict: {strict}, {said}")
END
python show.py >>all
diff - all <<'END'
exit code 0
Cannot parse response for status code <openapi_python_client.schema.untrusted_string.UntrustedString object at ADDRESS> (Unsupported content_type */*), response will be omitted from generated client
octets, sync: True, strict: False, b'hello'
octets, sync: True, strict: True, b'hello'
any_type, sync: False, strict: False, None
any_type, sync: False, strict: True, UnexpectedStatus, status 200
END
echo 'as described'
