// How to tell that a request comes from Nova: one function per product, exactly as the product's document says.
// Copy the function of your product, with sign, compare and freshness where it uses them. Nothing else is needed.
//
// Each takes the request's headers, the raw body (before any parsing), the secret, and for the two products that sign
// a time, the receiver's clock and tolerance in seconds. The answer is "" for a request to trust, and otherwise the
// name of what is wrong with it.

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

type verification struct {
	headers   http.Header
	body      []byte
	secret    string
	now       int64
	tolerance int64
}

// The HMAC of the raw body, in hex. The key is the secret as shown, whsec_ included.
func embed(v verification) string {
	expected := hex.EncodeToString(sign([]byte(v.secret), v.body))
	return compare(v.headers.Get("X-Nova-Signature"), expected)
}

// sha256= and the HMAC of the raw body, in hex. The key is the API key that you chose.
func partner(v verification) string {
	expected := "sha256=" + hex.EncodeToString(sign([]byte(v.secret), v.body))
	return compare(v.headers.Get("X-Signature-SHA256"), expected)
}

// sha256= and the HMAC of the raw body, in hex. The key is the SHA-256 of the secret, as hex characters.
func calls(v verification) string {
	hash := sha256.Sum256([]byte(v.secret))
	key := hex.EncodeToString(hash[:])
	expected := "sha256=" + hex.EncodeToString(sign([]byte(key), v.body))
	return compare(v.headers.Get("X-Nova-Signature"), expected)
}

// The HMAC of "<timestamp>:<raw body>", in hex. The key is the secret as shown.
func kit(v verification) string {
	timestamp := v.headers.Get("x-novakit-timestamp")
	if stale := freshness(timestamp, v.now, v.tolerance); stale != "" {
		return stale
	}
	expected := hex.EncodeToString(sign([]byte(v.secret), []byte(timestamp+":"), v.body))
	return compare(v.headers.Get("x-novakit-signature"), expected)
}

// v1, and the HMAC of "<id>.<timestamp>.<raw body>", in base64. The key is what stands after whsec_, base64-decoded.
func standard(v verification) string {
	id, timestamp := v.headers.Get("webhook-id"), v.headers.Get("webhook-timestamp")
	if id == "" {
		return "missing_id"
	}
	if stale := freshness(timestamp, v.now, v.tolerance); stale != "" {
		return stale
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.secret, "whsec_"))
	if err != nil {
		return "malformed_secret"
	}
	expected := "v1," + base64.StdEncoding.EncodeToString(sign(key, []byte(id+"."+timestamp+"."), v.body))

	// While a secret is being rotated the header holds several signatures, with spaces between; one that fits is enough.
	first := ""
	for i, signature := range strings.Split(v.headers.Get("webhook-signature"), " ") {
		reason := compare(signature, expected)
		if reason == "" {
			return ""
		}
		if i == 0 {
			first = reason
		}
	}
	return first
}

func sign(key []byte, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// In constant time, so that the time an answer takes tells nothing about the expected signature.
func compare(signature, expected string) string {
	if signature == "" {
		return "missing_signature"
	}
	if !hmac.Equal([]byte(signature), []byte(expected)) {
		return "wrong_signature"
	}
	return ""
}

// An old request that verifies may be a recording of one, sent again by somebody else.
func freshness(timestamp string, now, tolerance int64) string {
	if timestamp == "" {
		return "missing_timestamp"
	}
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if err != nil {
		return "malformed_timestamp"
	}
	if age := now - int64(seconds); age > tolerance || -age > tolerance {
		return "stale_timestamp"
	}
	return ""
}

// A delivery may arrive more than once. What to remember, so that each is handled once:
// given the headers and the parsed body, the text that is the same for a repeated delivery.

type event struct {
	Event        string `json:"event"`
	ScoringJobID string `json:"scoringJobId"`
	BatchID      string `json:"batchId"`
	Data         struct {
		CallID string `json:"call_id"`
	} `json:"data"`
}

type recipe struct {
	verify   func(verification) string
	identify func(http.Header, event) string
}

var recipes = map[string]recipe{
	"embed": {embed, func(_ http.Header, e event) string {
		if e.ScoringJobID == "" {
			return e.BatchID
		}
		return e.ScoringJobID
	}},
	"partner": {partner, func(h http.Header, _ event) string { return h.Get("Idempotency-Key") }},
	"calls": {calls, func(_ http.Header, e event) string {
		if e.Data.CallID == "" {
			return ""
		}
		return e.Event + " " + e.Data.CallID
	}},
	"kit":      {kit, func(h http.Header, _ event) string { return h.Get("x-novakit-event-id") }},
	"standard": {standard, func(h http.Header, _ event) string { return h.Get("webhook-id") }},
}
