#!/usr/bin/env bash
set -euo pipefail

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.29.1 \
  httpx==0.28.1 attrs==26.1.0 python-dateutil==4.0.0 >&2
printf 'post_hooks: []\n' >config.yml
env/bin/openapi-python-client generate --path openapi.json --output-path client \
  --config config.yml >&2
PYTHONPATH=client env/bin/python calls.py
