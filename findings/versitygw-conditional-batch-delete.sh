#!/usr/bin/env bash
# versitygw 1.8.0 and @aws-sdk/client-s3 3.1175.0. Needs Go and npm; the server takes some minutes to
# compile.
#
# Three requests say "only if": the delete of one object by If-Match, the delete of several by the
# ETag of each, and the copy onto a key by If-None-Match. The gateway heeds the first one. The other
# two it answers with 200 and does all the same: an object that was replaced meanwhile is deleted,
# and one that is there is written over.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
cd "$work"

CGO_ENABLED=0 GOBIN="$work" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-s3@3.1175.0

mkdir -p root/alerts attributes
address=127.0.0.1:$((20000 + RANDOM % 10000))
./versitygw --access key --secret secret --port "$address" --health /health \
  posix --sidecar "$work/attributes" "$work/root" >server.log 2>&1 &
pid=$!
curl -sf -o /dev/null --retry 60 --retry-all-errors --retry-delay 1 "http://$address/health"

cat >try.cjs <<'EOJ'
const s3 = require('@aws-sdk/client-s3');
const client = new s3.S3Client({
  endpoint: process.argv[2],
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
});
const Bucket = 'alerts';
const ask = (command) =>
  client.send(command).then(
    ({ $metadata, Errors }) => `${$metadata.httpStatusCode}${Errors ? ` ${Errors[0].Code}` : ''}`,
    (error) => `${error.$metadata.httpStatusCode} ${error.name}`,
  );
const isThere = async (Key) => {
  const answer = await ask(new s3.HeadObjectCommand({ Bucket, Key }));
  return answer === '200' ? 'still there' : 'gone';
};
const other = '"00000000000000000000000000000000"';
(async () => {
  const put = (Key, Body) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body }));
  await put('one', 'new');
  await put('several', 'new');
  await put('source', 'from');
  await put('target', 'kept');
  const one = new s3.DeleteObjectCommand({ Bucket, Key: 'one', IfMatch: other });
  console.log('delete one:', await ask(one), await isThere('one'));
  const Delete = { Objects: [{ Key: 'several', ETag: other }] };
  const several = new s3.DeleteObjectsCommand({ Bucket, Delete });
  console.log('delete several:', await ask(several), await isThere('several'));
  const copied = { Bucket, Key: 'target', CopySource: `${Bucket}/source`, IfNoneMatch: '*' };
  console.log('copy:', await ask(new s3.CopyObjectCommand(copied)));
  const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'target' }));
  console.log('target:', await Body.transformToString());
})();
EOJ
diff - <(node try.cjs "http://$address") <<'EOS'
delete one: 412 PreconditionFailed still there
delete several: 200 gone
copy: 200
target: from
EOS
