#!/bin/sh
# Runs Kafka from environment variables, as the image apache/kafka does: KAFKA_A_B__C___D becomes
# the property a.b_c-d. CLUSTER_ID names the cluster; KAFKA_HEAP_OPTS goes to Java.
set -eu
properties=/opt/kafka/config/server.properties
env | sort | awk '
  !/^KAFKA_[A-Z0-9_]+=/ || /^KAFKA_(HEAP_OPTS|OPTS|HOME|VERSION)=/ { next }
  {
    equals = index($0, "=")
    name = tolower(substr($0, 7, equals - 7))
    gsub(/___/, "-", name)
    gsub(/__/, "\001", name)
    gsub(/_/, ".", name)
    gsub(/\001/, "_", name)
    print name "=" substr($0, equals + 1)
  }' >"$properties"
set -- -Dorg.slf4j.simpleLogger.showDateTime=true \
  -Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn \
  -cp '/opt/kafka/libs/*'
java "$@" kafka.tools.StorageTool format --ignore-formatted \
  -t "${CLUSTER_ID:-aG9va2xpbmUtY2x1c3Rlcg}" -c "$properties"
# shellcheck disable=SC2086 # Several options, or none.
exec java ${KAFKA_HEAP_OPTS:-} "$@" kafka.Kafka "$properties"
