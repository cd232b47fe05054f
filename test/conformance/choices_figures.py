"""Cases of members that need or exclude each other, for metrics, and of bounds that only the API reference has."""

from functools import partial

from .case import Case
from .cbor import Moment
from .choices import choose
from .requests_figures import of, query

DATA, VALUE = "ValidationException", "InvalidParameterValueException"
COMBINATION, MISSING = "InvalidParameterCombinationException", "MissingRequiredParameterException"
MINUTE = 60
MOST_QUERIES, MOST_VALUES, MOST_DATAPOINTS = 500, 100_800, 1440


def _of(**changes):
    return lambda s: {name: value(s) if callable(value) else value for name, value in changes.items()}


def _queries(*changes):
    """Queries that are in order but for a change each."""

    def made(s):
        model = of(s.project, "asked")
        queries = [query(f"q{i}", "ResponseTime", "Sum", model) | change for i, change in enumerate(changes)]
        return [{name: value for name, value in q.items() if value is not None} for q in queries]

    return _of(MetricDataQueries=made)


def _stat(**changes):
    """A query whose MetricStat is in order but for the changes."""
    return _of(MetricDataQueries=lambda s: [query("q", "ResponseTime", "Sum", of(s.project, "asked"), **changes)])


def _minutes(count):
    """An end so long after the start, in periods of a minute."""
    return lambda s: {"EndTime": Moment(s.starts + count * MINUTE), "Period": MINUTE}


def _times(change):
    """The same of GetMetricData, which has periods in its queries."""
    return lambda s: {"EndTime": change(s)["EndTime"]}


NONE, EXTENDED = {"Statistics": None}, {"Statistics": None, "ExtendedStatistics": ["p90", "p99.9"]}
TIMES = [("an end at the start", _minutes(0)), ("an end before the start", _minutes(-1))]

# Operation, name, what is changed in a valid request, and the error; None where the request is in order.
CHOICES = [
    ("GetMetricData", "no queries", _queries(), DATA),
    ("GetMetricData", "as many queries as may be", _queries(*[{}] * MOST_QUERIES), None),
    ("GetMetricData", "a query more", _queries(*[{}] * (MOST_QUERIES + 1)), DATA),
    ("GetMetricData", "two queries of one Id", _queries({"Id": "a"}, {"Id": "a"}), DATA),
    *[("GetMetricData", f"the Id {name}", _queries({"Id": name}), DATA) for name in ("A", "1a", "_a", "a-b", "ä", " a")],
    *[("GetMetricData", f"the Id {name}", _queries({"Id": name}), None) for name in ("a", "aB_9")],
    ("GetMetricData", "a query of neither", _queries({"MetricStat": None}), DATA),
    ("GetMetricData", "MetricStat and Expression", _queries({"Expression": "1 + 1"}), DATA),
    ("GetMetricData", "metric math, which is not served", _queries({}, {"MetricStat": None, "Expression": "q0 * 2"}), DATA),
    ("GetMetricData", "nothing that is returned", _queries({"ReturnData": False}), None),
    *[("GetMetricData", f"the Stat {stat!r}", _stat(Stat=stat), DATA) for stat in ("", "sum", "p101", "p", "Median")],
    *[("GetMetricData", f"the Stat {stat}", _stat(Stat=stat), None) for stat in ("Minimum", "p0", "p99.99", "p100")],
    *[("GetMetricData", f"a Period of {period}", _stat(Period=period), DATA) for period in (1, 30, 61, 90)],
    *[("GetMetricData", f"a Period of {period}", _stat(Period=period), None) for period in (60, 300, 86400)],
    *[("GetMetricData", name, _times(change), DATA) for name, change in TIMES],
    *[("GetMetricData", f"MaxDatapoints of {n}", _of(MaxDatapoints=n), DATA) for n in (0, -1, MOST_VALUES + 1)],
    *[("GetMetricData", f"MaxDatapoints of {n}", _of(MaxDatapoints=n), None) for n in (1, MOST_VALUES)],
    ("GetMetricStatistics", "neither Statistics nor ExtendedStatistics", _of(**NONE), MISSING),
    ("GetMetricStatistics", "Statistics and ExtendedStatistics", _of(ExtendedStatistics=["p99"]), COMBINATION),
    ("GetMetricStatistics", "ExtendedStatistics alone", _of(**EXTENDED), None),
    ("GetMetricStatistics", "Statistics twice the same", _of(Statistics=["Sum", "Sum"]), None),
    ("GetMetricStatistics", "a statistic among the extended", _of(Statistics=None, ExtendedStatistics=["Sum"]), VALUE),
    *[("GetMetricStatistics", f"a Period of {period}", _of(Period=period), VALUE) for period in (1, 30, 61, 90)],
    *[("GetMetricStatistics", name, change, VALUE) for name, change in TIMES],
    ("GetMetricStatistics", "as many datapoints as may be", _minutes(MOST_DATAPOINTS), None),
    ("GetMetricStatistics", "a datapoint more", _minutes(MOST_DATAPOINTS + 1), COMBINATION),
    ("ListMetrics", "nothing asked for", lambda s: dict.fromkeys(("Namespace", "MetricName", "Dimensions")), None),
    ("ListMetrics", "a dimension without its value", _of(Dimensions=[{"Name": "ProjectName"}]), None),
    ("ListMetrics", "linked accounts", _of(IncludeLinkedAccounts=True), None),
]


def cases():
    for operation, name, change, code in CHOICES:
        yield Case("choice", operation, name, partial(choose, operation, change, code))
