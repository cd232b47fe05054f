"""Cases of successful answers about metrics: figures of a model that was really asked, against what was asked of it and the
clock of who asked."""

from .checks import demand, succeeded
from .figures import ANSWERED, MISTAKEN, UNITS
from .requests_figures import ALL, NAMESPACE, OF_REQUESTS, OF_UNITS, VERSIONS, WHOLE, of, query
from .responses import Answers, each

RESULT = ("Id", "Label", "Timestamps", "Values", "StatusCode")
FIVE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
COUNTS = {"SuccessfulRequestCount": ANSWERED, "UserErrorCount": MISTAKEN, "ThrottledCount": None, "ServerErrorCount": None}
BUCKET = 0.07  # what a percentile of response times may be off by
response = Answers()


def cases():
    return response


def _model(w):
    """The dimensions of the model that was asked."""
    w.story.get("asked")
    return of(w.story.project, "asked")


def _data(w, *queries, client=None, **more):
    request = {"StartTime": w.story.starts, "EndTime": w.story.ends, "MetricDataQueries": list(queries)} | more
    answer = (client or w.client).call("GetMetricData", request)
    return succeeded(answer, *each("MetricDataResults[]", RESULT), "Messages") if queries else succeeded(answer)


def _points(w, metric, dimensions, *statistics, client=None, **more):
    """The datapoints of a metric, of the whole run each."""
    kind = "Statistics" if statistics[0] in FIVE else "ExtendedStatistics"
    request = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions, "Period": WHOLE}
    request |= {"StartTime": w.story.starts, "EndTime": w.story.ends, kind: list(statistics)}
    answer = (client or w.client).call("GetMetricStatistics", request | more)
    output = succeeded(answer, "Label", "Datapoints")
    demand(output["Label"] == metric, "Label is", output["Label"])
    return output["Datapoints"]


def _listed(w, client=None, **request):
    """All metrics that are listed, by name and dimensions."""
    found, client = [], client or w.client
    while True:
        output = succeeded(client.call("ListMetrics", request), "Metrics")
        for m in output["Metrics"]:
            demand(m["Namespace"] == NAMESPACE, "the namespace is", m)
            found.append((m["MetricName"], *(f"{d['Name']}={d['Value']}" for d in m["Dimensions"])))
        if not (token := output.get("NextToken")):
            return found
        request |= {"NextToken": token}


def _spelled(dimensions):
    """Dimensions as _listed has them."""
    return tuple(f"{d['Name']}={d['Value']}" for d in dimensions)


# ---- what was asked


@response("GetMetricData", "counts of what a model was asked")
def _(w):
    for dimensions in (_model(w), _model(w)[::-1]):
        for stat in ("Sum", "SampleCount"):
            got = w.story.read(stat, dimensions, COUNTS)
            demand(got == COUNTS, f"{stat}: wanted {COUNTS}, got", got)


@response("GetMetricData", "counts of what all models were asked")
def _(w):
    before = w.story.get("asked")
    want = {name: (before[name] or 0) + (COUNTS[name] or 0) or None for name in COUNTS}
    want["UserErrorCount"] = (before["UserErrorCount"] or 0) + w.story.refused
    got = w.story.read("Sum", ALL, COUNTS)
    demand(got == want, f"wanted {want}, got", got)


@response("GetMetricData", "how long answers took, by the clock of who asked")
def _(w):
    got = {s: w.story.read(s, _model(w), ["ResponseTime"])["ResponseTime"] for s in (*FIVE, "p50", "p99", "p100")}
    took = [1000 * seconds for seconds in w.story.took]
    demand(got["SampleCount"] == ANSWERED, f"wanted {ANSWERED} answers, got", got)
    demand(0 < got["Minimum"] <= min(took) and got["Maximum"] <= max(took), f"wanted milliseconds within {took}, got", got)
    demand(abs(got["Sum"] - ANSWERED * got["Average"]) < 0.01, "the average is not the sum by the count:", got)
    demand(got["Average"] <= sum(took) / ANSWERED, f"the average is above that of {took}:", got)
    low, high = got["Minimum"] * (1 - BUCKET), got["Maximum"] * (1 + BUCKET)
    demand(low <= got["p50"] <= got["p99"] <= high, "the percentiles are not between the extremes:", got)
    demand(got["p100"] == got["Maximum"], "p100 is not the maximum:", got)


