#!/usr/bin/env bash
set -euo pipefail

mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 \
  -DoutputDirectory=tool -Dmdep.useBaseVersion=true >&2
java -jar tool/openapi-generator-cli-7.25.0.jar generate -i openapi.json -g python -o client >generator.log
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check -r client/requirements.txt >&2
PYTHONPATH=client env/bin/python calls.py
