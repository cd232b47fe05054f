"""A case, and what it is run in."""

from collections.abc import Callable
from dataclasses import dataclass

from .client import Answer, Client
from .model import suite
from .story import Tale

# Every kind of case, in the order in which they run: what waits for trained models comes last.
KINDS = {
    "required": "required members, left out",
    "bound": "below, at and above every bound",
    "pattern": "every pattern, matched and broken",
    "enum": "every enumeration",
    "choice": "members that need or exclude each other",
    "type": "wrong JSON types",
    "unknown": "unknown members",
    "body": "broken bodies, and headers",
    "unserved": "the rest of the service",
    "error": "every modelled error, provoked",
    "page": "paginators",
    "response": "answers, member by member",
    "waiter": "waiters",
}


@dataclass
class World:
    """An endpoint, seen by the account that the cases belong to, by another, and by a user who may do nothing."""

    client: Client
    other: Client
    story: Tale
    user: Client = None
    limited: Tale = None  # on a second server, whose operator has set limits
    data: str = ""  # the server's data folder

    def call(self, operation, **request) -> Answer:
        return self.client.call(operation, request)


@dataclass(frozen=True)
class Case:
    """One thing that must hold of one operation."""

    kind: str
    operation: str
    name: str
    run: Callable[[World], None]  # raises where it does not hold

    @property
    def id(self):
        prefix = "" if suite() == "rekognition" else suite() + "/"
        return f"{prefix}{self.kind}/{self.operation}/{self.name}"
