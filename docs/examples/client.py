#!/usr/bin/env python3
"""A signed call: client.py METHOD TARGET [FILE with the JSON body]. Standard library only."""
import base64, hashlib, hmac, os, sys, time, urllib.error, urllib.request

server, key_file = os.environ["SECURE_CHAT_SERVER"], os.environ["SECURE_CHAT_SESSION_KEY_FILE"]
method, target, body = sys.argv[1], sys.argv[2], open(sys.argv[3], "rb").read() if sys.argv[3:] else b""
b64 = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
_, sid, key = open(key_file).read().strip().split(".")
media, ts, nonce = "application/json" if body else "", str(time.time_ns() // 10**6), b64(os.urandom(12))
bh = b64(hashlib.sha256(body).digest())
text = "\n".join(["scv1", method, target, media, ts, nonce, bh])
mac = b64(hmac.digest(base64.urlsafe_b64decode(key + "="), text.encode(), "sha256"))
headers = {"Authorization": f"Bearer scv1.{sid}.{ts}.{nonce}.{bh}.{mac}"} | ({"Content-Type": media} if media else {})
request = urllib.request.Request(server + target, body or None, headers, method=method)
try:
    print(urllib.request.urlopen(request, timeout=30).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
