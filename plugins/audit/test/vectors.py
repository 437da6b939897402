"""Hashes of entries as another implementation computes them. `python3 test/vectors.py` prints test/vectors.json."""
import hashlib
import json


def canonical(value):
    # RFC 8785 for what entries hold: text, whole numbers, lists, objects with names of ASCII.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sealed(entry):
    digest = hashlib.sha256(canonical(entry).encode("utf-8")).hexdigest()
    return {**entry, "hash": digest}


message = "eyJhbGciOiJkaXIi — ciphertext"
chain = "20261123T180000000Z-1f3a9c0b2d4e"
other = "20261122T060000000Z-00112233aabb"
at = "2026-11-23T18:00:00.000Z"
statements = [
    {"kind": "start", "format": "secure-chat-audit/1", "types": ["CHAT_MESSAGE", "KEY_EXCHANGE"]},
    {"kind": "heads", "heads": [{"chain": other, "seq": 41, "hash": "ab" * 32}]},
    {
        "kind": "envelope",
        "envelope": {
            "id": "15d607b9-5398-4671-a472-9682d7c903dc",
            "type": "CHAT_MESSAGE",
            "sender": "alice",
            "recipient": "bob",
            "timestamp": "2026-11-23T18:00:01.250Z",
            "size": len(message.encode("utf-8")),
            "sha256": hashlib.sha256(message.encode("utf-8")).hexdigest(),
        },
    },
    {"kind": "gap", "missed": 3, "since": at, "until": at},
    {"kind": "pruned", "before": "2026-08-25T18:00:00.000Z", "heads": [{"chain": other, "seq": 41, "hash": "ab" * 32}]},
    {"kind": "end"},
]
entries = []
prev = "0" * 64
for seq, statement in enumerate(statements):
    entry = sealed({"chain": chain, "seq": seq, "prev": prev, "at": at, **statement})
    prev = entry["hash"]
    entries.append(entry)
print(json.dumps({"message": message, "canonical": canonical({k: v for k, v in entries[2].items() if k != "hash"}), "entries": entries}, indent=2, ensure_ascii=False))
