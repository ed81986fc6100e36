#!/usr/bin/env bash
set -euo pipefail

mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 \
  -DoutputDirectory=tool -Dmdep.useBaseVersion=true >&2
java -jar tool/openapi-generator-cli-7.25.0.jar generate -i openapi.json -g java --library native -o client \
  --additional-properties=containerDefaultToNull=true,openApiNullable=false \
  --global-property apiTests=false,modelTests=false,apiDocs=false,modelDocs=false >generator.log
cp Calls.java client/src/main/java/org/openapitools/client/
cd client
mvn -q compile dependency:copy-dependencies -DoutputDirectory=target/lib >&2
java -cp 'target/classes:target/lib/*' org.openapitools.client.Calls
