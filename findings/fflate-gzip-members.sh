#!/usr/bin/env bash
# fflate 0.8.3 (gunzipSync, gunzip, decompressSync). Needs npm and Node 20 or later.
#
# A gzip file may be several members one behind the other (RFC 1952, 2.2): rotated logs that were
# put together with `cat`, bgzip, `pigz -i`, and sinks that append. fflate's one-shot functions take
# the size in the last member's trailer for the size of the whole, and return the text cut off
# there, in the middle of a row, without an error. Its streaming `Gunzip` and pako 3.0.3 read it all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-fund --no-audit fflate@0.8.3 pako@3.0.3
cat >read.mjs <<'EOF'
import { gzipSync } from 'node:zlib';
import { Gunzip, decompressSync, gunzip, gunzipSync } from 'fflate';
import * as pako from 'pako';

const file = Buffer.concat([gzipSync('user_id,text\nu1,first\n'), gzipSync('u2,second\n')]);
const show = (name, bytes) => console.log(name, JSON.stringify(String(Buffer.from(bytes))));
show('gunzipSync', gunzipSync(file));
show('decompressSync', decompressSync(file));
show('gunzip', await new Promise((resolve) => gunzip(file, (_, bytes) => resolve(bytes))));
const parts = [];
new Gunzip((part) => parts.push(part)).push(file, true);
show('Gunzip', Buffer.concat(parts));
show('pako', pako.ungzip(file));
EOF
diff - <(node read.mjs) <<'EOF'
gunzipSync "user_id,te"
decompressSync "user_id,te"
gunzip "user_id,te"
Gunzip "user_id,text\nu1,first\nu2,second\n"
pako "user_id,text\nu1,first\nu2,second\n"
EOF
echo 'as described'
