#!/usr/bin/env python3
"""Verify what a gateway's disclosure log shows, without any of the gateway's own code.

    python verify_log.py KEY export.log [kept.checkpoint]   the whole log, and that it goes on from a kept checkpoint
    python verify_log.py KEY mine.log --person [--earlier N]  one person's entries, none left out before the last;
                                                            N of the first ones are archived
    python verify_log.py KEY segment-1-100.log              an archived segment
    python verify_log.py KEY entry.proof                    one entry and its proof

KEY is the log's public key, `name+hash+base64`: get it from somewhere else than the log. Needs Python 3.11 and the
package `cryptography`. Prints what holds and ends with 0, or says what does not and ends with 1.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def need(holds, what):
    if not holds:
        raise ValueError(what)


def b64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base 64 that is not canonical")
    return data


def checkpoint(note, key):
    """(size, root, hash) of a signed note; c2sp.org/signed-note and c2sp.org/tlog-checkpoint."""
    name, mark, public = key.split("+", 2)
    need(hashlib.sha256(name.encode() + b"\n" + b64(public)).hexdigest()[:8] == mark, "the key's hash does not fit it")
    text, gap, lines = note.rpartition("\n\n")
    need(gap and lines.endswith("\n"), "no signed note")
    signatures = [line.split(" ") for line in lines[:-1].split("\n")]
    need(all(len(line) == 3 and line[0] == "—" for line in signatures), "no signed note")
    mine = [blob for line in signatures if line[1] == name and (blob := b64(line[2]))[:4].hex() == mark]
    need(mine, "the checkpoint is not signed by this key")
    for blob in mine:
        Ed25519PublicKey.from_public_bytes(b64(public)[1:]).verify(blob[4:], (text + "\n").encode())
    origin, size, root, *more = text.split("\n")
    need(origin == name and more in ([], ["hash sm3"]) and str(int(size)) == size, "not a checkpoint of this log")
    need(len(b64(root)) == 32, "not a checkpoint of this log")
    return int(size), b64(root), "sm3" if more else "sha256"


def digest(kind, data):
    return hashlib.new(kind, data).digest()


def joined(kind, peaks):
    """The root over perfect subtrees, the largest first."""
    if not peaks:
        return digest(kind, b"")
    root = peaks[-1]
    for peak in peaks[-2::-1]:
        root = digest(kind, b"\1" + peak + root)
    return root


def led(kind, leaf, index, size, path):
    """The root that a path leads to (RFC 9162, 2.1.3.2)."""
    need(0 <= index < size, "no such place in the log")
    node, last = leaf, size - 1
    for step in path:
        need(last > 0, "the proof is too long")
        if index & 1 or index == last:
            node = digest(kind, b"\1" + step + node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = digest(kind, b"\1" + node + step)
        index, last = index >> 1, last >> 1
    need(last == 0, "the proof is too short")
    return node


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def split(data):
    """The note and the lines of a file."""
    head, signatures, rest = ([*data.split(b"\n\n", 2), b"", b""])[:3]
    need(not rest or rest.endswith(b"\n"), "the last line is cut off")
    return (head + b"\n\n" + signatures + b"\n").decode(), rest.split(b"\n")[:-1]


def consistent(kind, old, old_root, new, new_root, path):
    """Whether the log of `old` entries is the beginning of that of `new` (RFC 9162, 2.1.4.2)."""
    if old in (0, new) or old > new:
        return old <= new and not path and (not old or old_root == new_root)
    node, last, steps = old - 1, new - 1, list(path)
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = steps.pop(0) if node else old_root
    for step in steps:
        need(last, "the proof is too long")
        if node & 1 or node == last:
            first, second = digest(kind, b"\1" + step + first), digest(kind, b"\1" + step + second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = digest(kind, b"\1" + second + step)
        node, last = node >> 1, last >> 1
    return not last and (first, second) == (old_root, new_root)


def fits(kind, number, entry, opened, last):
    """Each person's opening is there, and the one after that person's before. `last`: by person."""
    need({one["person"] for one in opened} == set(entry["people"]), f"an opening of entry {number} is missing")
    for one in opened:
        said = canonical({name: one[name] for name in ("count", "person", "previous")})
        sealed = digest(kind, b"\2" + bytes.fromhex(one["salt"]) + said).hex() in entry.get("personal", [])
        count, previous = last.get(one["person"], (one["count"] - 1, one["previous"]))
        need(sealed or entry["version"] == 1, f"entry {number} does not open")
        need((one["count"], one["previous"]) == (count + 1, previous), f"one before entry {number} is left out")
        last[one["person"]] = one["count"], digest(kind, b"\0" + canonical(entry)).hex()


def whole(data, key, kept=None):
    note, lines = split(data)
    size, root, kind = checkpoint(note, key)
    need(data == note.encode() + b"\n" + b"".join(line + b"\n" for line in lines), "the file is not as it is written")
    old_size, old_root, old_kind = checkpoint(kept, key) if kept else (0, None, kind)
    need(old_size <= size, "the log ends before the checkpoint that was kept")
    before, previous, peaks, segment, last = 0, "0" * 64, [], None, {}
    if lines and "after" in (first := json.loads(lines[0])):  # what is before is archived
        need(canonical(first) == lines.pop(0), "the first line is not as it is written")
        before, previous, peaks = first["after"], first["previous"], [*map(bytes.fromhex, first["peaks"])]
        need(len(peaks) == before.bit_count() and all(len(peak) == 32 for peak in peaks), "not a beginning")
        need(before or previous == "0" * 64, "not a beginning")
        segment = first if "present" in first else None
    need(old_size >= before or not kept, "the kept checkpoint is of what is archived before")
    for number, line in enumerate(lines, before + 1):
        need(not kept or number - 1 != old_size or joined(kind, peaks) == old_root, "not the log that was kept")
        entry = json.loads(line)
        need(canonical(entry) == line, f"entry {number} is not canonical")
        if segment:
            opened, entry = entry["opened"], entry["entry"]
            line = canonical(entry)
            fits(kind, number, entry, opened, last)
        need((entry["sequence"], entry["previous"]) == (number, previous), f"entry {number} does not follow")
        node, rest = digest(kind, b"\0" + line), number - 1
        previous = node.hex()
        while rest & 1:
            node, rest = digest(kind, b"\1" + peaks.pop() + node), rest >> 1
        peaks.append(node)
    need(before + len(lines) == size, f"{before + len(lines)} entries, where the checkpoint has {size}")
    if segment:
        new, new_root, new_kind = checkpoint(segment["present"], key)
        path = [bytes.fromhex(step) for step in segment["path"]]
        need(new_kind == kind and consistent(kind, size, root, new, new_root, path), "the log does not go on from it")
    need(joined(kind, peaks) == root, "these are not the entries that the checkpoint was signed over")
    need(not kept or old_size != size or (old_kind, old_root) == (kind, root), "not the log that was kept")
    return f"entries {before + 1} to {size}, whole" if before or segment else f"{size} entries, whole"


def person(data, key, earlier=0):
    note, lines = split(data)
    size, root, kind = checkpoint(note, key)
    previous, people = "0" * 64, None
    for number, line in enumerate(lines, earlier + 1):
        shown = json.loads(line)
        entry, index = shown["entry"], shown["index"]
        text, salt, path = canonical(entry), bytes.fromhex(shown["salt"]), map(bytes.fromhex, shown["path"])
        need(canonical(shown) == line and entry["sequence"] == index + 1, f"line {number} is not as it is written")
        leaf = digest(kind, b"\0" + text)
        need(led(kind, leaf, index, size, path) == root, f"line {number} is not in the log")
        previous = shown["previous"] if number == earlier + 1 > 1 else previous
        need((shown["count"], shown["previous"]) == (number, previous), f"an entry before line {number} is left out")
        said = [canonical({"count": number, "person": one, "previous": previous}) for one in entry["people"]]
        opened = [digest(kind, b"\2" + salt + one).hex() in entry.get("personal", []) for one in said]
        fitting = {one for one, opens in zip(entry["people"], opened, strict=True) if opens or entry["version"] == 1}
        people, previous = fitting if people is None else people & fitting, leaf.hex()
        need(people, f"line {number} does not open what its entry commits to")
    return f"{len(lines)} entries about one person, none left out before the last"


def proof(data, key, entry=None):
    """`entry`: the bytes to prove, where the proof does not bring them."""
    text, _, note = data.decode().partition("\n\n")
    kind, *lines = text.split("\n")
    size, root, hashing = checkpoint(note, key)
    brought = b64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
    entry, word, index = brought if entry is None else entry, *lines.pop(0).split(" ")
    need((kind, word, index) == ("c2sp.org/tlog-proof@v1", "index", str(int(index))), "not a proof")
    need(entry is not None, "the proof does not bring its entry")
    leaf = digest(hashing, b"\0" + entry)
    need(led(hashing, leaf, int(index), size, map(b64, lines)) == root, "the proof leads elsewhere")
    return f"entry {int(index) + 1} of {size} is in the log:\n{entry.decode()}"


def main(key, path, *more):
    try:
        data = Path(path).read_bytes()
        if data.startswith(b"c2sp.org/tlog-proof"):
            print(proof(data, key))
        elif more[:1] == ("--person",):
            print(person(data, key, int(more[2]) if more[1:2] == ("--earlier",) else 0))
        else:
            print(whole(data, key, Path(more[0]).read_text("utf-8") if more else None))
    except Exception as fault:  # whatever a file does, it is not sound
        sys.exit(f"NOT SOUND: {fault or 'the signature does not fit'}")


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