@response("GetMetricData", "inference units of a running model")
def _(w):
    got = w.story.read("Maximum", _model(w), OF_UNITS)
    demand(got | UNITS == got, f"wanted {UNITS}, got", got)
    most = UNITS["MaxInferenceUnits"]
    demand(1 <= got["InServiceInferenceUnits"] <= got["DesiredInferenceUnits"] <= most, "the units are", got)
    consumed = w.story.read("Sum", _model(w), ["ConsumedInferenceUnits"])["ConsumedInferenceUnits"]
    demand(0 < consumed < most, "what was computed in its minutes is", consumed)
    got = w.story.read("Maximum", ALL, OF_UNITS)
    demand(set(got.values()) == {None}, "all models together have units:", got)


# ---- how it is told


@response("GetMetricData", "ids, labels, times; in the order of the queries")
def _(w):
    model = _model(w)
    queries = [
        query("b", "UserErrorCount", "Sum", model) | {"Label": "words"},
        query("a", "UserErrorCount", "Sum", model),
        query("c", "UserErrorCount", "Sum", model) | {"ReturnData": False},
    ]
    output = _data(w, *queries)
    got = [(r["Id"], r["Label"], r["Values"], r["StatusCode"]) for r in output["MetricDataResults"]]
    want = [(i, label, [float(MISTAKEN)], "Complete") for i, label in (("b", "words"), ("a", "UserErrorCount"))]
    demand(got == want and output["Messages"] == [], f"wanted {want}, got", output)
    times = [at.timestamp() for r in output["MetricDataResults"] for at in r["Timestamps"]]
    demand(times == [w.story.starts] * 2, f"a period begins at {w.story.starts}, not at", times)


@response("GetMetricData", "single minutes, latest first unless it is asked for otherwise")
def _(w):
    """Of which there is one, or some more where minutes have turned."""
    model, orders = _model(w), {}
    for order in (None, "TimestampDescending", "TimestampAscending"):
        minutes = query("a", "MaxInferenceUnits", "Maximum", model, Period=60)
        output = _data(w, minutes, **({"ScanBy": order} if order else {}))
        orders[order] = [at.timestamp() for at in output["MetricDataResults"][0]["Timestamps"]]
        demand(all(at % 60 == 0 for at in orders[order]), "minutes begin at", orders[order])
    demand(orders["TimestampAscending"] == sorted(orders["TimestampAscending"]), "the order is", orders)
    latest = orders["TimestampDescending"]
    demand(latest == sorted(latest, reverse=True), "the order is", orders)
    demand(orders[None] in (latest, latest[1:]), "the order is", orders)  # another minute may have begun since


@response("GetMetricData", "nothing was ever measured")
def _(w):
    model = _model(w)
    for what, asked in {
        "a version that is not there": query("a", "UserErrorCount", "Sum", of(w.story.project, "none")),
        "a metric that is not there": query("a", "Happiness", "Sum", model),
        "another unit": query("a", "UserErrorCount", "Sum", model, Unit="Seconds"),
        "half of the dimensions": query("a", "UserErrorCount", "Sum", model[:1]),
        "no dimension": query("a", "UserErrorCount", "Sum", []),
        "a dimension too many": query("a", "UserErrorCount", "Sum", model + ALL),
    }.items():
        (result,) = _data(w, asked)["MetricDataResults"]
        demand((result["Values"], result["StatusCode"]) == ([], "Complete"), f"of {what} there is", result)
        metric = asked["MetricStat"]["Metric"]
        unit = {"Unit": "Seconds"} if what == "another unit" else {}
        points = _points(w, metric["MetricName"], metric["Dimensions"], "Sum", **unit)
        demand(points == [], f"of {what} there is", points)


