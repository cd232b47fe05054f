"""Valid requests of CloudWatch's operations on metrics, and their lists; see requests.py and pages.py."""

NAMESPACE = "AWS/Rekognition"
OF_REQUESTS = (
    "SuccessfulRequestCount",
    "ThrottledCount",
    "UserErrorCount",
    "ServerErrorCount",
    "ResponseTime",
    "ConsumedInferenceUnits",
)  # of each model and of all together
OF_UNITS = ("MinInferenceUnits", "MaxInferenceUnits", "DesiredInferenceUnits", "InServiceInferenceUnits")  # of each model
ALL = [{"Name": "Operation", "Value": "DetectCustomLabels"}]  # the dimension of all models together
WHOLE = 7200  # seconds: a period that everything of a run is in
VERSIONS = 41  # that are listed, at the least: one more than ListMetrics has on a page


def of(project, version):
    """The dimensions of a model."""
    return [{"Name": "ProjectName", "Value": project}, {"Name": "VersionName", "Value": version}]


def query(name, metric, stat, dimensions, **more):
    """A query of GetMetricData for one of our metrics; more are members of its MetricStat."""
    wanted = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": wanted, "Period": WHOLE, "Stat": stat} | more}


def valid(operation, s):
    """Requests that break no constraint of the model; together they have every member that goes with others."""
    times, model = {"StartTime": s.starts, "EndTime": s.ends}, of(s.project, "asked")
    match operation:
        case "GetMetricData":
            base = times | {"ScanBy": "TimestampAscending", "MaxDatapoints": 100, "LabelOptions": {"Timezone": "+0130"}}
            one = {"Id": "a", "Label": "words", "ReturnData": True, "AccountId": s.account}
            return [
                base | {"MetricDataQueries": [query("a", "ResponseTime", "p99", model, Unit="Milliseconds") | one]},
                base | {"MetricDataQueries": [one | {"Expression": "1 + 1", "Period": 60}]},
            ]
        case "GetMetricStatistics":
            metric = {"Namespace": NAMESPACE, "MetricName": "ResponseTime", "Dimensions": model}
            base = times | metric | {"Period": WHOLE, "Unit": "Milliseconds"}
            return [base | {"Statistics": ["Average"]}, base | {"ExtendedStatistics": ["p99"]}]
        case "ListMetrics":
            return [
                {
                    "Namespace": NAMESPACE,
                    "MetricName": "ResponseTime",
                    "Dimensions": model,
                    "RecentlyActive": "PT3H",
                    "IncludeLinkedAccounts": False,
                    "OwningAccount": s.account,
                }
            ]
    raise LookupError(f"no valid request of {operation} is known")


def lists(s):
    """For each operation: what is listed in full, the least number of items, and changes that list something else."""
    s.use("asked"), s.use("many")
    model = of(s.project, "asked")
    names = ("SuccessfulRequestCount", "UserErrorCount", "ResponseTime", *OF_UNITS)
    queries = [query(f"q{i}", name, "Maximum", model) for i, name in enumerate(names)]
    request = {"StartTime": s.starts, "EndTime": s.ends, "MetricDataQueries": queries}
    each = len(OF_REQUESTS)
    return {
        "GetMetricData": (
            request,
            len(names),
            {"other times": {"EndTime": s.later}, "other queries": {"MetricDataQueries": queries[::-1]}},
        ),
        "ListMetrics": (
            {},
            each * (VERSIONS + 2) + len(OF_UNITS),  # of the versions, the model and all of them
            {"another metric": {"MetricName": "ResponseTime"}, "another namespace": {"Namespace": NAMESPACE}},
        ),
    }
