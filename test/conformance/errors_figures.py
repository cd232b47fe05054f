"""How the errors of CloudWatch's operations on metrics are provoked. An error that no case provokes is a case that fails:
known.toml has the reason for each, such as that no client can provoke it."""

from functools import partial

from . import errors
from .choices_figures import CHOICES, DATA
from .pages import TOKEN
from .requests import valid


def _stranger(s):
    return {"OwningAccount": s.stranger}


def _queried(s):
    (query,) = valid("GetMetricData", s)[0]["MetricDataQueries"]
    return {"MetricDataQueries": [query | {"AccountId": s.stranger}]}


ELSEWHERE = {"GetMetricData": _queried, "ListMetrics": _stranger}  # what asks for metrics of another account


def cases():
    return errors.made(_combinations(), _tokens(), _elsewhere(), errors.forbidden())


def _combinations():
    """Of ValidationException no operation says that it has it."""
    for operation, name, change, code in CHOICES:
        if code not in (None, DATA):
            yield operation, code, name, partial(errors.otherwise, operation, change)


def _tokens():
    for operation in ("GetMetricData", "ListMetrics"):
        change = lambda _: {"NextToken": "no token"}
        yield operation, TOKEN[operation], "a token of nobody", partial(errors.otherwise, operation, change)


def _elsewhere():
    for operation, change in ELSEWHERE.items():
        yield operation, "AccessDeniedException", "metrics of another account", partial(errors.otherwise, operation, change)
