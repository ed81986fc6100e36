#!/usr/bin/env bash
# The writers csv-writer 1.6.0 and objects-to-csv 1.3.6, the reader csv-parse 7.0.3, Python's csv.
# Needs npm, Node 20 or later, and python3.
#
# A text with a carriage return and no line feed (a progress line, text from old Macs or terminals)
# is written without quotes by both, though they quote commas, quotes and line feeds. RFC 4180 wants
# quotes around CR. Readers then part company: Python ends the row there. csv-parse keeps the CR in
# the field when a line feed came first, as after a header line; when the CR is the first line end in
# the file, it takes CR for the line end of the whole file. csv-stringify, fast-csv, papaparse,
# json-2-csv and d3-dsv quote it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-fund --no-audit csv-writer@1.6.0 objects-to-csv@1.3.6 \
  csv-stringify@6.9.0 fast-csv@5.0.8 papaparse@5.7.1 json-2-csv@5.6.0 d3-dsv@3.0.2 csv-parse@7.0.3
cat >write.mjs <<'EOF'
import { writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { createObjectCsvStringifier } from 'csv-writer';
import { csvFormatBody } from 'd3-dsv';
import { writeToString } from 'fast-csv';
import { json2csv } from 'json-2-csv';
import ObjectsToCsv from 'objects-to-csv';
import Papa from 'papaparse';

const rows = [{ user: 'u1', text: '50 %\r100 %' }];
const csv = createObjectCsvStringifier({ header: ['user', 'text'] }).stringifyRecords(rows);
const written = {
  'csv-writer': csv,
  'objects-to-csv': await new ObjectsToCsv(rows).toString(false),
  'csv-stringify': stringify(rows),
  'fast-csv': await writeToString(rows),
  papaparse: Papa.unparse(rows, { header: false }),
  'json-2-csv': json2csv(rows, { prependHeader: false }),
  'd3-dsv': csvFormatBody(rows),
};
for (const [name, text] of Object.entries(written)) console.log(name, JSON.stringify(text.trim()));
writeFileSync('x.csv', csv);
const read = (text) => JSON.stringify(parse(text, { relax_column_count: true }));
console.log('csv-parse, first line', read(csv));
console.log('csv-parse, after a header', read(`user,text\n${csv}`));
EOF
diff - <(node write.mjs) <<'EOF'
csv-writer "u1,50 %\r100 %"
objects-to-csv "u1,50 %\r100 %"
csv-stringify "u1,\"50 %\r100 %\""
fast-csv "u1,\"50 %\r100 %\""
papaparse "u1,\"50 %\r100 %\""
json-2-csv "u1,\"50 %\r100 %\""
d3-dsv "u1,\"50 %\r100 %\""
csv-parse, first line [["u1","50 %"],["100 %\n"]]
csv-parse, after a header [["user","text"],["u1","50 %\r100 %"]]
EOF
diff - <(python3 -c 'import csv; print(list(csv.reader(open("x.csv", newline=""))))') <<'EOF'
[['u1', '50 %'], ['100 %']]
EOF
echo 'as described'
