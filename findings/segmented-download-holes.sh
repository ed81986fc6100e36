#!/usr/bin/env bash
# axel 2.17.11, lftp 4.9.2 (pget) and aria2 1.36.0 of Debian 12. Needs apt-get, dpkg and python3.
#
# Tools that fetch a file in several parts at once write under its final name from the first second:
# far beyond what has arrived, with zeros where parts are missing. The size says nothing, and the
# time of the last change stands still when the sender stalls. Only the control file beside it tells:
# `x.csv.st` (axel), `x.csv.lftp-pget-status` (lftp) and `x.csv.aria2` (aria2), removed at the end.
# A tool that reads a folder has to leave `x.csv` alone while one of them lies there.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .

apt-get download -qq axel lftp aria2 libaria2-0 2>apt.log || { cat apt.log; exit 1; }
for deb in *.deb; do dpkg -x "$deb" package; done
export PATH="$work/package/usr/bin:$PATH"
LD_LIBRARY_PATH=$(dirname "$(find package -name 'libaria2.so.0' | head -1)")
export LD_LIBRARY_PATH="$work/$LD_LIBRARY_PATH"
axel --version | grep -q '^Axel 2\.17\.11 '
lftp --version | grep -q '^LFTP | Version 4\.9\.2 '
aria2c --version | grep -q '^aria2 version 1\.36\.0'

# Gives ranges of a file without a zero byte, 128 KiB of each, and then stalls until it is killed.
cat >serve.py <<'EOF'
import http.server
import re
import threading

SIZE = 8 << 20
FIRST = 128 << 10


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        start = int(asked[1]) if asked else 0
        end = min(int(asked[2] or SIZE - 1) if asked else SIZE - 1, SIZE - 1)
        self.send_response(206 if asked else 200)
        self.send_header("accept-ranges", "bytes")
        self.send_header("content-length", str(end - start + 1))
        if asked:
            self.send_header("content-range", f"bytes {start}-{end}/{SIZE}")
        self.end_headers()
        if self.command == "HEAD":
            return
        size = min(end - start + 1, FIRST)
        try:
            self.wfile.write(b"x" * size)
            if size <= end - start:
                threading.Event().wait(30)
        except OSError:
            pass

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
EOF
python3 serve.py >port &
pid=$!
until [ -s port ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat port)/x.csv

# Runs a download until its file has holes, and kills it. Prints what lies there then.
try() {
  rm -rf folder && mkdir folder && cd folder
  "$@" >/dev/null 2>&1 &
  local download=$! holes=no
  for _ in $(seq 100); do
    sleep 0.1
    if [ -e x.csv ] && [ "$(LC_ALL=C tr -dc '\0' <x.csv | head -c 1 | wc -c)" = 1 ]; then
      holes=yes
      # The control file is written at intervals.
      [ "$(ls | wc -l)" -lt 2 ] || break
    fi
  done
  kill -9 "$download" 2>/dev/null
  wait "$download" 2>/dev/null || true
  echo "$1: holes $holes, files" *
  cd ..
}
all() {
  try axel -n 4 -o x.csv "$url"
  try lftp -c "set xfer:clobber yes; set pget:save-status 1s; pget -n 4 $url"
  try aria2c -s 4 -x 4 -k 1M --auto-save-interval=1 --file-allocation=none "$url"
}
diff - <(all) <<'EOF'
axel: holes yes, files x.csv x.csv.st
lftp: holes yes, files x.csv x.csv.lftp-pget-status
aria2c: holes yes, files x.csv x.csv.aria2
EOF
echo 'as described'
