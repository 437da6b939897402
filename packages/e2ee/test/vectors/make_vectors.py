"""Makes e2e-more.json and key-files.json: the end-to-end protocol v1 as another implementation writes it.

JOSE comes from joserfc, keys and hashes from cryptography and hashlib, key files from openssl:
nothing here shares code with the package under test. Run it with

    python3 -m venv --system-site-packages venv && venv/bin/pip install cryptography joserfc
    venv/bin/python make_vectors.py

The keys of test-keys.json are kept when they are there. They are test keys: never use them.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import tempfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe, jws
from joserfc.jwk import OctKey, RSAKey

HERE = pathlib.Path(__file__).parent
NAMES = ["alice", "bob", "mallory", "alice-later", "alice-last"]
NOW = 1_795_422_240_000
SERVER = "6f9c2f5e-0d0b-4c0e-9a51-3f2f7f0c8a11"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def load_keys():
    path = HERE / "test-keys.json"
    if not path.exists():
        pems = {"note": "RSA-2048, for tests only: everybody has them."}
        for name in NAMES:
            key = rsa.generate_private_key(65537, 2048)
            pems[name] = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode()
        path.write_text(json.dumps(pems, indent=1) + "\n")
    pems = json.loads(path.read_text())
    return {n: serialization.load_pem_private_key(pems[n].encode(), None) for n in NAMES}


def spki(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def fingerprint(key) -> str:
    return hashlib.sha256(spki(key)).hexdigest()


def pem(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def exchange(sender, sender_key, recipient, recipient_key, prev, versions):
    k = os.urandom(32)
    payload = {
        "v": 1,
        "versions": versions,
        "from": sender,
        "to": recipient,
        "from_key": fingerprint(sender_key),
        "to_key": fingerprint(recipient_key),
        "kid": b64(os.urandom(16)),
        "k": b64(k),
        "iat": NOW,
        "prev": prev,
    }
    signed = jws.serialize_compact(
        {"alg": "PS256", "typ": "secure-chat-key", "kid": payload["from_key"]},
        compact(payload),
        RSAKey.import_key(pem(sender_key)),
        algorithms=["PS256"],
    )
    sealed = jwe.encrypt_compact(
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWS", "kid": payload["to_key"]},
        signed.encode(),
        RSAKey.import_key(pem(recipient_key)),
        algorithms=["RSA-OAEP-256", "A256GCM"],
    )
    info = "\n".join(
        ["secure-chat/1 chain", payload["kid"], sender, recipient, payload["from_key"], payload["to_key"]]
    )
    chain = HKDF(hashes.SHA256(), 32, b"", info.encode()).derive(k)
    return {"encrypted_key": sealed, "payload": payload, "chain_0": chain.hex()}, chain


def pad(raw: bytes) -> bytes:
    return raw + b" " * (-len(raw) % 256)


def message_keys(chain: bytes, count: int):
    keys = []
    for _ in range(count):
        keys.append(hmac.new(chain, b"\x01", "sha256").digest())
        chain = hmac.new(chain, b"\x02", "sha256").digest()
    return keys, chain


def seal(kid, n, key, plaintext):
    header = {"alg": "dir", "enc": "A256GCM", "typ": "secure-chat-message", "kid": kid, "n": n}
    registry = jwe.JWERegistry(algorithms=["dir", "A256GCM"], strict_check_header=False)
    registry.max_plaintext_length = registry.max_ciphertext_length = 1 << 20
    return jwe.encrypt_compact(header, plaintext, OctKey.import_key(key), registry=registry)


def text_of_length(base: dict, target: int) -> dict:
    """A text body with which the JSON is exactly `target` bytes long."""
    base = {**base, "body": {"text": ""}}
    base["body"]["text"] = "x" * (target - len(compact(base)))
    assert len(compact(base)) == target
    return base


def conversation(spec, chain):
    kid = spec["payload"]["kid"]
    bodies = [
        ("text", {"text": "ünïcödé 👩‍👩‍👧 \u202e \u0000 \"quotes\" \\ {\"a\":1}: , 漢字"}),
        ("text", {"text": "an answer", "re": "00000000-0000-4000-8000-000000000000"}),
        ("receipt", {"ids": ["00000000-0000-4000-8000-000000000000"], "state": "read"}),
        ("resend", {"ids": ["00000000-0000-4000-8000-000000000001"]}),
        ("x-poll", [1, 2.5, None, {"deep": {"er": ["ö", {"__proto__": "harmless"}]}}, "\u2028"]),
        ("x-empty", None),
        ("later", {"what": "a kind nobody knows yet"}),
    ]
    lengths = [255, 256, 257, 511, 512, 513, 128 * 1024 - 1, 128 * 1024]
    total = len(bodies) + len(lengths) + 2
    keys, chain_end = message_keys(chain, total)
    messages, prev = [], None
    for n in range(total):
        body = {
            "v": 1,
            "id": f"00000000-0000-4000-8000-{n:012d}",
            "from": spec["payload"]["from"],
            "to": spec["payload"]["to"],
            "at": NOW + n,
            "kind": "text",
            "body": {"text": f"number {n}"},
            "prev_hash": prev,
        }
        if n < len(bodies):
            body["kind"], body["body"] = bodies[n]
        elif n < len(bodies) + len(lengths):
            body = text_of_length(body, lengths[n - len(bodies)])
        elif n == total - 2:
            body["void"] = [1, 3]
        else:
            body["re_sent"] = "00000000-0000-4000-8000-000000000001"
        sealed = seal(kid, n, keys[n], pad(compact(body)))
        prev = b64(hashlib.sha256(sealed.encode()).digest())
        messages.append({"id": body["id"], "n": n, "message": sealed, "payload": body})
    # The 128 KiB ones are told by their length, so that the file stays small.
    for m in messages:
        if len(m["message"]) > 10_000:
            m["payload"] = {**m["payload"], "body": {"text_length": len(m["payload"]["body"]["text"])}}
    return {"messages": messages, "chain_end": chain_end.hex(), "next": total}


def raw_jwe(header: bytes, key: bytes, plaintext: bytes, iv=None, tag_length=16) -> str:
    iv = iv or os.urandom(12)
    protected = b64(header)
    sealed = AESGCM(key).encrypt(iv, plaintext, protected.encode())
    body, tag = sealed[:-16], sealed[-16:]
    return ".".join([protected, "", b64(iv), b64(body), b64(tag[:tag_length])])


def refused(spec, chain):
    """Number 0 of the chain, by somebody who has the key: everything but one rule is kept."""
    kid = spec["payload"]["kid"]
    [key], _ = message_keys(chain, 1)
    header = {"alg": "dir", "enc": "A256GCM", "typ": "secure-chat-message", "kid": kid, "n": 0}
    body = {
        "v": 1, "id": "00000000-0000-4000-8000-000000000000",
        "from": spec["payload"]["from"], "to": spec["payload"]["to"], "at": NOW,
        "kind": "text", "body": {"text": "hello"}, "prev_hash": None,
    }
    good = pad(compact(body))
    h = compact(header)
    without = lambda d, m: {k: v for k, v in d.items() if k != m}
    cases = {
        "tag of 4 bytes": raw_jwe(h, key, good, tag_length=4),
        "tag of 12 bytes": raw_jwe(h, key, good, tag_length=12),
        "nonce of 16 bytes": raw_jwe(h, key, good, iv=os.urandom(16)),
        "nonce of 8 bytes": raw_jwe(h, key, good, iv=os.urandom(8)),
        "not padded": raw_jwe(h, key, compact(body)),
        "padded with NUL": raw_jwe(h, key, compact(body).ljust(256, b"\0")),
        "over 128 KiB": raw_jwe(h, key, pad(compact({**body, "body": {"text": "x" * 131072}}))),
        "empty": raw_jwe(h, key, b""),
        "spaces only": raw_jwe(h, key, b" " * 256),
        "not UTF-8": raw_jwe(h, key, pad(compact(body).replace(b"hello", b"\xff\xfe"))),
        "byte order mark": raw_jwe(h, key, pad(b"\xef\xbb\xbf" + compact(body))),
        "duplicate member": raw_jwe(h, key, pad(compact(body)[:-1] + b',"from":"alice"}')),
        "duplicate header member": raw_jwe(h[:-1] + b',"n":0}', key, good),
        "member too many": raw_jwe(h, key, pad(compact({**body, "extra": 1}))),
        "nested too deep": raw_jwe(h, key, pad(compact({**body, "body": json.loads("[" * 40 + "]" * 40)}))),
        "header zip": raw_jwe(compact({**header, "zip": "DEF"}), key, good),
        "header crit": raw_jwe(compact({**header, "crit": ["exp"], "exp": 1}), key, good),
        "header jwk": raw_jwe(compact({**header, "jwk": {"kty": "oct"}}), key, good),
        "header without typ": raw_jwe(compact(without(header, "typ")), key, good),
        "header typ": raw_jwe(compact({**header, "typ": "JOSE"}), key, good),
        "header alg": raw_jwe(compact({**header, "alg": "A256KW"}), key, good),
        "header enc": raw_jwe(compact({**header, "enc": "A128GCM"}), key, good),
        "header n as text": raw_jwe(compact({**header, "n": "0"}), key, good),
        "header n negative": raw_jwe(compact({**header, "n": -1}), key, good),
        "header n fraction": raw_jwe(compact({**header, "n": 0.5}), key, good),
        "header as array": raw_jwe(compact([header]), key, good),
    }
    for member in body:
        cases[f"without {member}"] = raw_jwe(h, key, pad(compact(without(body, member))))
    wrong = {
        "v": [2, 0, "1", None], "id": ["other", "", 7], "from": ["mallory", "Alice", None],
        "to": ["mallory", None], "at": [-1, 1.5, "1", 2**60], "kind": ["", "Text", "a b", 1, "x" * 65],
        "prev_hash": ["", "A" * 43, "_" * 43, 0], "void": [[], [0], [5], [-1], ["0"], 0],
        "re_sent": ["", 1, "x" * 65],
    }
    for member, values in wrong.items():
        for value in values:
            label = json.dumps(value)[:20]
            cases[f"{member} {label}"] = raw_jwe(h, key, pad(compact({**body, member: value})))
    # What an honest implementation of a later day, or a chattier one, may send.
    tolerated = {label: cases.pop(label) for label in ("member too many", "void []", "void [0]", "void [5]")}
    return {"good": raw_jwe(h, key, good), "id": body["id"], "cases": cases, "tolerated": tolerated}


def safety_half(name: str, key) -> str:
    der = spki(key)
    h = b"\0\0" + der + name.encode()
    for _ in range(5200):
        h = hashlib.sha512(h + der).digest()
    return "".join(f"{int.from_bytes(h[i:i+5], 'big') % 100000:05d}" for i in range(0, 30, 5))


def safety_numbers(keys):
    pairs = [("alice", "alice", "bob", "bob"), ("a_", "mallory", "0-9", "bob"),
             ("x" * 32, "alice-later", "alice", "alice"), ("alice", "bob", "bob", "alice")]
    return [
        {"a": [na, ka], "b": [nb, kb],
         "number": "".join(sorted([safety_half(na, keys[ka]), safety_half(nb, keys[kb])]))}
        for na, ka, nb, kb in pairs
    ]


def key_change(old, new, seq):
    payload = {
        "v": 1, "name": "alice", "server": SERVER, "old_key": fingerprint(old),
        "new_key": fingerprint(new), "seq": seq, "iat": NOW + seq,
    }
    members = [
        {"protected": {"alg": "PS256", "typ": "secure-chat-key-change", "kid": fingerprint(k)}}
        for k in (old, new)
    ]
    parts = []
    encoded = b64(compact(payload))
    for member, key in zip(members, (old, new)):
        protected = b64(compact(member["protected"]))
        signature = key.sign(
            f"{protected}.{encoded}".encode(),
            padding.PSS(padding.MGF1(hashes.SHA256()), 32),
            hashes.SHA256(),
        )
        parts.append({"protected": protected, "signature": b64(signature)})
    return {
        "seq": seq, "old_key": payload["old_key"], "new_key": payload["new_key"],
        "proof": {"payload": encoded, "signatures": parts},
    }


def sealed_session_key(key):
    sid, k = os.urandom(16), os.urandom(32)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    seal_text = lambda text: base64.b64encode(key.public_key().encrypt(text.encode(), oaep)).decode()
    text = f"sk1.{b64(sid)}.{b64(k)}"
    return {
        "sealed": seal_text(text), "sid": sid.hex(), "key": k.hex(),
        "refused": [seal_text(t) for t in ("", "hello", text + "\n", text[:-1], text.replace("sk1", "sk2"), " " + text)],
    }


def key_files(key):
    phrase = "Grüße, 漢字 & co"
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *a: subprocess.run(a, cwd=folder, check=True, capture_output=True)
        (pathlib.Path(folder) / "k.pem").write_text(pem(key))
        (pathlib.Path(folder) / "pass").write_text(phrase + "\n")
        p = ["-passout", "file:pass"]
        run("openssl", "req", "-x509", "-key", "k.pem", "-subj", "/CN=alice", "-days", "36500", "-out", "c.pem")
        plans = {
            "PKCS#8 PEM": ["pkcs8", "-topk8", "-nocrypt", "-in", "k.pem"],
            "PKCS#8 DER": ["pkcs8", "-topk8", "-nocrypt", "-in", "k.pem", "-outform", "DER"],
            "PKCS#1 PEM": ["rsa", "-traditional", "-in", "k.pem"],
            "PKCS#1 DER": ["rsa", "-traditional", "-in", "k.pem", "-outform", "DER"],
            "PKCS#1 PEM, OpenSSL legacy AES-256": ["rsa", "-traditional", "-aes256", "-in", "k.pem", *p],
            "PKCS#1 PEM, OpenSSL legacy 3DES": ["rsa", "-traditional", "-des3", "-in", "k.pem", *p],
            "encrypted PKCS#8 PEM, AES-256, HMAC-SHA256": ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "k.pem", *p],
            "encrypted PKCS#8 PEM, AES-128, HMAC-SHA1": ["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-in", "k.pem", *p],
            "encrypted PKCS#8 PEM, scrypt": ["pkcs8", "-topk8", "-scrypt", "-in", "k.pem", *p],
            "encrypted PKCS#8 PEM, PKCS#12 3DES": ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", "k.pem", *p],
            "encrypted PKCS#8 DER": ["pkcs8", "-topk8", "-in", "k.pem", "-outform", "DER", *p],
            "PKCS#12": ["pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", *p],
            "PKCS#12, old ciphers": ["pkcs12", "-export", "-legacy", "-inkey", "k.pem", "-in", "c.pem", *p],
            "PKCS#12, key alone": ["pkcs12", "-export", "-nocerts", "-inkey", "k.pem", *p],
            "PKCS#12, MAC of SHA-512": ["pkcs12", "-export", "-macalg", "sha512", "-inkey", "k.pem", "-in", "c.pem", *p],
            "PKCS#12, no MAC": ["pkcs12", "-export", "-nomac", "-inkey", "k.pem", "-in", "c.pem", *p],
            "PKCS#12, key not encrypted": ["pkcs12", "-export", "-keypbe", "NONE", "-inkey", "k.pem", "-in", "c.pem", *p],
        }
        for label, arguments in plans.items():
            out = pathlib.Path(folder) / "out"
            run("openssl", *arguments, "-out", "out")
            files[label] = base64.b64encode(out.read_bytes()).decode()
            out.unlink()
        run("openssl", "pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default", "-in", "k.pem", "-out", "out", *p)
        unsupported = base64.b64encode((pathlib.Path(folder) / "out").read_bytes()).decode()
        refused = {
            "a certificate": ["req", "-x509", "-key", "k.pem", "-subj", "/CN=alice"],
            "a public key": ["pkey", "-in", "k.pem", "-pubout"],
            "an EC key": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "an Ed25519 key": ["genpkey", "-algorithm", "ED25519"],
            "an RSA-PSS key": ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
        }
        weak = {
            "RSA of 1024 bits": ["genrsa", "1024"],
            "RSA with e = 3": ["genrsa", "-3", "2048"],
        }
        made = {}
        for label, arguments in {**refused, **weak}.items():
            made[label] = base64.b64encode(run("openssl", *arguments).stdout).decode()
    return {
        "note": "One RSA-2048 test key (alice of test-keys.json) in every form openssl writes. Base64.",
        "openssl": subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.strip(),
        "passphrase": phrase,
        "fingerprint": fingerprint(key),
        "files": files,
        "unsupported": unsupported,
        "invalid": {label: made[label] for label in refused},
        "weak": {label: made[label] for label in weak},
    }


def main():
    keys = load_keys()
    first, chain = exchange("bob", keys["bob"], "alice", keys["alice"], None, [1])
    second, chain_2 = exchange("bob", keys["bob"], "alice", keys["alice"], first["payload"]["kid"], [1, 2])
    changes = [
        key_change(keys["alice"], keys["alice-later"], 1),
        key_change(keys["alice-later"], keys["alice-last"], 2),
    ]
    vectors = {
        "note": "End-to-end protocol v1 by joserfc and cryptography (make_vectors.py); keys in test-keys.json.",
        "fingerprints": {name: fingerprint(key) for name, key in keys.items()},
        "exchange": first,
        "conversation": conversation(first, chain),
        "exchange_2": second,
        "refused": refused(second, chain_2),
        "safety_numbers": safety_numbers(keys),
        "server": SERVER,
        "key_changes": changes,
        "session_key": sealed_session_key(keys["alice"]),
    }
    (HERE / "e2e-more.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=True) + "\n")
    (HERE / "key-files.json").write_text(json.dumps(key_files(keys["alice"]), indent=1) + "\n")


main()
