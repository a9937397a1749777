"""python3 receiver.py --product kit --secret whsec_… --port 9001        (--help lists the options)

Receives webhooks, verifies them as the product's document says (verify.py), answers, counts and records.
"""

import argparse
import base64
import ipaddress
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from verify import RECIPES

MAXIMUM_BODY = 1024 * 1024
SETTINGS = {"product", "secret", "tolerance", "script", "status", "fail_every", "delay_ms"}


class Inbox:
    """One URL path: what it expects, how it answers, what it has seen."""

    def __init__(self):
        self.settings = {"product": None, "secret": None, "tolerance": 300, "script": [200], "fail_every": 0, "delay_ms": 0}
        self.received = self.verified = self.duplicates = self.answered = 0
        self.refused = {}
        self.accepted = set()
        self.lock = threading.Lock()

    def configure(self, settings):
        """Takes over what is given and leaves the rest. A new script, or status, begins at its beginning."""
        unknown = set(settings) - SETTINGS
        if unknown:
            raise ValueError(f"{min(unknown)} is not a setting")
        with self.lock:
            merged = {**self.settings, **settings}
            if "status" in settings:
                merged["script"] = [merged.pop("status")]
            if merged["product"] not in RECIPES:
                raise ValueError(f"product must be one of {', '.join(RECIPES)}")
            if not merged["secret"]:
                raise ValueError("a secret is needed")
            if "status" in settings or "script" in settings:
                self.answered = 0
            self.settings = merged

    def take(self, headers, body):
        """Verifies a request and says how to answer it: status, answer, reason, id."""
        with self.lock:
            settings = self.settings
            verify, identify = RECIPES[settings["product"]]
            self.received += 1

            reason = verify(headers, body, settings["secret"], int(time.time()), settings["tolerance"])
            if reason:
                self.refused[reason] = self.refused.get(reason, 0) + 1
                return 401, {"error": reason}, reason, None

            self.verified += 1
            id = identify(headers, parse(body))
            self.answered += 1
            script, fail_every = settings["script"], settings["fail_every"]
            status = 503 if fail_every and self.answered % fail_every == 0 else script[min(self.answered, len(script)) - 1]
            if not 200 <= status <= 299:
                return status, {"error": f"answers {status}, as told"}, None, id

            if id in self.accepted:
                self.duplicates += 1
                return status, {"received": True, "duplicate": True}, None, id
            if id is not None:
                self.accepted.add(id)
            return status, {"received": True}, None, id

    def counts(self):
        with self.lock:
            return {
                "product": self.settings["product"], "received": self.received, "verified": self.verified,
                "refused": dict(self.refused), "distinct": len(self.accepted), "duplicates": self.duplicates,
            }