@response("GetMetricData", "figures of another account")
def _(w):
    for client in (w.other, w.story.elsewhere("eu-west-2")):
        (result,) = _data(w, query("a", "UserErrorCount", "Sum", _model(w)), client=client)["MetricDataResults"]
        demand(result["Values"] == [], "somebody else is told", result)
        points = _points(w, "UserErrorCount", _model(w), "Sum", client=client)
        demand(points == [], "somebody else is told", points)
        listed = [m for m in _listed(w, client) if _spelled(_model(w)) == m[1:]]
        demand(listed == [], "somebody else is told of", listed)


@response("GetMetricStatistics", "what GetMetricData says, in one datapoint")
def _(w):
    for metric, unit in (("ResponseTime", "Milliseconds"), ("SuccessfulRequestCount", "Count"), ("MaxInferenceUnits", "Count")):
        (point,) = _points(w, metric, _model(w), *FIVE)
        want = {s: w.story.read(s, _model(w), [metric])[metric] for s in ("Average", "Minimum", "Maximum")}
        demand(point | want == point, f"wanted {want}, got", point)
        demand((point["Unit"], point["Timestamp"].timestamp()) == (unit, w.story.starts), "the datapoint is", point)
        demand(set(point) == {"Timestamp", "Unit", *FIVE}, "the datapoint is", point)
    (point,) = _points(w, "ResponseTime", _model(w), "p50", "p99.9")
    want = {s: w.story.read(s, _model(w), ["ResponseTime"])["ResponseTime"] for s in ("p50", "p99.9")}
    demand(point["ExtendedStatistics"] == want, f"wanted {want}, got", point)
    demand(set(point) == {"Timestamp", "Unit", "ExtendedStatistics"}, "the datapoint is", point)


# ---- what there is


@response("ListMetrics", "all of a model that was asked, and of all models")
def _(w):
    model = _spelled(_model(w))
    listed = _listed(w)
    for dimensions, names in ((model, OF_REQUESTS + OF_UNITS), (_spelled(ALL), OF_REQUESTS)):
        got = sorted(m[0] for m in listed if m[1:] == dimensions)
        demand(got == sorted(names), f"wanted {sorted(names)} of {dimensions}, got", got)


@response("ListMetrics", "filters")
def _(w):
    w.story.get("many")
    (project, version), every = _model(w), len(OF_REQUESTS)
    for request, want in (
        ({"Dimensions": _model(w)}, every + len(OF_UNITS)),
        ({"Dimensions": [project]}, every + len(OF_UNITS)),
        ({"Dimensions": [{"Name": "Operation"}]}, every),
        ({"Dimensions": [project, ALL[0]]}, 0),
        ({"Dimensions": [version | {"Value": "none"}]}, 0),
        ({"Dimensions": [{"Name": "VersionName"}], "MetricName": "UserErrorCount"}, VERSIONS + 1),
        ({"MetricName": "MaxInferenceUnits"}, 1),
        ({"MetricName": "Happiness"}, 0),
        ({"Namespace": "AWS/EC2"}, 0),
        ({"Namespace": NAMESPACE, "RecentlyActive": "PT3H", "Dimensions": _model(w)}, every + len(OF_UNITS)),
    ):
        got = _listed(w, **request)
        demand(len(got) == want, f"{request}: wanted {want} metrics, got {len(got)}:", got)


@response("ListMetrics", "a version that was deleted")
def _(w):
    def look(dimensions):
        return len(_listed(w, Dimensions=dimensions)), len(_points(w, "UserErrorCount", dimensions, "Sum"))

    got = w.story.passing(look)
    want = (len(OF_REQUESTS), 1), (0, 0)
    demand(got == want, f"wanted {want} metrics and datapoints before and after, got", got)
