// Writes the events of bench/sources/events.ts to a topic, compressed with Snappy, as a program in
// Go would that knows nothing of Hookline.
//
// Usage: produce <brokers> <topic> <events> <users>
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 {
		log.Fatal("usage: produce <brokers> <topic> <events> <users>")
	}
	brokers, topic := os.Args[1], os.Args[2]
	events, users := number(os.Args[3]), number(os.Args[4])
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.SnappyCompression()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for n := range events {
		record := &kgo.Record{
			Key:   fmt.Appendf(nil, "user-%d", n%users),
			Value: fmt.Appendf(nil, `{"n":%d,"status":"%s","amount":%d,"region":"%s"}`, n, status(n), n%1_000, region(n)),
		}
		client.Produce(context.Background(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				log.Fatal(err)
			}
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func status(n int) string {
	return [...]string{"paid", "open", "void"}[n%3]
}

func region(n int) string {
	return [...]string{"eu-west", "eu-north", "us-east", "us-west"}[n%4]
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		log.Fatalf("%q: allowed: a number from 1 on", text)
	}
	return value
}
