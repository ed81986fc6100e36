# Stands in for apache/kafka where it cannot be pulled: the jars of infra/kafka/pom.xml and the
# same environment variables. Built by ../build-local-images.sh.
ARG DEBIAN_IMAGE
FROM ${DEBIAN_IMAGE}
RUN apt-get update -qq \
  && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null \
  && rm -rf /var/lib/apt/lists/*
COPY libs /opt/kafka/libs
COPY kafka-broker-api-versions.sh /opt/kafka/bin/
COPY kafka-entrypoint.sh /etc/kafka/docker/run
RUN useradd --uid 1000 appuser && install -d -o appuser /var/lib/kafka/data /opt/kafka/config
USER appuser
EXPOSE 9092
VOLUME /var/lib/kafka/data
CMD ["/etc/kafka/docker/run"]
