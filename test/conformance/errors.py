"""Cases that provoke every error that an operation models, for real. An error that no case provokes is a case that
fails: known.toml has the reason for each, such as that no client can provoke it."""

from functools import partial

from . import provoked, provoked_content
from .case import Case
from .checks import Wrong, needed, refused
from .choices import CHOICES, INVALID, chosen
from .model import errors, operations, paginators
from .model import operation as model
from .requests import valid

KINDS = {
    "ProjectArn": ["project"],
    "DatasetArn": ["dataset"],
    "ProjectVersionArn": ["version"],
    "ResourceArn": ["project", "dataset", "version"],
}  # what an ARN of the root of a request may name
REAL = {"project": "empty", "dataset": "listed", "version": "failed"}  # of the story


FLOOD = 300  # calls


def cases():
    tables = (provoked.provokes, provoked_content.provokes)
    return made(*tables, _invalid(), _absent(), _denied(), forbidden(), _tokens(), _throttled())


def made(*sources):
    """The cases of the provocations of several sources."""
    found = {}
    for source in sources:
        for operation, error, name, call in source:
            found.setdefault((operation, error), []).append((name, call))
    for operation in operations():
        for error in dict.fromkeys([*errors(operation), "AccessDeniedException"]):
            for name, call in found.pop((operation, error), [("is not provoked", None)]):
                yield Case("error", operation, f"{error}: {name}", partial(provoke, error, call))
    assert not found, f"provoked but not modelled: {', '.join(map(str, found))}"


def provoke(error, call, world):
    if call is None:
        raise Wrong("no way is known to provoke it")
    refused(call(world), error)


def _invalid():
    """The first of each operation's choices that is an InvalidParameterException."""
    seen = set()
    for operation, name, change, code in CHOICES:
        if code == INVALID and operation not in seen:
            seen.add(operation)
            yield operation, INVALID, name, partial(otherwise, operation, change)


def otherwise(operation, change, world):
    return world.client.call(operation, chosen(operation, change, world.story))


def _absent():
    """ARNs of the right form that name nothing: in every operation that takes one at the root of its request."""
    whys = {
        "nothing of that name": lambda s, kind: s.nothing(kind),
        "only a newer one": lambda s, kind: s.get(REAL[kind]).rsplit("/", 1)[0] + "/1500000000000",
        "in another region": lambda s, kind: s.get(REAL[kind]).replace(f":{s.client.region}:", ":eu-west-1:"),
        "a number beyond all clocks": lambda s, kind: s.get(REAL[kind]).rsplit("/", 1)[0] + "/" + 30 * "9",
    }
    for operation in operations():
        for member in set(model(operation).input_shape.members) & set(KINDS):
            for kind in KINDS[member]:
                for why, arn in whys.items():
                    change = lambda s, member=member, kind=kind, arn=arn: {member: arn(s, kind)}
                    yield operation, "ResourceNotFoundException", f"{kind}, {why}", partial(otherwise, operation, change)


def _denied():
    """Another account asks for what the story has made."""
    for operation in operations():
        for member in set(model(operation).input_shape.members) & set(KINDS):
            for kind in KINDS[member]:

                def stranger(world, operation=operation, member=member, kind=kind):
                    request = valid(operation, world.story)[0] | {member: world.story.get(REAL[kind])}
                    return world.other.call(operation, request)

                yield operation, "AccessDeniedException", f"{kind} of another account", stranger


def forbidden():
    """A user of the account without any policy asks for it."""
    for operation in operations():

        def powerless(world, operation=operation):
            request = valid(operation, world.story)[0]
            return needed(world.user, "a user without rights: --user").call(operation, request)

        yield operation, "AccessDeniedException", "a user without rights", powerless


def _throttled():
    """As many calls as possible, on a server with a limit of a few a second for each operation. Nothing is there
    that the requests name."""
    for operation in operations():

        def flood(world, operation=operation):
            s = needed(world.limited, "a server with limits: --limited")
            request = s.strangers(valid(operation, world.story)[0])
            for _ in range(FLOOD):
                answer = s.other.call(operation, request)
                if answer.code == "ThrottlingException":
                    break
            return answer

        yield operation, "ThrottlingException", "too many calls a second", flood


def _tokens():
    for operation in paginators():
        change = lambda _: {"NextToken": "no token"}
        yield operation, "InvalidPaginationTokenException", "a token of nobody", partial(otherwise, operation, change)
