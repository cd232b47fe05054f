"""Cases that botocore itself cannot write: other bodies go out in place of its own, signed all the same."""

import copy
from functools import partial

from . import cbor
from .case import Case
from .checks import accepted, identified, refused
from .client import encoded, media_type
from .model import ITEM, KEY, VALUE, Member, members, operations, others, speaks_cbor, structures
from .model import operation as model
from .requests import changed, undo, valid

# A value of each JSON type, and the types that a shape is read from. CBOR has times besides.
JSON = {"true": True, "a number": 7, "a string": "x", "a list": [], "an object": {}}
TIME = {"a time": cbor.Moment(7)}
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
    "timestamp": {"beyond all clocks": cbor.Moment(1e18)},
    "float": {"beyond all floats": "1e999"},
    "blob": {"no base64": "!"},
}
SERIALIZATION = "SerializationException"


def cases():
    for operation in operations():
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


def read_from(kind):
    """The types that a shape is read from."""
    if kind == "timestamp":
        return ("a time",) if speaks_cbor() else ("a number",)
    return READ_FROM[kind]


def types(operation, m):
    if m.path[-1] == KEY:
        return
    every = JSON | TIME if speaks_cbor() else JSON
    wrong = {name: value for name, value in every.items() if name not in read_from(m.shape.type_name)}
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
            yield Case("unknown", operation, f"{m.name} in {'lower' if m.name[0].isupper() else 'upper'} case", partial(lowered, operation, m))


def ignored(operation, path, value, world):
    accepted(send(world, operation, path, value))


def lowered(operation, m, world):
    """Names of members are case-sensitive: projectName is none."""
    request = copy.deepcopy(valid(operation, world.story)[0])
    request[m.path[0][0].swapcase() + m.path[0][1:]] = request.pop(m.path[0])
    refused(world.client.call(operation, body=request), "ValidationException", f"Value null at '{m.spelled}'")


def bodies(operation):
    """What is no request at all, and what is one in an unusual way."""
    required = model(operation).input_shape.required_members
    first = next(iter(model(operation).input_shape.members)).encode()
    for name, make, expect, headers in (cbor_bodies if speaks_cbor() else json_bodies)(first, bool(required)):
        yield Case("body", operation, name, partial(sent, operation, make, expect, headers))


def sent(operation, make, expect, headers, world):
    """A valid request goes out with another body."""
    request = valid(operation, world.story)[0]
    answer = world.client.call(operation, body=make(encoded(request)), headers=headers)
    if answer.error is None:
        undo(world, operation, request, answer)
    expect(answer)


def broken(answer):
    refused(answer, SERIALIZATION)


def unsupported(answer):
    refused(answer, "UnsupportedMediaTypeException")


def lacking(answer):
    refused(answer, "ValidationException", "Member must not be null")


def json_bodies(first, required):
    """Bodies made of a valid one: name, how, what has to come of it, and headers."""
    empty = lacking if required else accepted
    yield "cut short", lambda b: b[:-1], broken, None
    yield "an array", lambda b: b"[" + b + b"]", broken, None
    yield "a string", lambda b: b'"x"', broken, None
    yield "a number", lambda b: b"7", broken, None
    yield "two objects", lambda b: b + b"{}", broken, None
    yield "a comma too many", lambda b: b[:-1] + b",}", broken, None
    yield "single quotes", lambda b: b.replace(b'"', b"'"), broken, None
    yield "not UTF-8", lambda b: b[:-1] + b', "Unheard": "\xff"}', broken, None
    yield "a member twice", lambda b: b'{"' + first + b'": null, "' + first + b'": null}', broken, None
    yield "no body", lambda b: b"", empty, None
    yield "white space", lambda b: b" \n", empty, None
    yield "an empty object", lambda b: b"{}", empty, None
    yield "white space around", lambda b: b" \r\n\t" + b + b"\n", accepted, None
    yield "headers of the answer", lambda b: b, identified, None
    yield "with a charset", lambda b: b, accepted, {"Content-Type": media_type() + "; charset=utf-8"}
    other = {"1.0": "1.1", "1.1": "1.0"}[media_type()[-3:]]
    for media in ("application/json", "text/plain", f"application/x-amz-json-{other}"):
        yield f"as {media}", lambda b: b, unsupported, {"Content-Type": media}


def cbor_bodies(first, required):
    """The same in CBOR. No request has more members than one byte can count."""
    empty = lacking if required else accepted
    twice = cbor.dumps(first.decode()) + b"\xf6"

    def indefinite(b):
        """A map of a length that is not said, as botocore writes it or not."""
        return b if b[0] == 0xBF else b"\xbf" + b[1:] + b"\xff"

    def more(member):
        return lambda b: indefinite(b)[:-1] + cbor.dumps("Unheard") + member + b"\xff"

    yield "cut short", lambda b: b[:-1], broken, None
    yield "an array", lambda b: b"\x81" + b, broken, None
    yield "a string", lambda b: b"\x61x", broken, None
    yield "a number", lambda b: b"\x07", broken, None
    yield "two maps", lambda b: b + b"\xa0", broken, None
    yield "no end", lambda b: indefinite(b)[:-1], broken, None
    yield "JSON", lambda b: b'{"' + first + b'": null}', broken, None
    yield "not UTF-8", more(b"\x61\xff"), broken, None
    yield "a length beyond the body", more(b"\x7b" + 8 * b"\xff"), broken, None
    yield "a nesting without end", more(100_000 * b"\x81"), broken, None
    yield "a name that is a number", lambda b: indefinite(b)[:-1] + b"\x07\x07\xff", broken, None
    yield "a member twice", lambda b: b"\xa2" + twice + twice, broken, None
    yield "no body", lambda b: b"", empty, None
    yield "an empty map", lambda b: b"\xa0", empty, None
    yield "an empty map without a length", lambda b: b"\xbf\xff", empty, None
    yield "a map without a length", indefinite, accepted, None
    yield "a member that is undefined", more(b"\xf7"), accepted, None
    yield "a member that is half a float", more(b"\xf9\x3c\x00"), accepted, None
    yield "headers of the answer", lambda b: b, identified, None
    for media in ("application/json", "text/plain", "application/x-amz-json-1.1"):
        yield f"as {media}", lambda b: b, unsupported, {"Content-Type": media}


def unserved(operation, world):
    answer = world.client.call(operation, body=encoded({}))
    refused(answer, "UnknownOperationException", operation)
