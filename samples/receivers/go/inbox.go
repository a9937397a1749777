package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// What a URL path expects and how it answers. A member that is nil was not given.
type settings struct {
	Product   *string `json:"product"`
	Secret    *string `json:"secret"`
	Tolerance *int64  `json:"tolerance"`
	Script    []int   `json:"script"`
	Status    *int    `json:"status"`
	FailEvery *int    `json:"fail_every"`
	DelayMs   *int64  `json:"delay_ms"`
}

// One URL path: what it expects, how it answers, what it has seen.
type inbox struct {
	mutex sync.Mutex

	product   string
	secret    string
	tolerance int64
	script    []int
	failEvery int
	delay     time.Duration

	answered int
	accepted map[string]bool
	counts   counts
}

type counts struct {
	Product    string         `json:"product"`
	Received   int            `json:"received"`
	Verified   int            `json:"verified"`
	Refused    map[string]int `json:"refused"`
	Distinct   int            `json:"distinct"`
	Duplicates int            `json:"duplicates"`
}

// How a request is answered. Reason is "" for one that was verified, and id "" where nothing names the delivery.
type result struct {
	status int
	answer map[string]any
	reason string
	id     string
	delay  time.Duration
}

func newInbox() *inbox {
	return &inbox{tolerance: 300, script: []int{200}, accepted: map[string]bool{}, counts: counts{Refused: map[string]int{}}}
}

// configure takes over what is given and leaves the rest. A new script, or status, begins at its beginning.
func (i *inbox) configure(s settings) error {
	i.mutex.Lock()
	defer i.mutex.Unlock()

	product, secret := i.product, i.secret
	set(&product, s.Product)
	set(&secret, s.Secret)
	if _, known := recipes[product]; !known {
		return fmt.Errorf("product must be one of embed, partner, calls, kit, standard")
	}
	if secret == "" {
		return fmt.Errorf("a secret is needed")
	}
	i.product, i.secret = product, secret

	set(&i.tolerance, s.Tolerance)
	set(&i.failEvery, s.FailEvery)
	if s.DelayMs != nil {
		i.delay = time.Duration(*s.DelayMs) * time.Millisecond
	}
	if s.Status != nil {
		s.Script = []int{*s.Status}
	}
	if len(s.Script) > 0 {
		i.script, i.answered = s.Script, 0
	}
	return nil
}

func set[T any](target, given *T) {
	if given != nil {
		*target = *given
	}
}

// take verifies a request and says how to answer it.
func (i *inbox) take(headers http.Header, body []byte) result {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	recipe := recipes[i.product]
	i.counts.Received++

	reason := recipe.verify(verification{headers, body, i.secret, time.Now().Unix(), i.tolerance})
	if reason != "" {
		i.counts.Refused[reason]++
		return result{status: http.StatusUnauthorized, answer: map[string]any{"error": reason}, reason: reason, delay: i.delay}
	}

	// Nothing is parsed before it is verified. A member of another type than expected only means that the event has no id.
	var parsed event
	_ = json.Unmarshal(body, &parsed)
	id := recipe.identify(headers, parsed)

	i.counts.Verified++
	i.answered++
	turn := i.answered
	if turn > len(i.script) {
		turn = len(i.script)
	}
	status := i.script[turn-1]
	if i.failEvery > 0 && i.answered%i.failEvery == 0 {
		status = http.StatusServiceUnavailable
	}
	if status < 200 || status > 299 {
		return result{status: status, answer: map[string]any{"error": fmt.Sprintf("answers %d, as told", status)}, id: id, delay: i.delay}
	}

	answer := map[string]any{"received": true}
	if i.accepted[id] {
		i.counts.Duplicates++
		answer["duplicate"] = true
	} else if id != "" {
		i.accepted[id] = true
	}
	return result{status: status, answer: answer, id: id, delay: i.delay}
}

func (i *inbox) count() counts {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	copied := i.counts
	copied.Product, copied.Distinct, copied.Refused = i.product, len(i.accepted), map[string]int{}
	for reason, number := range i.counts.Refused {
		copied.Refused[reason] = number
	}
	return copied
}
