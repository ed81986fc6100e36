// Ten calls with the client that ogen made of the description.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"

	"example.com/gen/api"
	"github.com/go-faster/jx"
	ht "github.com/ogen-go/ogen/http"
)

type key string

func (k key) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	return api.Bearer{Token: string(k)}, nil
}

// ok returns the answer of a call that has to succeed.
func ok[Good, Answer any](answer Answer, err error) Good {
	if err != nil {
		panic(err)
	}
	good, is := any(answer).(Good)
	if !is {
		panic(fmt.Sprintf("%T %+v", answer, answer))
	}
	return good
}

func main() {
	ctx, target := context.Background(), os.Getenv("TARGET")
	client, err := api.NewClient(os.Getenv("BASE_URL"), key(os.Getenv("API_KEY")))
	if err != nil {
		panic(err)
	}
	order := &api.SendRequest{UserID: "user-1", Data: jx.Raw(`{"order":{"id":7,"items":["a","b"]}}`)}
	keyed := api.SendParams{IdempotencyKey: api.NewOptString(target + "-1")}
	sent := ok[*api.AcceptedHeaders](client.Send(ctx, order, keyed)).Response
	again := ok[*api.AcceptedHeaders](client.Send(ctx, order, keyed)).Response
	address, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	wanted := &api.CreateSubscription{TargetURL: *address, EventTypes: []string{"order.*"}}
	made := ok[*api.CreateSubscriptionCreatedHeaders](client.CreateSubscription(ctx, wanted)).Response
	limited := &api.CreateSubscription{TargetURL: *address, RateLimit: api.NewOptNilFloat64(2.5)}
	ok[*api.CreateSubscriptionCreatedHeaders](client.CreateSubscription(ctx, limited))
	page := api.ListSubscriptionsParams{Limit: api.NewOptInt64(1)}
	first := ok[*api.SubscriptionPageHeaders](client.ListSubscriptions(ctx, page)).Response
	page.Cursor = api.NewOptString(first.NextCursor.Value)
	second := ok[*api.SubscriptionPageHeaders](client.ListSubscriptions(ctx, page)).Response
	paid := &api.EventRequest{Type: "order.paid", UserID: api.NewOptString("user-1"), Data: jx.Raw(`[1,2]`)}
	event := ok[*api.EventAcceptedHeaders](client.PublishEvent(ctx, paid, api.PublishEventParams{})).Response
	// The client refuses an empty user by itself, as the description does.
	lines := []api.BatchLine{
		{UserID: "user-2", Data: jx.Raw(`"text"`)},
		{UserID: "user-2", Data: jx.Raw(`null`)},
	}
	batch := ok[*api.SendBatchMultiStatusHeaders](client.SendBatch(ctx, lines)).Response
	rows := strings.NewReader("user_id,alert_message\nuser-3,hello\n")
	file := ht.MultipartFile{Name: "alerts.csv", File: rows}
	form := &api.UploadRequestMultipart{File: []ht.MultipartFile{file}}
	uploaded := ok[*api.UploadAcceptedHeaders](client.Upload(ctx, form)).Response
	one := api.GetDeliveryParams{ID: sent.ID}
	delivery := ok[*api.DeliveryWithAttemptsHeaders](client.GetDelivery(ctx, one)).Response
	search := api.ListDeliveriesParams{ID: api.NewOptString(sent.ID)}
	found := ok[*api.DeliveryPageHeaders](client.ListDeliveries(ctx, search)).Response
	few := api.ListDeadLettersParams{Limit: api.NewOptInt64(10)}
	dead := ok[*api.DeadLetterPageHeaders](client.ListDeadLetters(ctx, few)).Response
	status := ok[*api.StatusHeaders](client.GetStatus(ctx)).Response
	bad := &api.SendRequest{UserID: "user-1", Data: jx.Raw(`null`)}
	refused := api.Problem(ok[*api.SendBadRequest](client.Send(ctx, bad, api.SendParams{})).Response)

	statuses, names, reasons := []int64{}, []string{}, []string{}
	for _, result := range batch {
		statuses = append(statuses, result.Status)
	}
	for _, stored := range uploaded.Files {
		names = append(names, stored.Name)
	}
	for _, letter := range dead.DeadLetters {
		reasons = append(reasons, letter.Error)
	}
	report, _ := json.Marshal(map[string]any{
		"repeated":     sent.ID == again.ID,
		"secret":       strings.HasPrefix(made.Secret, "whsec_"),
		"no_limit":     made.RateLimit.Null,
		"pages":        []int{len(first.Subscriptions), len(second.Subscriptions)},
		"differ":       first.Subscriptions[0].ID != second.Subscriptions[0].ID,
		"event":        event.ID != "",
		"batch":        statuses,
		"files":        names,
		"delivery":     delivery.User,
		"deliveries":   len(found.Deliveries),
		"dead_letters": reasons,
		"status":       len(status.Topics) > 0 && status.Deliveries.InFlight >= 0,
		"problem":      []any{refused.Status, refused.Type, refused.Errors[0].Field},
	})
	fmt.Println(string(report))
}
