"""Strings that match a pattern of the service model, that break it, and that have a length. The same each time."""

import functools
import itertools
import random

import regex
import rstr

# Names of Unicode classes that the generator's own parser lacks, with some of their letters in place of all.
CLASSES = {r"\p{L}": "A-Za-zÄöéßЖ木", r"\p{Z}": " ", r"\p{N}": "0-9²٣"}

# Where dialects of regular expressions differ is no fair question: ends of line other than \n.
DOUBTFUL = frozenset("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")

# What is mutated, where the generator's own strings are long and mostly of one kind.
EXAMPLES = {
    "ProjectArn": "arn:aws:rekognition:us-east-1:111122223333:project/none/1700000000000",
    "DatasetArn": "arn:aws:rekognition:us-east-1:111122223333:project/none/dataset/train/1700000000000",
    "InstanceType": "stream.standard.medium",
    "Arn": "arn:aws:appstream:us-east-1:111122223333:image/none",
    "ProjectVersionArn": "arn:aws:rekognition:us-east-1:111122223333:project/none/version/v/1700000000000",
}

# Letters that break one pattern or another.
STRANGE = (" ", "\n", "/", "*", "#", "é", "木", "😀", "\x00", ":", "A", "a", "0")


@functools.lru_cache(maxsize=1 << 14)
def matches(pattern, text):
    """Whether the whole text matches, as services demand."""
    return pattern is None or regex.fullmatch(pattern, text) is not None


def within(shape, text):
    """Whether the text keeps the shape's bounds on its length."""
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", float("inf"))
    return least <= len(text) <= most


def matching(shape, count=1):
    """Up to count different strings that keep every constraint of a shape."""
    if shape.enum:
        return list(shape.enum)[:count]
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        plain = ["text of its own, no more", "木 and 😀 and 木 and 😀", '"quoted" \\ / \t and & <b>%41</b>']
        return [text for text in plain if within(shape, text)][:count]
    readable = pattern
    for name, letters in CLASSES.items():
        readable = readable.replace(name, letters)
    source = rstr.Rstr(random.Random(shape.name))
    found = []
    for _ in range(100 * count):
        text = source.xeger(readable)
        if within(shape, text) and matches(pattern, text) and text not in found and not DOUBTFUL & set(text):
            found.append(text)
        if len(found) == count:
            break
    return found


def violating(shape, count):
    """Up to count strings of an allowed length that break the pattern, each in one place, in as many ways as can be."""
    pattern = shape.metadata["pattern"]
    found = {}
    for text in [EXAMPLES[shape.name]] if shape.name in EXAMPLES else matching(shape, 2) + [" \t ", "aws:owner"]:
        for way, broken in _mutations(text):
            if within(shape, broken) and not matches(pattern, broken):
                found.setdefault(way, []).append(broken)
    rng = random.Random(shape.name)
    for list_ in found.values():
        rng.shuffle(list_)
    turns = itertools.zip_longest(*found.values())
    return list(dict.fromkeys(text for turn in turns for text in turn if text is not None))[:count]


def _mutations(text):
    """The text as it is, and with a letter too many, another letter or a letter missing, in every place; each with the
    way in which it was changed."""
    yield "kept", text
    for letter in STRANGE:
        yield "longer", text + letter
    for at in range(len(text)):
        yield "less", text[:at] + text[at + 1 :]
        for letter in STRANGE:
            yield "more", text[:at] + letter + text[at:]
            yield "other", text[:at] + letter + text[at + 1 :]


def of_length(shape, length):
    """A string of that many letters that matches the shape's pattern, or None where there is none to be found."""
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return "x" * length
    for text in ("x" * length, "0" * length):
        if matches(pattern, text):
            return text
    for text in matching(shape, 3) if length >= shape.metadata.get("min", 0) else []:
        if (text := _shortened(pattern, text, length)) and (text := _stretched(pattern, text, length)):
            return text
    return None


def _stretched(pattern, text, length):
    if len(text) >= length:
        return text
    for at in reversed(range(len(text))):
        longer = text[:at] + text[at] * (length - len(text)) + text[at:]
        if matches(pattern, longer):
            return longer
    return None


def _shortened(pattern, text, length):
    at = len(text) - 1
    while len(text) > length and at >= 0:
        shorter = text[:at] + text[at + 1 :]
        if matches(pattern, shorter):
            text = shorter
        at -= 1
    return text if len(text) <= length else None
