"""Cases that botocore itself cannot write: other bodies go out in place of its own, signed all the same."""

import copy
from functools import partial

from .case import Case
from .checks import accepted, identified, refused
from .client import MEDIA_TYPE, encoded
from .model import CUSTOM_LABELS, ITEM, KEY, VALUE, Member, members, others, structures
from .model import operation as model
from .requests import changed, undo, valid

# A value of each JSON type, and the types that a shape is read from.
JSON = {"true": True, "a number": 7, "a string": "x", "a list": [], "an object": {}}
READ_FROM = {
    "structure": ("an object",),
    "map": ("an object",),
    "list": ("a list",),
    "string": ("a string",),
    "blob": ("a string",),
    "boolean": ("true",),
    "integer": ("a number",),
    "float": ("a number",),
}
# Values of the right JSON type that are none of the shape.
NONE_OF = {
    "integer": {"a fraction": 1.5, "beyond 32 bits": 1 << 31, "beyond 64 bits": 1 << 64},
    "float": {"beyond all floats": "1e999"},
    "blob": {"no base64": "!"},
}
SERIALIZATION = "SerializationException"


def cases():
    for operation in CUSTOM_LABELS:
        for member in members(operation):
            yield from types(operation, member)
        yield from unknown(operation)
        yield from bodies(operation)
    for operation in others():
        yield Case("unserved", operation, "an empty request", partial(unserved, operation))


def send(world, operation, path, value):
    """Sends a valid request with a change that need not be one that botocore can write."""
    request = changed(operation, world.story, path, value)
    body = encoded(request).replace(b'"1e999"', b"1e999")
    answer = world.client.call(operation, body=body)
    if answer.error is None:
        undo(world, operation, request, answer)
    return answer


def types(operation, m):
    if m.path[-1] == KEY:
        return
    wrong = {name: value for name, value in JSON.items() if name not in READ_FROM[m.shape.type_name]}
    for name, value in (wrong | NONE_OF.get(m.shape.type_name, {})).items():

        def mistyped(world, value=value):
            refused(send(world, operation, m.path, value), SERIALIZATION)

        yield Case("type", operation, f"{m.name} is {name}", mistyped)

    def null(world):
        answer = send(world, operation, m.path, None)
        if m.path[-1] in (ITEM, VALUE):
            refused(answer, (SERIALIZATION, "ValidationException"))
        elif m.required:
            refused(answer, "ValidationException", f"Value null at '{m.spelled}'", "Member must not be null")
        else:
            accepted(answer)  # as if it were left out

    yield Case("type", operation, f"{m.name} is null", null)


def unknown(operation):
    for path in structures(operation):
        where = Member(path, None).name if path else "the request"
        for name, value in (("a scalar", 7), ("a structure", {"Of": [{"Any": None}]})):
            yield Case(
                "unknown", operation, f"{name} in {where}", partial(ignored, operation, path + ("Unheard",), value)
            )
    for m in members(operation):
        if m.required and len(m.path) == 1:
            yield Case("unknown", operation, f"{m.name} in lower case", partial(lowered, operation, m))


def ignored(operation, path, value, world):
    accepted(send(world, operation, path, value))


def lowered(operation, m, world):
    """Names of members are case-sensitive: projectName is none."""
    request = copy.deepcopy(valid(operation, world.story)[0])
    request[m.path[0][0].lower() + m.path[0][1:]] = request.pop(m.path[0])
    refused(world.client.call(operation, body=request), "ValidationException", f"Value null at '{m.spelled}'")


def bodies(operation):
    """What is no request at all, and what is one in an unusual way."""

    def case(name, make, expect, headers=None):
        def run(world):
            request = valid(operation, world.story)[0]
            answer = world.client.call(operation, body=make(encoded(request)), headers=headers)
            if answer.error is None:
                undo(world, operation, request, answer)
            expect(answer)

        return Case("body", operation, name, run)

    def broken(answer):
        refused(answer, SERIALIZATION)

    def empty(answer):
        if model(operation).input_shape.required_members:
            refused(answer, "ValidationException", "Member must not be null")
        else:
            accepted(answer)

    first = next(iter(model(operation).input_shape.members)).encode()
    yield case("cut short", lambda b: b[:-1], broken)
    yield case("an array", lambda b: b"[" + b + b"]", broken)
    yield case("a string", lambda b: b'"x"', broken)
    yield case("a number", lambda b: b"7", broken)
    yield case("two objects", lambda b: b + b"{}", broken)
    yield case("a comma too many", lambda b: b[:-1] + b",}", broken)
    yield case("single quotes", lambda b: b.replace(b'"', b"'"), broken)
    yield case("not UTF-8", lambda b: b[:-1] + b', "Unheard": "\xff"}', broken)
    yield case("a member twice", lambda b: b'{"' + first + b'": null, "' + first + b'": null}', broken)
    yield case("no body", lambda b: b"", empty)
    yield case("white space", lambda b: b" \n", empty)
    yield case("an empty object", lambda b: b"{}", empty)
    yield case("white space around", lambda b: b" \r\n\t" + b + b"\n", accepted)
    yield case("headers of the answer", lambda b: b, identified)
    yield case("with a charset", lambda b: b, accepted, {"Content-Type": MEDIA_TYPE + "; charset=utf-8"})
    for media in ("application/json", "text/plain", "application/x-amz-json-1.0"):
        yield case(
            f"as {media}", lambda b: b, lambda a: refused(a, "UnsupportedMediaTypeException"), {"Content-Type": media}
        )


def unserved(operation, world):
    answer = world.client.call(operation, body=b"{}")
    refused(answer, "UnknownOperationException", operation)
