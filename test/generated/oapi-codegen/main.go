// Ten calls with the client that oapi-codegen made of the description.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"

	"example.com/gen/api"
)

// ok returns the part of an answer that has to be there.
func ok[Good any](good *Good, status string) Good {
	if good == nil {
		panic("the answer was " + status)
	}
	return *good
}

// must returns the answer of a call that has to reach the server.
func must[Answer any](answer Answer, err error) Answer {
	if err != nil {
		panic(err)
	}
	return answer
}

func main() {
	ctx, target := context.Background(), os.Getenv("TARGET")
	addKey := func(_ context.Context, request *http.Request) error {
		request.Header.Set("authorization", "Bearer "+os.Getenv("API_KEY"))
		return nil
	}
	url := os.Getenv("BASE_URL")
	client := must(api.NewClientWithResponses(url, api.WithRequestEditorFn(addKey)))

	var data any = map[string]any{"order": map[string]any{"id": 7, "items": []string{"a", "b"}}}
	order := api.SendRequest{UserId: "user-1", Data: data}
	key := target + "-1"
	send := func() api.Accepted {
		answer := must(client.SendWithResponse(ctx, &api.SendParams{IdempotencyKey: &key}, order))
		return ok(answer.JSON202, answer.Status())
	}
	sent, again := send(), send()
	types, rate := []string{"order.*"}, 2.5
	wanted := api.CreateSubscription{TargetUrl: target, EventTypes: &types}
	created := must(client.CreateSubscriptionWithResponse(ctx, wanted))
	made := ok(created.JSON201, created.Status())
	limited := api.CreateSubscription{TargetUrl: target, RateLimit: &rate}
	second := must(client.CreateSubscriptionWithResponse(ctx, limited))
	ok(second.JSON201, second.Status())
	limit := int64(1)
	page := func(cursor *string) api.SubscriptionPage {
		params := &api.ListSubscriptionsParams{Limit: &limit, Cursor: cursor}
		answer := must(client.ListSubscriptionsWithResponse(ctx, params))
		return ok(answer.JSON200, answer.Status())
	}
	one := page(nil)
	two := page(one.NextCursor)
	user := "user-1"
	paid := api.EventRequest{Type: "order.paid", UserId: &user, Data: []int{1, 2}}
	published := must(client.PublishEventWithResponse(ctx, nil, paid))
	event := ok(published.JSON202, published.Status())
	lines := []api.BatchLine{{UserId: "user-2", Data: "text"}, {UserId: "", Data: 1}}
	batched := must(client.SendBatchWithResponse(ctx, lines))
	batch := ok(batched.JSON207, batched.Status())
	form := &bytes.Buffer{}
	writer := multipart.NewWriter(form)
	part := must(writer.CreateFormFile("file", "alerts.csv"))
	must(part.Write([]byte("user_id,alert_message\nuser-3,hello\n")))
	writer.Close()
	uploading := must(client.UploadWithBodyWithResponse(ctx, writer.FormDataContentType(), form))
	uploaded := ok(uploading.JSON202, uploading.Status())
	got := must(client.GetDeliveryWithResponse(ctx, sent.Id, &api.GetDeliveryParams{}))
	delivery := ok(got.JSON200, got.Status())
	listed := must(client.ListDeliveriesWithResponse(ctx, &api.ListDeliveriesParams{Id: &sent.Id}))
	found := ok(listed.JSON200, listed.Status())
	buried := must(client.ListDeadLettersWithResponse(ctx, &api.ListDeadLettersParams{}))
	dead := ok(buried.JSON200, buried.Status())
	looked := must(client.GetStatusWithResponse(ctx))
	status := ok(looked.JSON200, looked.Status())
	bad := must(client.SendWithResponse(ctx, nil, api.SendRequest{UserId: "", Data: 1}))
	refused := ok(bad.ApplicationproblemJSON400, bad.Status())

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
	report := must(json.Marshal(map[string]any{
		"repeated":     sent.Id == again.Id,
		"secret":       strings.HasPrefix(made.Secret, "whsec_"),
		"no_limit":     made.RateLimit == nil,
		"pages":        []int{len(one.Subscriptions), len(two.Subscriptions)},
		"differ":       one.Subscriptions[0].Id != two.Subscriptions[0].Id,
		"event":        event.Id != "",
		"batch":        statuses,
		"files":        names,
		"delivery":     delivery.User,
		"deliveries":   len(found.Deliveries),
		"dead_letters": reasons,
		"status":       len(status.Topics) > 0 && status.Deliveries.InFlight >= 0,
		"problem":      []any{refused.Status, refused.Type, (*refused.Errors)[0].Field},
	}))
	fmt.Println(string(report))
}
