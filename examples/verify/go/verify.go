package main

import (
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// isGenuine takes the body as it came, whatever it is.
func isGenuine(webhook *standardwebhooks.Webhook, body []byte, headers http.Header) bool {
	return webhook.Verify(body, headers) == nil
}
