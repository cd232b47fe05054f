"""CBOR as the protocol has it (RFC 8949), written and read independently of botocore: what it cannot write is tried too."""

import struct

BREAK = object()


class Moment(float):
    """A time: tag 1 with seconds since 1970."""


def dumps(value):
    """A value of what JSON has, bytes and moments."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        if abs(value) >> 64:  # a bignum
            return b"\xc2" + dumps(value.to_bytes(16, "big"))
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, Moment):
        return b"\xc1" + dumps(float(value))
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(dumps(k) + dumps(v) for k, v in value.items())
    return _head(4, len(value)) + b"".join(map(dumps, value))


def _head(major, n):
    for info, size, letter in ((24, 1, "B"), (25, 2, "H"), (26, 4, "I"), (27, 8, "Q")):
        if n < 24:
            return bytes([major << 5 | n])
        if n >> 8 * size == 0:
            return bytes([major << 5 | info]) + struct.pack(">" + letter, n)
    raise OverflowError(n)


def loads(body):
    """The one value that a body is; anything else is a ValueError."""
    try:
        value, at = _value(body, 0)
    except (IndexError, struct.error) as e:
        raise ValueError("the body ends too soon") from e
    if at != len(body) or value is BREAK:
        raise ValueError("the body is not one value")
    return value


def _value(body, at):
    major, info = body[at] >> 5, body[at] & 31
    at += 1
    n = info
    if 24 <= info <= 27:
        size = 1 << info - 24
        n, at = int.from_bytes(body[at : at + size], "big"), at + size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        if info == 31:
            parts, at = _items(body, at, None)
            return (b"" if major == 2 else "").join(parts), at
        if at + n > len(body):
            raise IndexError
        content = body[at : at + n]
        return (content if major == 2 else content.decode()), at + n
    if major == 4:
        return _items(body, at, None if info == 31 else n)
    if major == 5:
        items, at = _items(body, at, None if info == 31 else 2 * n)
        pairs = list(zip(items[::2], items[1::2], strict=True))
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs), at
    if major == 6:
        value, at = _value(body, at)
        if n != 1 or isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"tag {n} of {value!r}")
        return Moment(value), at
    simple = {20: False, 21: True, 22: None, 31: BREAK}
    if info in simple:
        return simple[info], at
    letter = {26: "f", 27: "d"}[info]
    return struct.unpack(">" + letter, n.to_bytes(1 << info - 24, "big"))[0], at


def _items(body, at, count):
    items = []
    while count is None or len(items) < count:
        value, at = _value(body, at)
        if value is BREAK:
            if count is not None:
                raise ValueError("a break where there is none")
            break
        items.append(value)
    return items, at
