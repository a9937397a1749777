"""How to tell that a request comes from Nova: one function per product, exactly as the product's document says.

Copy the function of your product, with sign, compare and freshness where it uses them. Nothing else is needed.

Each takes the request's headers (a mapping that ignores the case of names), the raw body (bytes, before any parsing),
the secret, and for the two products that sign a time, the receiver's clock and tolerance in seconds. The answer is None
for a request to trust, and otherwise the name of what is wrong with it.
"""

import base64
import hashlib
import hmac
import re


def embed(headers, body, secret, now, tolerance):
    """The HMAC of the raw body, in hex. The key is the secret as shown, whsec_ included."""
    return compare(headers.get("X-Nova-Signature"), sign(secret.encode(), body).hex())


def partner(headers, body, secret, now, tolerance):
    """sha256= and the HMAC of the raw body, in hex. The key is the API key that you chose."""
    return compare(headers.get("X-Signature-SHA256"), "sha256=" + sign(secret.encode(), body).hex())


def calls(headers, body, secret, now, tolerance):
    """sha256= and the HMAC of the raw body, in hex. The key is the SHA-256 of the secret, as hex characters."""
    key = hashlib.sha256(secret.encode()).hexdigest()
    return compare(headers.get("X-Nova-Signature"), "sha256=" + sign(key.encode(), body).hex())


def kit(headers, body, secret, now, tolerance):
    """The HMAC of "<timestamp>:<raw body>", in hex. The key is the secret as shown."""
    timestamp = headers.get("x-novakit-timestamp")
    stale = freshness(timestamp, now, tolerance)
    return stale or compare(headers.get("x-novakit-signature"), sign(secret.encode(), timestamp.encode() + b":" + body).hex())


def standard(headers, body, secret, now, tolerance):
    """v1, and the HMAC of "<id>.<timestamp>.<raw body>", in base64. The key is what stands after whsec_, base64-decoded."""
    id, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
    if not id:
        return "missing_id"
    stale = freshness(timestamp, now, tolerance)
    if stale:
        return stale

    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(sign(key, f"{id}.{timestamp}.".encode() + body)).decode()

    # While a secret is being rotated the header holds several signatures, with spaces between; one that fits is enough.
    reasons = [compare(signature, expected) for signature in headers.get("webhook-signature", "").split(" ")]
    return None if None in reasons else reasons[0]


def sign(key, content):
    return hmac.new(key, content, hashlib.sha256).digest()


def compare(signature, expected):
    """In constant time, so that the time an answer takes tells nothing about the expected signature."""
    if not signature:
        return "missing_signature"
    return None if hmac.compare_digest(signature.encode(), expected.encode()) else "wrong_signature"


def freshness(timestamp, now, tolerance):
    """An old request that verifies may be a recording of one, sent again by somebody else."""
    if not timestamp:
        return "missing_timestamp"
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return "malformed_timestamp"
    return "stale_timestamp" if abs(now - int(timestamp)) > tolerance else None


def identify_call(headers, event):
    call = (event.get("data") or {}).get("call_id")
    return f"{event.get('event')} {call}" if call else None


# Product → how to verify its requests, and how to recognise one that came before: a delivery may arrive more than once,
# and the text that is the same for a repeated delivery is what to remember, so that each is handled once.
RECIPES = {
    "embed": (embed, lambda headers, event: event.get("scoringJobId") or event.get("batchId")),
    "partner": (partner, lambda headers, event: headers.get("Idempotency-Key")),
    "calls": (calls, identify_call),
    "kit": (kit, lambda headers, event: headers.get("x-novakit-event-id")),
    "standard": (standard, lambda headers, event: headers.get("webhook-id")),
}
