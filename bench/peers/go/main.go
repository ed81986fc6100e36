// What one writes by hand in Go: reads a topic with a consumer group and posts each record, as many
// at a time as it has workers. No retries, no order, no rate, no log of attempts: it commits what it
// has polled once all of it is answered. A yardstick for bench/peers.ts.
//
// Usage: loop <brokers> <topic> <group> <url> <connections>
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// How many records are under way between two commits.
const polledMax = 4_000

func main() {
	log.SetFlags(0)
	if len(os.Args) != 6 {
		log.Fatal("usage: loop <brokers> <topic> <group> <url> <connections>")
	}
	brokers, topic, group, url := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	connections, err := strconv.Atoi(os.Args[5])
	if err != nil || connections < 1 {
		log.Fatalf("connections %q: allowed: a number from 1 on", os.Args[5])
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	transport.MaxConnsPerHost = connections
	run(client, &http.Client{Transport: transport}, url, connections)
}

func run(client *kgo.Client, sender *http.Client, url string, connections int) {
	records := make(chan *kgo.Record, polledMax)
	var underWay sync.WaitGroup
	for range connections {
		go func() {
			for record := range records {
				if err := post(sender, url, record); err != nil {
					log.Fatal(err)
				}
				underWay.Done()
			}
		}()
	}
	fmt.Println("running")
	for {
		fetches := client.PollRecords(context.Background(), polledMax)
		// It stood still for longer than a session, and joins its group again.
		fetches.EachError(func(_ string, _ int32, err error) { log.Print(err) })
		underWay.Add(fetches.NumRecords())
		fetches.EachRecord(func(record *kgo.Record) { records <- record })
		underWay.Wait()
		if err := client.CommitUncommittedOffsets(context.Background()); err != nil {
			log.Print(err)
		}
	}
}

func post(sender *http.Client, url string, record *kgo.Record) error {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(record.Value))
	if err != nil {
		return err
	}
	request.Header.Set("content-type", "application/json")
	for _, header := range record.Headers {
		if header.Key == "webhook-id" {
			request.Header["webhook-id"] = []string{string(header.Value)}
		}
	}
	answer, err := sender.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
