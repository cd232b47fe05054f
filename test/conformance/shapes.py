"""Holds an answer's JSON against the output's shape in the service model."""

from .strings import matches

NUMBERS = {"integer": int, "long": int, "float": (int, float), "double": (int, float)}
RECENT = (1_000_000_000, 10_000_000_000)  # seconds; milliseconds are beyond


def problems(shape, value, must=()):
    """Lists what is wrong with a value: members that the shape lacks, wrong JSON types, broken constraints, required
    members left out, and members of must that are missing."""
    found = []
    if shape is None:
        return [] if value in (None, {}) else [f"an operation without output answered {value}"]
    _check(shape, value, "", found)
    for path in must:
        if not _there(value, path.split(".")):
            found.append(f"{path} is missing")
    return found


def _check(shape, value, at, found):
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, value, at, found)
    elif kind == "list":
        if _typed(value, list, shape, at, found):
            _bounds(shape, len(value), at, found)
            for i, item in enumerate(value):
                _check(shape.member, item, f"{at}[{i}]", found)
    elif kind == "map":
        if _typed(value, dict, shape, at, found):
            _bounds(shape, len(value), at, found)
            for key, item in value.items():
                _check(shape.key, key, f"{at}{{{key}}}", found)
                _check(shape.value, item, f"{at}.{key}", found)
    elif kind == "string":
        if _typed(value, str, shape, at, found):
            _string(shape, value, at, found)
    elif kind == "boolean":
        _typed(value, bool, shape, at, found)
    elif kind == "timestamp":
        if _typed(value, (int, float), shape, at, found) and not RECENT[0] < value < RECENT[1]:
            found.append(f"{at} is {value}, which are no seconds of our time")
    elif kind in NUMBERS:
        if _typed(value, NUMBERS[kind], shape, at, found):
            _bounds(shape, value, at, found)
    else:
        found.append(f"{at} is a {kind}, which no output here has")


def _structure(shape, value, at, found):
    if not _typed(value, dict, shape, at, found):
        return
    for name in shape.required_members:
        if name not in value:
            found.append(f"{at}.{name} is required and missing")
    for name, inner in value.items():
        if name not in shape.members:
            found.append(f"{at}.{name} is no member of {shape.name}")
        else:
            _check(shape.members[name], inner, f"{at}.{name}".lstrip("."), found)


def _typed(value, kind, shape, at, found):
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not right:
        found.append(f"{at or 'the output'} is {value!r:.60}, not a {shape.type_name}")
    return right


def _string(shape, value, at, found):
    if shape.enum and value not in shape.enum:
        found.append(f"{at} is {value!r:.60}, not one of {', '.join(shape.enum)}")
    if not matches(shape.metadata.get("pattern"), value):
        found.append(f"{at} is {value!r:.60}, which {shape.metadata['pattern']} does not match")
    _bounds(shape, len(value), at, found)


def _bounds(shape, size, at, found):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if size == 0 and shape.type_name in ("list", "map"):
        return  # nothing is answered with as nothing, whatever a request must have
    if least is not None and size < least or most is not None and size > most:
        found.append(f"{at} is {size}, not within {least}..{most}")


def _there(value, path):
    """Whether a member is there, in every item where the path leads through a list; a list must not be empty then."""
    if not path:
        return True
    name, many = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(value, dict) or name not in value:
        return False
    inner = value[name]
    if many:
        return bool(inner) and all(_there(item, path[1:]) for item in inner)
    return _there(inner, path[1:])
