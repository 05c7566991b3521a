# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to damage bytes and values, by a random generator alone: the same seed, the same damage."""

import json

MAGIC = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7F800000, 0x7FC00000)
DEEP = 2000


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


EVIL = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**30, -(2**63), 10**9, 0.5, -0.0, 1e308, -1e308,
    1e-320, float("nan"), float("inf"), float("-inf"), "", "a", "\x00", "\ud800", "line\nbreak",
    "é" * 300, "x" * 5000, "/etc/passwd", "/dev/zero", "/proc/self/mem", "//server/share/x.wav",
    "\\\\server\\share\\x.png", ".", "~", [], {}, [[]] * 10, [1] * 1000, {"a": {}}, [None],
    [[0.3] * 6] * 3, [[float("nan")] * 6] * 3, ["a", 1, 2], nested(50), nested(300),
)  # fmt: skip


def fresh(tree):
    """TREE anew, no list in it twice."""
    return json.loads(json.dumps(tree))


def pick(rng, many):
    return many[int(rng.integers(len(many)))]


def bytes_of(rng, content, head=128):
    """CONTENT with one to four kinds of damage, mostly in its first HEAD bytes."""
    found = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        _damage(rng, found, head)
    return bytes(found)


def _damage(rng, found, head):
    if not found:
        return
    end = min(head, len(found)) if rng.random() < 0.7 else len(found)
    at = int(rng.integers(end))
    kind = int(rng.integers(7))
    if kind == 0:
        found[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        found[at] = int(rng.integers(256))
    elif kind == 2:
        size = pick(rng, (1, 2, 4, 8))
        number = pick(rng, MAGIC) & (256**size - 1)
        found[at : at + size] = number.to_bytes(size, pick(rng, ("little", "big")))
    elif kind == 3:
        del found[at:]
    elif kind == 4:
        del found[at : at + int(rng.integers(1, 64))]
    elif kind == 5:
        found[at:at] = rng.bytes(int(rng.integers(1, 64)))
    else:
        found[at:at] = found[: int(rng.integers(1, 256))]


def values_of(rng, tree):
    """TREE, of lists and dictionaries, with evil in one to three places."""
    found = [fresh(tree)]
    for _ in range(int(rng.integers(1, 4))):
        _put(rng, found)
    return found[0]


def _put(rng, box):
    """Go down at random, and put something evil, leave something out or say it twice."""
    at, key = box, 0
    while isinstance(at[key], list | dict) and at[key] and rng.random() < 0.85:
        at = at[key]
        key = pick(rng, sorted(at, key=str)) if isinstance(at, dict) else int(rng.integers(len(at)))
    kind = rng.random()
    if kind < 0.7 or at is box:
        at[key] = fresh(pick(rng, EVIL))
    elif kind < 0.85:
        del at[key]
    elif isinstance(at, dict):
        at["another"] = fresh(pick(rng, EVIL))
    else:
        at.insert(key, fresh(at[key]))


def json_of(rng, tree, indent=None):
    """The bytes of a damaged TREE; now and then those are damaged, too."""
    content = json.dumps(values_of(rng, tree), indent=indent).encode()
    if rng.random() < 0.1:
        return b"[" * 100_000 if rng.random() < 0.3 else bytes_of(rng, content, len(content))
    return content


def text_of(rng, text):
    """TEXT with lines and words moved, doubled, left out, or replaced."""
    lines = text.splitlines(keepends=True)
    for _ in range(int(rng.integers(1, 5))):
        at, kind = int(rng.integers(len(lines) + 1)), int(rng.integers(4))
        if kind == 0:
            lines[at:at] = [lines[int(rng.integers(len(lines)))]] if lines else ["\n"]
        elif kind == 1:
            del lines[at : at + 1]
        elif kind == 2 and at < len(lines):
            words = lines[at].split(" ")
            words[int(rng.integers(len(words)))] = str(pick(rng, EVIL[:34]))
            lines[at] = " ".join(words)
        elif lines:
            lines[at:at] = [
                pick(rng, ("[" * 20000, "<" * 20000, "-->" * 5000, "\t" * 5000, "\x00"))
            ]
    content = "".join(lines).encode("utf-8", "surrogatepass")
    return bytes_of(rng, content, len(content)) if rng.random() < 0.4 else content
