#!/usr/bin/env bash
# Secrets of Standard Webhooks whose base64 has no padding: npm standardwebhooks 1.1.1, Python
# standardwebhooks 1.1.0, Go github.com/standard-webhooks/standard-webhooks/libraries 0.0.1, Java
# com.standardwebhooks 1.2.0. Needs npm, python3 with venv, Go 1.21, a JDK from 17 on, and Maven.
#
# The specification says "base64" and no more. A secret of 16 or 32 bytes ends in `=` when padded;
# written without, as many generators do, JavaScript, Python and Java take it and Go refuses it, as
# does Rust (standardwebhooks 1.0.1, whose engine requires canonical padding). So a sender that
# accepts it signs what some of its receivers can never verify. A secret of 24 bytes has no padding
# and works everywhere.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
padded='whsec_AAECAwQFBgcICQoLDA0ODw=='
bare=${padded%==}

npm install --silent --no-fund --no-audit standardwebhooks@1.1.1
cat >try.mjs <<'EOF'
import { Webhook } from 'standardwebhooks';
try {
  new Webhook(process.argv[2]);
  console.log('npm takes it');
} catch (error) {
  console.log('npm refuses it');
}
EOF
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check standardwebhooks==1.1.0
cat >try.py <<'EOF'
import sys
from standardwebhooks.webhooks import Webhook
Webhook(sys.argv[1])
print("Python takes it")
EOF
mkdir go && cat >go/main.go <<'EOF'
package main

import (
	"fmt"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	if _, err := standardwebhooks.NewWebhook(os.Args[1]); err != nil {
		fmt.Println("Go refuses it")
		return
	}
	fmt.Println("Go takes it")
}
EOF
(cd go && export GOFLAGS=-modcacherw && go mod init try &&
  go get github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1 &&
  CGO_ENABLED=0 go build -o ../try-go .) 2>go.log
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact=com.standardwebhooks:standardwebhooks:1.2.0 -DoutputDirectory=jars
cat >Try.java <<'EOF'
class Try {
  public static void main(String[] args) throws Exception {
    new com.standardwebhooks.Webhook(args[0]);
    System.out.println("Java takes it");
  }
}
EOF
try() {
  node try.mjs "$1" && python/bin/python try.py "$1" && ./try-go "$1" &&
    java -cp 'jars/*' Try.java "$1"
}
diff - <(try "$padded") <<'EOF'
npm takes it
Python takes it
Go takes it
Java takes it
EOF
diff - <(try "$bare") <<'EOF'
npm takes it
Python takes it
Go refuses it
Java takes it
EOF
echo 'as described'
