// go run . -product kit -secret whsec_… -port 9001        (-help lists the options)
//
// Receives webhooks, verifies them as the product's document says (verify.go), decides the answer and counts (inbox.go),
// answers and records (here).

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const maximumBody = 1024 * 1024

type server struct {
	mutex   sync.Mutex
	inboxes map[string]*inbox
	record  *json.Encoder
	prints  bool
}

// A line of the record. Go sorts headers by name and writes their names in one way; it keeps neither order nor case.
type line struct {
	ReceivedAt string      `json:"received_at"`
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Headers    [][2]string `json:"headers"`
	Body       []byte      `json:"body_base64"`
	Verified   bool        `json:"verified"`
	Reason     *string     `json:"reason"`
	Answered   int         `json:"answered"`
	ID         *string     `json:"id"`
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	receivedAt := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")

	// The body as it came, byte for byte: the signature is over these bytes, not over what a JSON parser makes of them.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumBody))
	if err != nil {
		reply(w, http.StatusRequestEntityTooLarge, map[string]any{"error": "body_too_large"})
		return
	}
	if r.URL.Path == "/_control" {
		s.control(w, r, body)
		return
	}

	inbox := s.find(r.URL.Path)
	var res result
	switch {
	case inbox == nil:
		res = result{status: http.StatusNotFound, answer: map[string]any{"error": "unknown_path"}, reason: "unknown_path"}
	case r.Method != http.MethodPost:
		res = result{status: http.StatusMethodNotAllowed, answer: map[string]any{"error": "not_a_post"}, reason: "not_a_post"}
	default:
		res = inbox.take(r.Header, body)
	}

	s.note(receivedAt, r, body, res)
	time.Sleep(res.delay)
	reply(w, res.status, res.answer)
}

func (s *server) find(path string) *inbox {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if inbox := s.inboxes[path]; inbox != nil {
		return inbox
	}
	return s.inboxes["*"]
}

func (s *server) open(path string, given settings) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	inbox := s.inboxes[path]
	if inbox == nil {
		inbox = newInbox()
	}
	if err := inbox.configure(given); err != nil {
		return err
	}
	s.inboxes[path] = inbox
	return nil
}

func (s *server) note(receivedAt string, r *http.Request, body []byte, res result) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.record != nil {
		_ = s.record.Encode(line{receivedAt, r.Method, r.URL.Path, pairs(r), body, res.reason == "", orNull(res.reason), res.status, orNull(res.id)})
	}
	if s.prints {
		verdict := "verified"
		if res.reason != "" {
			verdict = "refused: " + res.reason
		}
		fmt.Printf("%s  %s  %s  → %d  %s\n", receivedAt, r.URL.Path, verdict, res.status, res.id)
	}
}

// pairs lists the headers by name. Go takes Host out of them, so it is put back.
func pairs(r *http.Request) [][2]string {
	list := [][2]string{{"Host", r.Host}}
	for name, values := range r.Header {
		for _, value := range values {
			list = append(list, [2]string{name, value})
		}
	}
	sort.Slice(list, func(a, b int) bool { return list[a][0] < list[b][0] })
	return list
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// control changes a path's settings, or makes a path, and answers with the counts. For tests and demonstrations, from this machine only.
func (s *server) control(w http.ResponseWriter, r *http.Request, body []byte) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	if address := net.ParseIP(host); address == nil || !address.IsLoopback() {
		reply(w, http.StatusForbidden, map[string]any{"error": "loopback_only"})
		return
	}
	if r.Method == http.MethodPost {
		change := struct {
			Path string `json:"path"`
			settings
		}{Path: "*"}
		err := decode(body, &change)
		if err == nil {
			err = s.open(change.Path, change.settings)
		}
		if err != nil {
			reply(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
	}

	s.mutex.Lock()
	defer s.mutex.Unlock()
	paths := map[string]counts{}
	for path, inbox := range s.inboxes {
		paths[path] = inbox.count()
	}
	reply(w, http.StatusOK, map[string]any{"paths": paths})
}

func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func reply(w http.ResponseWriter, status int, answer map[string]any) {
	body, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

type options struct {
	host, config, record     string
	port                     int
	prints, untilStdinCloses bool
	product, secret, script  string
	status, failEvery        int
	tolerance, delay         int64
}

func readOptions() (options, map[string]settings, error) {
	var o options
	flag.StringVar(&o.product, "product", "", "embed, partner, calls, kit or standard")
	flag.StringVar(&o.secret, "secret", os.Getenv("NOVA_WEBHOOK_SECRET"), "its signing secret or API key; default: the environment variable NOVA_WEBHOOK_SECRET")
	flag.IntVar(&o.port, "port", 9001, "0 takes any free port")
	flag.StringVar(&o.host, "host", "127.0.0.1", "where to listen")
	flag.StringVar(&o.config, "config", "", `several paths in one process: a file with {"port": 9001, "paths": {"/embed": {"product": "embed", "secret": "…"}}}`)
	flag.StringVar(&o.record, "record", "", "file for one JSON line per request")
	flag.BoolVar(&o.prints, "print", false, "one line per request on standard output")
	flag.Int64Var(&o.tolerance, "tolerance", 300, "how far a signed timestamp may be off, in seconds")
	flag.IntVar(&o.status, "status", 0, "answer verified requests with this status")
	flag.StringVar(&o.script, "script", "", "answer them with these in turn (500,500,200); the last one stays")
	flag.IntVar(&o.failEvery, "fail-every", 0, "answer every so many-th of them with 503")
	flag.Int64Var(&o.delay, "delay-ms", 0, "wait before each answer")
	flag.BoolVar(&o.untilStdinCloses, "until-stdin-closes", false, "stop when standard input ends: with the program that started this one")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, nil, fmt.Errorf("%s is no option", flag.Arg(0))
	}

	config := struct {
		Port  *int                `json:"port"`
		Paths map[string]settings `json:"paths"`
	}{Paths: map[string]settings{}}
	if o.config != "" {
		text, err := os.ReadFile(o.config)
		if err == nil {
			err = decode(text, &config)
		}
		if err != nil {
			return o, nil, err
		}
	}
	portGiven := false
	flag.Visit(func(f *flag.Flag) { portGiven = portGiven || f.Name == "port" })
	if !portGiven {
		set(&o.port, config.Port)
	}

	if o.product != "" || o.config == "" {
		all := settings{Product: &o.product, Secret: &o.secret, Tolerance: &o.tolerance, FailEvery: &o.failEvery, DelayMs: &o.delay}
		if o.status != 0 {
			all.Status = &o.status
		}
		for _, text := range strings.FieldsFunc(o.script, func(r rune) bool { return r == ',' }) {
			status, err := strconv.Atoi(text)
			if err != nil {
				return o, nil, fmt.Errorf("script must be numbers")
			}
			all.Script = append(all.Script, status)
		}
		config.Paths["*"] = all
	}
	return o, config.Paths, nil
}

func run() error {
	options, paths, err := readOptions()
	if err != nil {
		return err
	}
	s := &server{inboxes: map[string]*inbox{}, prints: options.prints}
	for path, given := range paths {
		if err := s.open(path, given); err != nil {
			return err
		}
	}
	if options.record != "" {
		file, err := os.OpenFile(options.record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		s.record = json.NewEncoder(file)
	}

	listener, err := net.Listen("tcp", net.JoinHostPort(options.host, strconv.Itoa(options.port)))
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	if options.untilStdinCloses {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}

	httpServer := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-stop.Done()
		_ = httpServer.Close()
	}()
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	if err := httpServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "%v. -help lists the options.\n", err)
		os.Exit(2)
	}
}
