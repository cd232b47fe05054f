"""Valid requests of Custom Labels, and its lists; see requests.py and pages.py."""

from .makers import ENTRIES, LISTED_LABELS, POLICIES, VERSIONS

PROJECTS = 4  # of the story, at the least


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


def undo(story, operation, request, answer):
    """Takes back what a request that was not meant to last has made."""
    call = story.client.call
    match operation:
        case "CreateProject":
            call("DeleteProject", {"ProjectArn": answer.output["ProjectArn"]})
        case "PutProjectPolicy":
            call("DeleteProjectPolicy", {name: request[name] for name in ("ProjectArn", "PolicyName")})
        case "TagResource":
            call("UntagResource", {"ResourceArn": request["ResourceArn"], "TagKeys": list(request["Tags"])})


def lists(s):
    """For each operation: what is listed in full, the least number of items, and changes that list something else."""
    return {
        "DescribeProjects": (
            {},
            PROJECTS,
            {"other names": {"ProjectNames": [s.named(p) for p in ("empty", "lists", "models")]}},
        ),
        "DescribeProjectVersions": (
            {"ProjectArn": s.use("lists")},
            VERSIONS,
            {"another project": {"ProjectArn": s.use("models")}, "other names": {"VersionNames": ["v0", "v1", "v2"]}},
        ),
        "ListDatasetEntries": (
            {"DatasetArn": s.use("listed")},
            ENTRIES,
            {"another dataset": {"DatasetArn": s.use("changing")}, "another filter": {"Labeled": True}},
        ),
        "ListDatasetLabels": (
            {"DatasetArn": s.use("listed")},
            len(LISTED_LABELS),
            {"another dataset": {"DatasetArn": s.use("changing")}},
        ),
        "ListProjectPolicies": (
            {"ProjectArn": s.use("policies")},
            POLICIES,
            {"another project": {"ProjectArn": s.use("empty")}},
        ),
    }
