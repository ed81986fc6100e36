# Stands in for node:26-slim where it cannot be pulled: Node and npm as this machine has them.
# Built by ../build-local-images.sh.
ARG DEBIAN_IMAGE
FROM ${DEBIAN_IMAGE}
# Node's own binary needs it, and the smallest Debian has it only by chance.
RUN apt-get update -qq \
  && apt-get install -y -qq --no-install-recommends libatomic1 >/dev/null \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY node /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 -m node
CMD ["node"]
