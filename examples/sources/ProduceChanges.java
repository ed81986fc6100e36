import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes the changes of a table as Debezium does, compressed with zstd: three orders are created,
 * one is paid, one is deleted, and behind the deletion comes a record without a value. It needs
 * Kafka's own jars alone, and no build:
 *
 * <pre>java -cp '/opt/kafka/libs/*' examples/sources/ProduceChanges.java localhost:9092 shop.public.orders</pre>
 */
class ProduceChanges {
    public static void main(String[] args) {
        if (args.length != 2) throw new IllegalArgumentException("BROKERS TOPIC");
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers", args[0],
                        "compression.type", "zstd",
                        "acks", "all",
                        // Records that come within 20 ms go, and are compressed, together.
                        "linger.ms", 20);
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int id = 1; id <= 3; id++) send(producer, args[1], id, "c", "null", row(id, "open"));
            send(producer, args[1], 2, "u", row(2, "open"), row(2, "paid"));
            send(producer, args[1], 3, "d", row(3, "open"), "null");
            producer.send(new ProducerRecord<>(args[1], key(3), null), ProduceChanges::written);
        }
    }

    private static void send(
            KafkaProducer<String, String> to, String topic, int id, String op, String before, String after) {
        String change = "{\"op\":\"%s\",\"before\":%s,\"after\":%s}".formatted(op, before, after);
        to.send(new ProducerRecord<>(topic, key(id), change), ProduceChanges::written);
    }

    private static String key(int id) {
        return "{\"id\":%d}".formatted(id);
    }

    private static String row(int id, String status) {
        return "{\"id\":%d,\"customer\":\"customer-%d\",\"status\":\"%s\"}".formatted(id, id, status);
    }

    private static void written(Object metadata, Exception error) {
        if (error == null) return;
        error.printStackTrace();
        System.exit(1);
    }
}
