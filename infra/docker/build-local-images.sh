#!/usr/bin/env bash
# Builds stand-ins for the public images that the containers need, for a machine that can install
# packages and pull no image. Prints the settings that choose them:
#
#   eval "$(infra/docker/build-local-images.sh)"
#
# Needs root, Docker, debootstrap, Java 17 with Maven, and `npm ci` run before. What is there
# already is not built again.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
node=$root/node_modules/.bin/node
kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$root/infra/kafka/pom.xml")
node_version=$("$node" --version)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Another recipe makes another tag.
tag() { cat "$@" | sha256sum | cut -c1-12; }
debian_image=hookline-local/debian:bookworm
kafka_image=hookline-local/kafka:$kafka_version-$(tag local/kafka* "$root/infra/kafka/pom.xml")
node_image=hookline-local/node:${node_version#v}-$(tag local/node.Dockerfile)

is_there() { docker image inspect "$1" >/dev/null 2>&1; }

build() { # image, Dockerfile
  # The host's network: it has the name server and the certificates that reach the packages.
  docker build -q --network host --build-arg "DEBIAN_IMAGE=$debian_image" -t "$1" -f "$2" "$work" >&2
}

if ! is_there "$debian_image"; then
  echo "Making $debian_image ..." >&2
  debootstrap --variant=minbase bookworm "$work/debian" >"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; exit 1; }
  rm -rf "$work"/debian/var/cache/apt/archives/*.deb "$work"/debian/var/lib/apt/lists/*
  tar -C "$work/debian" -c . | docker import - "$debian_image" >&2
  rm -rf "$work/debian"
fi
if ! is_there "$kafka_image"; then
  echo "Making $kafka_image ..." >&2
  jars=$("$node" -e "
    const { ensureJars, jarCache } = await import('$root/infra/kafka/jars.ts');
    console.log(await ensureJars(jarCache(process.env)));" --input-type=module)
  cp -r "$jars" "$work/libs"
  cp local/kafka-* "$work/"
  build "$kafka_image" local/kafka.Dockerfile
fi
if ! is_there "$node_image"; then
  echo "Making $node_image ..." >&2
  cp -L "$node" /etc/ssl/certs/ca-certificates.crt "$work/"
  cp -r "$(npm root -g)/npm" "$work/npm"
  build "$node_image" local/node.Dockerfile
fi
echo "export KAFKA_IMAGE=$kafka_image NODE_IMAGE=$node_image"
