"""Checks an inclusion proof with Python's hashlib and openssl, by the text of RFC 6962 and of C2SP signed-note."""
import base64
import hashlib
import json
import subprocess
import sys
import tempfile

proof_file, key_text = sys.argv[1:3]
with open(proof_file, encoding="utf-8") as file:
    proof = json.load(file)

name, key_id, key = key_text.split("+", 2)
typed = base64.b64decode(key)
assert typed[0] == 1 and len(typed) == 33, "no Ed25519 key"
assert hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8] == key_id, "key id"

note = proof["checkpoint"]["note"]
text, signature_line = note.split("\n\n")
text += "\n"
dash, signer, encoded = signature_line.rstrip("\n").split(" ")
signature = base64.b64decode(encoded)
assert dash == "\u2014" and signer == name, "signed by another name"
assert signature[:4].hex() == key_id, "signed by another key"
with tempfile.TemporaryDirectory() as folder:
    for path, content in (
        ("key.der", bytes.fromhex("302a300506032b6570032100") + typed[1:]),
        ("text", text.encode()),
        ("signature", signature[4:]),
    ):
        with open(f"{folder}/{path}", "wb") as file:
            file.write(content)
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", f"{folder}/key.der",
         "-rawin", "-in", f"{folder}/text", "-sigfile", f"{folder}/signature"],
        check=True, stdout=subprocess.DEVNULL,
    )

origin, size, root = text.rstrip("\n").split("\n")
assert origin == name
size = int(size)


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(leaf, index, size, path):
    """RFC 6962, 2.1.1, turned around: the last node of the path is the sibling under the root."""
    if size == 1:
        assert not path
        return leaf
    k = 1
    while k * 2 < size:
        k *= 2
    *inner, last = path
    if index < k:
        return node(root_from(leaf, index, k, inner), last)
    return node(last, root_from(leaf, index - k, size - k, inner))


for each in proof["entries"]:
    entry = each["entry"].encode()
    path = [base64.b64decode(text) for text in each["path"]]
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    found = root_from(leaf, each["sequence"] - 1, size, path)
    assert base64.b64encode(found).decode() == root, f"entry {each['sequence']}"
    print(json.loads(entry)["sequence"])
