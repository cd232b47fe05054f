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
    s = story
    at = {"Bucket": s.bucket, "Name": s.manifest_key}
    manifest = {"GroundTruthManifest": {"S3Object": at}}
    output = {"S3Bucket": s.bucket, "S3KeyPrefix": "output"}
    tags = {"line": "7"}
    none = s.nothing
    match operation:
        case "CreateProject":
            return [{"ProjectName": s.fresh("p"), "Feature": "CUSTOM_LABELS", "Tags": tags}]
        case "DescribeProjects":
            return [{"ProjectNames": [s.named("empty")], "Features": ["CUSTOM_LABELS"], "MaxResults": 10}]
        case "DeleteProject":
            return [{"ProjectArn": none("project")}]
        case "CreateDataset":  # both datasets of that project are there already
            s.use("changing"), s.use("scratch_test")
            base = {"ProjectArn": s.use("scratch"), "DatasetType": "TRAIN", "Tags": tags}
            return [base | {"DatasetSource": manifest}, base | {"DatasetSource": {"DatasetArn": s.use("listed")}}]
        case "DescribeDataset":
            return [{"DatasetArn": s.use("listed")}]
        case "UpdateDatasetEntries":
            return [{"DatasetArn": s.use("changing"), "Changes": {"GroundTruth": b"{}\n"}}]
        case "DistributeDatasetEntries":
            return [{"Datasets": [{"Arn": none("dataset")}, {"Arn": none("dataset").replace("train", "test")}]}]
        case "ListDatasetEntries":
            return [
                {
                    "DatasetArn": s.use("listed"),
                    "ContainsLabels": ["a"],
                    "Labeled": True,
                    "SourceRefContains": "s3",
                    "HasErrors": False,
                    "MaxResults": 10,
                }
            ]
        case "ListDatasetLabels":
            return [{"DatasetArn": s.use("listed"), "MaxResults": 10}]
        case "DeleteDataset":
            return [{"DatasetArn": none("dataset")}]
        case "CreateProjectVersion":
            base = {
                "ProjectArn": none("project"),
                "VersionName": "v",
                "OutputConfig": output,
                "Tags": tags,
                "VersionDescription": "words",
            }
            data = {"Assets": [manifest]}
            return [
                base,
                base | {"TrainingData": data, "TestingData": data},
                base | {"FeatureConfig": {"ContentModeration": {"ConfidenceThreshold": 50}}},
            ]
        case "DescribeProjectVersions":
            return [{"ProjectArn": s.use("lists"), "VersionNames": ["v"], "MaxResults": 10}]
        case "StartProjectVersion":
            return [{"ProjectVersionArn": none("version"), "MinInferenceUnits": 1, "MaxInferenceUnits": 2}]
        case "StopProjectVersion" | "DeleteProjectVersion":
            return [{"ProjectVersionArn": none("version")}]
        case "CopyProjectVersion":
            return [
                {
                    "SourceProjectArn": none("project"),
                    "SourceProjectVersionArn": none("version"),
                    "DestinationProjectArn": none("project"),
                    "VersionName": "v",
                    "OutputConfig": output,
                    "Tags": tags,
                }
            ]
        case "PutProjectPolicy":
            return [{"ProjectArn": s.use("empty"), "PolicyName": s.fresh("p"), "PolicyDocument": s.policy()}]
        case "ListProjectPolicies":
            return [{"ProjectArn": s.use("lists"), "MaxResults": 5}]
        case "DeleteProjectPolicy":
            return [{"ProjectArn": s.use("empty"), "PolicyName": "none"}]
        case "DetectCustomLabels":
            base = {"ProjectVersionArn": s.use("running"), "MaxResults": 10, "MinConfidence": 50}
            return [
                base | {"Image": {"Bytes": s.picture}},
                base | {"Image": {"S3Object": {"Bucket": s.bucket, "Name": s.picture_key}}},
            ]
        case "TagResource":
            return [{"ResourceArn": s.use("empty"), "Tags": tags}]
        case "UntagResource":
            return [{"ResourceArn": s.use("empty"), "TagKeys": ["none"]}]
        case "ListTagsForResource":
            return [{"ResourceArn": s.use("empty")}]
    raise LookupError(f"no valid request of {operation} is known")


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
    match operation:
        case "CreateProject":
            world.call("DeleteProject", ProjectArn=answer.output["ProjectArn"])
        case "PutProjectPolicy":
            world.call("DeleteProjectPolicy", ProjectArn=request["ProjectArn"], PolicyName=request["PolicyName"])
        case "TagResource":
            world.call("UntagResource", ResourceArn=request["ResourceArn"], TagKeys=list(request["Tags"]))
