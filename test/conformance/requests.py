"""Valid requests, and the one change that makes a case of them.

A request reads what the story has made wherever that does no harm. An operation that would begin something long, or end
something that is still needed, gets an ARN of the right form that names nothing: whether it was refused for its form is
seen all the same.
"""

import copy

from .model import ITEM, KEY, VALUE

LEAVE_OUT = object()


def valid(operation, story):
    """Requests that break no constraint of the model; together they have every member that goes with others."""
    return story.valid(operation)


def changed(operation, story, path, value):
    """A valid request with the value at path replaced, or left out. Of several valid requests it is the one that has
    most of the path."""
    request = copy.deepcopy(max(valid(operation, story), key=lambda r: _depth(r, path)))
    if path:
        _put(request, path, value)
    return request


def _depth(node, path):
    for depth, step in enumerate(path):
        if step == ITEM and isinstance(node, list) and node:
            node = node[0]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return depth
    return len(path)


def _put(node, path, value):
    step, rest = path[0], path[1:]
    if step == KEY:  # the entry's name is what changes
        node[value] = "v"
    elif step == VALUE:
        node["k"] = value
    elif step == ITEM:
        if rest:
            _put(node[0], rest, value)
        else:
            node[:] = [value]
    elif rest:
        _put(node.setdefault(step, [{}] if rest[0] == ITEM else {}), rest, value)
    elif value is LEAVE_OUT:
        node.pop(step, None)
    else:
        node[step] = value


def undo(world, operation, request, answer):
    """Takes back what a request that was not meant to last has made."""
    world.story.undo(operation, request, answer)