def parse(body):
    """Only ever called with a body that was verified: nothing is parsed before."""
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, inboxes, record, prints):
        super().__init__(address, Handler)
        self.inboxes, self.record, self.prints, self.lock = inboxes, record, prints, threading.Lock()

    def open(self, path="*", **settings):
        with self.lock:
            inbox = self.inboxes.get(path) or Inbox()
            inbox.configure(settings)
            self.inboxes[path] = inbox


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer_request(self):
        received_at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        path = self.path.split("?")[0]
        body = self.read_body()
        if body is None:
            return
        if path == "/_control":
            self.control(body)
            return

        inbox = self.server.inboxes.get(path) or self.server.inboxes.get("*")
        if not inbox:
            status, answer, reason, id = 404, {"error": "unknown_path"}, "unknown_path", None
        elif self.command != "POST":
            status, answer, reason, id = 405, {"error": "not_a_post"}, "not_a_post", None
        else:
            status, answer, reason, id = inbox.take(self.headers, body)

        if self.server.record:
            line = json.dumps({
                "received_at": received_at, "method": self.command, "path": path, "headers": self.headers.items(),
                "body_base64": base64.b64encode(body).decode(), "verified": reason is None, "reason": reason, "answered": status, "id": id,
            })
            with self.server.lock:
                print(line, file=self.server.record, flush=True)
        if self.server.prints:
            print(f"{received_at}  {path}  {f'refused: {reason}' if reason else 'verified'}  → {status}  {id or ''}", flush=True)
        if inbox and inbox.settings["delay_ms"]:
            time.sleep(inbox.settings["delay_ms"] / 1000)
        self.reply(status, answer)

    do_POST = do_GET = do_PUT = do_PATCH = do_DELETE = answer_request

    def read_body(self):
        """The body as it came, byte for byte: the signature is over these bytes, not over what a JSON parser makes of them."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self.reply(411, {"error": "length_required"})
        elif int(length) > MAXIMUM_BODY:
            self.close_connection = True
            self.reply(413, {"error": "body_too_large"})
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True
        return None

    def control(self, body):
        """Changes a path's settings, or makes a path; answers with the counts. For tests and demonstrations, from this machine only."""
        if not ipaddress.ip_address(self.client_address[0]).is_loopback:
            self.reply(403, {"error": "loopback_only"})
            return
        try:
            if self.command == "POST":
                self.server.open(**json.loads(body))
        except (TypeError, ValueError) as error:
            self.reply(400, {"error": str(error)})
            return
        self.reply(200, {"paths": {path: inbox.counts() for path, inbox in list(self.server.inboxes.items())}})

    def reply(self, status, answer):
        body = b"" if status in (204, 304) else json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Nothing: --print says more."""


def read_options():
    parser = argparse.ArgumentParser(
        description="Receives webhooks and verifies them.", allow_abbrev=False,
        epilog="A path in the configuration file takes product, secret, tolerance, status, script, fail_every and delay_ms. "
        "So does POST /_control with a path, at run time, from this machine. GET /_control answers with what was counted.")
    parser.add_argument("--product", choices=list(RECIPES))
    parser.add_argument("--secret", default=os.environ.get("NOVA_WEBHOOK_SECRET"),
                        help="its signing secret or API key; default: the environment variable NOVA_WEBHOOK_SECRET")
    parser.add_argument("--port", type=int, help="0 takes any free port (default 9001)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default 127.0.0.1)")
    parser.add_argument("--config", metavar="FILE",
                        help='several paths in one process: {"port": 9001, "paths": {"/embed": {"product": "embed", "secret": "…"}}}')
    parser.add_argument("--record", metavar="FILE", help="one JSON line per request")
    parser.add_argument("--print", action="store_true", help="one line per request on standard output")
    parser.add_argument("--tolerance", type=int, metavar="SECONDS", help="how far a signed timestamp may be off (default 300)")
    parser.add_argument("--status", type=int, help="answer verified requests with this status")
    parser.add_argument("--script", metavar="500,500,200", type=lambda text: [int(status) for status in text.split(",")],
                        help="answer them with these in turn; the last one stays")
    parser.add_argument("--fail-every", type=int, metavar="NUMBER", help="answer every so many-th of them with 503")
    parser.add_argument("--delay-ms", type=int, metavar="NUMBER", help="wait before each answer")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input ends: with the program that started this one")
    options = parser.parse_args()

    config = {"paths": {}}
    if options.config:
        with open(options.config, encoding="utf-8") as file:
            config = json.load(file)
    if options.product or not options.config:
        names = ("product", "secret", "tolerance", "status", "script", "fail_every", "delay_ms")
        config["paths"]["*"] = {name: value for name in names if (value := getattr(options, name)) is not None}
    if options.port is None:
        options.port = config.get("port", 9001)
    return options, config["paths"]


def main():
    options, paths = read_options()
    record = open(options.record, "a", encoding="utf-8") if options.record else None
    server = Server((options.host, options.port), {}, record, options.print)
    for path, settings in paths.items():
        server.open(path, **settings)

    # serve_forever runs in this thread, and shutdown waits for it to end: so another thread has to ask.
    def stop(*_):
        threading.Thread(target=server.shutdown, daemon=True).start()

    def stop_at_end_of_input():
        while sys.stdin.buffer.read(4096):
            pass
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.until_stdin_closes:
        threading.Thread(target=stop_at_end_of_input, daemon=True).start()

    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"{error}. --help lists the options.")
