"""Cases of the paginators: every page size that matters, and tokens of all kinds."""

from functools import partial

from .case import Case
from .checks import demand, refused, succeeded
from .model import lists, members, paginators, service_name

# What lists something else than a list does: other arguments, by operation.
OTHERS = {
    "DescribeProjects": ["other names"],
    "DescribeProjectVersions": ["another project", "other names"],
    "ListDatasetEntries": ["another dataset", "another filter"],
    "ListDatasetLabels": ["another dataset"],
    "ListProjectPolicies": ["another project"],
    "DescribeImages": ["other kinds"],
    "DescribeImagePermissions": ["another image", "other accounts"],
    "ListExportImageTasks": ["other states"],
    "GetMetricData": ["other times", "other queries"],
    "ListMetrics": ["another metric", "another namespace"],
}
TOKEN = {
    "rekognition": "InvalidPaginationTokenException",
    "appstream": "ValidationException",
    "GetMetricData": "InvalidNextToken",
    "ListMetrics": "InvalidParameterValueException",
}  # of one that is none, by service or operation
DENIED = {
    "rekognition": "AccessDeniedException",
    "appstream": ("ResourceNotFoundException", "ValidationException"),
}  # of another's resource, where it is not the same
SIZES = {"MaxResults", "MaxDatapoints"}
MOST = 1000  # of a page whose size the model does not bound
GARBAGE = ["x", "%", "1", "-1", "AAAA", "\u0000", "木", "a" * 1024, '{"offset": 1}', "' OR 1=1"]


def cases():
    for operation in lists():
        size_of = _size(operation)
        for size in (1, 2, size_of.limit("max") or MOST) if size_of else ():
            if operation in paginators():
                yield Case("page", operation, f"in pages of {size}", partial(walked, operation, size))
            yield Case("page", operation, f"in pages of {size}, call by call", partial(called, operation, size))
        yield Case("page", operation, "without a size", partial(called, operation, None))
        if size_of:
            yield Case("page", operation, "sizes that change on the way", partial(called, operation, 1, then=2))
        else:
            yield Case("page", operation, "in pages without a size", partial(walked, operation, None))
        if next(m for m in members(operation) if m.name == "NextToken").limit("min") is None:
            yield Case("page", operation, "an empty token", partial(called, operation, None, token=""))
        yield Case("page", operation, "a token twice", partial(twice, operation))
        for token in GARBAGE:
            yield Case("page", operation, f"the token {token[:20]!r}", partial(garbage, operation, token))
        yield Case("page", operation, "a token cut short", partial(altered, operation, lambda t: t[:-1]))
        yield Case("page", operation, "a token with more", partial(altered, operation, lambda t: t + "x"))
        for what in OTHERS[operation]:
            yield Case("page", operation, f"a token of {what}", partial(foreign, operation, what))
        for source in lists():
            if source != operation:
                yield Case("page", operation, f"a token of {source}", partial(stolen, operation, source))
        yield Case("page", operation, "another account's token", partial(strangers, operation))


def _size(operation):
    """The member that says how many items a page may have; None where the server alone decides."""
    return next((m for m in members(operation) if m.name in SIZES), None)


def _sized(operation, size):
    return {_size(operation).name: size} if size and _size(operation) else {}


def _items(operation, output):
    key = lists()[operation]["result_key"]
    return output[key if isinstance(key, str) else key[0]]


def _all(operation, world):
    """Everything that is listed, in one answer where its size may be chosen, and the request for it."""
    request, least, _ = world.story.listings()[operation]
    output = succeeded(world.client.call(operation, request))
    items = _items(operation, output)
    while _size(operation) is None and "NextToken" in output:
        output = succeeded(world.client.call(operation, request | {"NextToken": output["NextToken"]}))
        items = items + _items(operation, output)
    demand(len(items) >= least, f"wanted {least} items or more, got {len(items)}")
    return request, items


def _same(got, want):
    keys = [str(item) for item in got]
    demand(len(set(keys)) == len(keys), "an item came twice:", keys)
    demand(got == want, f"wanted {len(want)} items in the order of one page, got {len(got)}:", keys)


def walked(operation, size, world):
    """boto3's own paginator gives what one large page has, in that order."""
    request, want = _all(operation, world)
    pages = list(world.client.paginator(operation).paginate(**request, PaginationConfig={"PageSize": size}))
    _same([item for page in pages for item in _items(operation, page)], want)
    if size is None:
        demand(len(pages) > 1, "all came in one page")
        return
    for page in pages:
        demand(len(_items(operation, page)) <= size, f"a page has {len(_items(operation, page))} items, not {size}")
    demand(len(pages) <= len(want) // size + 1, f"{len(want)} items came in {len(pages)} pages of {size}")


def called(operation, size, world, then=None, token=None):
    """The same, call by call: the end is a NextToken that is absent, never null or empty."""
    request, want = _all(operation, world)
    got = []
    while True:
        more = ({} if token is None else {"NextToken": token}) | _sized(operation, size)
        answer = world.client.call(operation, request | more)
        output = succeeded(answer)
        got += _items(operation, output)
        demand(len(got) <= len(want), "there is no end of pages")
        if "NextToken" not in answer.content():
            break
        token, size = output["NextToken"], then or size
        demand(token, "NextToken is empty")
    _same(got, want)


def _first(operation, client, request):
    """The token after the first item, or after the first page where the server alone decides how long that is."""
    output = succeeded(client.call(operation, request | _sized(operation, 1)))
    demand(output.get("NextToken"), "there is no NextToken after the first of several items")
    return output["NextToken"]


def twice(operation, world):
    """A token may be used again, and gives the same page."""
    request, _ = _all(operation, world)
    again = request | _sized(operation, 2) | {"NextToken": _first(operation, world.client, request)}
    pages = [_items(operation, succeeded(world.client.call(operation, again))) for _ in range(2)]
    demand(pages[0] == pages[1], "the page is another one the second time:", pages)


def _invalid(operation, client, request, token):
    refused(client.call(operation, request | {"NextToken": token}), _token_error(operation))


def _token_error(operation):
    return TOKEN.get(operation) or TOKEN[service_name()]


def garbage(operation, token, world):
    _invalid(operation, world.client, world.story.listings()[operation][0], token)


def altered(operation, change, world):
    request, _ = _all(operation, world)
    _invalid(operation, world.client, request, change(_first(operation, world.client, request)))


def foreign(operation, what, world):
    """A token is good for the list that gave it, not for one of another resource or filter."""
    request, _, others = world.story.listings()[operation]
    _invalid(operation, world.client, request | others[what], _first(operation, world.client, request))


def stolen(operation, source, world):
    """A token of another operation."""
    made = world.story.listings()
    _invalid(operation, world.client, made[operation][0], _first(source, world.client, made[source][0]))


def strangers(operation, world):
    """A token of another account. Where a resource is named the other account may not even ask."""
    token = _first(operation, world.client, world.story.listings()[operation][0])
    request = world.story.listings()[operation][0]
    answer = world.other.call(operation, request | {"NextToken": token})
    refused(answer, request and DENIED.get(service_name()) or _token_error(operation))
