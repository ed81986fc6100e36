#!/usr/bin/env bash
# Apache Kafka 4.3.0: what kafka-console-consumer prints with print.headers and print.key, read by
# kafka-console-producer with parse.headers and parse.key. Needs a JDK from 17 on, and Maven.
#
# The two look like a way to copy records, say dead letters back into their topic. A record without
# headers is printed as `NO_HEADERS`, which the producer refuses, and it stops there, after some
# records were written. So does a header with a comma in it, such as most content types and every
# `traceparent` list, as commas divide headers, and the second line of a value with a line feed. A
# header without a value comes back as the text `null`, and so do a key and a value that are null:
# a tombstone becomes a record. The formatter and the reader are run here without a broker.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId>
  <artifactId>console</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>4.3.0</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
  -DoutputDirectory=jars -DincludeScope=runtime >mvn.log || { cat mvn.log; exit 1; }
cat >Copy.java <<'EOF'
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.tools.LineMessageReader;

class Copy {
  public static void main(String[] args) throws Exception {
    copy("plain", header("webhook-id", "1"), "k", "v");
    copy("no headers", new RecordHeaders(), "k", "v");
    copy("comma in a header", header("accept", "a, b"), "k", "v");
    copy("header without a value", header("x", null), "k", "v");
    copy("no key", header("x", "1"), null, "v");
    copy("no value", header("x", "1"), "k", null);
    copy("line feed in the value", header("x", "1"), "k", "a\nb");
  }

  static void copy(String name, RecordHeaders headers, String key, String value) throws Exception {
    var constructor =
        Class.forName("org.apache.kafka.tools.consumer.DefaultMessageFormatter")
            .getDeclaredConstructor();
    constructor.setAccessible(true);
    var formatter = (MessageFormatter) constructor.newInstance();
    formatter.configure(Map.of("print.headers", "true", "print.key", "true"));
    var printed = new ByteArrayOutputStream();
    formatter.writeTo(
        new ConsumerRecord<>(
            "t", 0, 0, 0, TimestampType.CREATE_TIME, 1, 1, bytes(key), bytes(value), headers,
            Optional.empty()),
        new PrintStream(printed));
    var reader = new LineMessageReader();
    reader.configure(Map.of("topic", "t", "parse.headers", "true", "parse.key", "true"));
    var records = reader.readRecords(new ByteArrayInputStream(printed.toByteArray()));
    var read = new StringBuilder(name + ":");
    try {
      while (records.hasNext()) {
        var record = records.next();
        for (var one : record.headers()) read.append(" " + one.key() + "=" + text(one.value()));
        read.append(" key=" + text(record.key()) + " value=" + text(record.value()));
      }
    } catch (Exception e) {
      read.append(" " + e.getMessage());
    }
    System.out.println(read);
  }

  static RecordHeaders header(String name, String value) {
    var headers = new RecordHeaders();
    headers.add(name, bytes(value));
    return headers;
  }

  static byte[] bytes(String text) {
    return text == null ? null : text.getBytes();
  }

  static String text(byte[] bytes) {
    return bytes == null ? "(none)" : "'" + new String(bytes) + "'";
  }
}
EOF
diff - <(java -cp 'jars/*' Copy.java 2>err.log || cat err.log) <<'EOF'
plain: webhook-id='1' key='k' value='v'
no headers: No header key separator found in pair 'NO_HEADERS' on line number 1
comma in a header: No header key separator found in pair ' b' on line number 1
header without a value: x='null' key='k' value='v'
no key: x='1' key='null' value='v'
no value: x='1' key='k' value='null'
line feed in the value: x='1' key='k' value='a' No headers delimiter found on line number 2: 'b'
EOF
echo 'as described'
