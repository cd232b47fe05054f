"""Cases of the model's constraints, one change of a valid request each: required members, bounds, patterns, enums."""

import json
from functools import partial

from . import strings
from .case import Case
from .checks import accepted, refused
from .model import KEY, VALUE, members, operations
from .requests import LEAVE_OUT, changed, undo

MATCHED, BROKEN = 3, 6  # strings of each pattern
ITEMS = {
    "DistributeDataset": lambda: {"Arn": strings.EXAMPLES["DatasetArn"]},
    "ApplicationConfig": lambda: {"Name": "notepad", "AbsoluteAppPath": "notepad.exe"},
    "Dimension": lambda: {"Name": "ProjectName", "Value": "none"},
    "DimensionFilter": lambda: {"Name": "ProjectName", "Value": "none"},
}  # a valid one of each structure that lists are made of
NOT_NULL = "Member must not be null"
PATTERN = "regular expression pattern"


def cases():
    for operation in operations():
        yield Case("required", operation, "nothing left out", partial(keeps, operation, (), None))
        for member in members(operation):
            for make in (required, bounds, patterns, enums):
                yield from make(operation, member)


def keeps(operation, path, value, world):
    """The change must not be refused for the request's form. What the request made is taken back."""
    request = changed(operation, world.story, path, value)
    answer = world.client.call(operation, request)
    if answer.error is None:
        undo(world, operation, request, answer)
    accepted(answer)


def breaks(operation, path, value, words, world):
    """The change must be refused as a ValidationException with the words."""
    request = changed(operation, world.story, path, value)
    answer = world.client.call(operation, request)
    if answer.error is None:
        undo(world, operation, request, answer)
    refused(answer, "ValidationException", *words)


def at(member):
    return f"at '{member.spelled}'"


def required(operation, m):
    if m.required:
        words = [f"Value null {at(m)} failed to satisfy constraint: {NOT_NULL}"]
        yield Case("required", operation, f"{m.name} left out", partial(breaks, operation, m.path, LEAVE_OUT, words))


def bounds(operation, m):
    """Below, at and above each bound."""
    for which, beyond, side in (("min", -1, "below"), ("max", 1, "above")):
        bound = m.limit(which)
        if bound is None:
            continue
        yield from _bound(operation, m, bound, f"at the {which}", None)
        step = 0.01 if m.shape.type_name in ("float", "double") else 1
        if m.shape.type_name in ("integer", "float") or bound + beyond >= 0:
            word = "greater" if which == "min" else "less"
            yield from _bound(
                operation, m, bound + beyond * step, f"{side} the {which}", f"{word} than or equal to {bound}"
            )


def _bound(operation, m, size, where, rule):
    """One value of the given size; rule is what it breaks, None when it is within bounds."""
    kind = m.shape.type_name
    name = f"{m.name} {where} ({size})"
    if kind == "string":
        yield from _length(operation, m, size, name, rule)
        return
    if kind in ("integer", "float"):
        value, what = size, "value"
    elif kind == "blob":
        value, what = b"\0" * size, "length"
    elif kind == "map":
        value, what = {f"k{i}": "v" for i in range(size)}, "length"
    else:
        value, what = sized(operation, m, size), "length"
    if rule is None:
        yield Case("bound", operation, name, partial(keeps, operation, m.path, value))
    else:
        words = [at(m), f"Member must have {what} {rule}"]
        yield Case("bound", operation, name, partial(breaks, operation, m.path, value, words))


def _length(operation, m, size, name, rule):
    """A string of that many letters. One that matches the pattern breaks the bound alone, or nothing; where the pattern
    allows none of that length, the pattern is broken besides."""
    text = strings.of_length(m.shape, size)
    words = [at(m)]
    if rule:
        words.append(f"length {rule}")
    if text is None:
        text = "-" * size
        words.append(PATTERN)
    if len(words) == 1:
        yield Case("bound", operation, name, partial(keeps, operation, m.path, text))
    else:
        yield Case("bound", operation, name, partial(breaks, operation, m.path, text, words))


def sized(operation, m, size):
    """A list of that many valid items."""
    item = m.shape.member
    if item.type_name == "structure":
        return [ITEMS[item.name]() for _ in range(size)]
    if item.type_name == "string" and item.enum:
        return [item.enum[i % len(item.enum)] for i in range(size)]
    if not strings.matches(item.metadata.get("pattern"), "k0"):
        return [strings.of_length(item, 12)] * size
    return [f"k{i}" for i in range(size)]


def patterns(operation, m):
    if m.limit("pattern") is None:
        if m.shape.type_name == "string" and not m.shape.enum:
            for n, text in enumerate(strings.matching(m.shape, MATCHED), 1):
                yield Case(
                    "pattern", operation, f"{m.name} free {n}: {shown(text)}", partial(keeps, operation, m.path, text)
                )
        return
    for n, text in enumerate(strings.matching(m.shape, MATCHED), 1):
        yield Case(
            "pattern", operation, f"{m.name} matched {n}: {shown(text)}", partial(keeps, operation, m.path, text)
        )
    for n, text in enumerate(strings.violating(m.shape, BROKEN), 1):
        words = [at(m), PATTERN] + {KEY: ["Map keys"], VALUE: ["Map value"]}.get(m.path[-1], [])
        yield Case(
            "pattern", operation, f"{m.name} broken {n}: {shown(text)}", partial(breaks, operation, m.path, text, words)
        )


def enums(operation, m):
    if m.shape.type_name != "string" or not m.shape.enum:
        return
    for value in m.shape.enum:
        yield Case("enum", operation, f"{m.name} {value}", partial(keeps, operation, m.path, value))
    words = [at(m), "Member must satisfy enum value set: [", *m.shape.enum]
    for value in (m.shape.enum[0].lower(), m.shape.enum[0] + " ", "", "OTHER"):
        yield Case("enum", operation, f"{m.name} {value!r} is none", partial(breaks, operation, m.path, value, words))


def shown(text):
    """A string as a case's name has it: on one line, shortened in the middle."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if len(quoted) <= 60 else f"{quoted[:36]}...{quoted[-20:]}"
