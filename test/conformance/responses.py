"""Cases of successful answers: the members that the developer guide and the API reference promise, and what they mean.
That an answer has nothing but members of its shape, of the right types, is checked of every success in the suite."""

import json
from functools import partial

from . import pictures
from .case import Case
from .checks import demand, succeeded
from .makers import ENTRIES, LISTED_LABELS
from .waiting import until

PROJECT = ("ProjectArn", "CreationTimestamp", "Status", "Datasets", "Feature")
DATASET = (
    "CreationTimestamp",
    "LastUpdatedTimestamp",
    "Status",
    "StatusMessage",
    "StatusMessageCode",
    "DatasetStats.LabeledEntries",
    "DatasetStats.TotalEntries",
    "DatasetStats.TotalLabels",
    "DatasetStats.ErrorEntries",
)
VERSION = (
    "ProjectVersionArn",
    "CreationTimestamp",
    "Status",
    "StatusMessage",
    "OutputConfig.S3Bucket",
    "OutputConfig.S3KeyPrefix",
    "Feature",
)
TRAINED = VERSION + (
    "TrainingEndTimestamp",
    "BillableTrainingTimeInSeconds",
    "EvaluationResult.F1Score",
    "EvaluationResult.Summary.S3Object.Bucket",
    "EvaluationResult.Summary.S3Object.Name",
    "ManifestSummary.S3Object.Name",
    "TrainingDataResult.Input",
    "TrainingDataResult.Output.Assets[].GroundTruthManifest.S3Object.Name",
    "TrainingDataResult.Validation.Assets[].GroundTruthManifest.S3Object.Name",
    "TestingDataResult.Input.AutoCreate",
    "TestingDataResult.Output.Assets[].GroundTruthManifest.S3Object.Name",
    "TestingDataResult.Validation.Assets[].GroundTruthManifest.S3Object.Name",
)
POLICY = ("ProjectArn", "PolicyName", "PolicyRevisionId", "PolicyDocument", "CreationTimestamp", "LastUpdatedTimestamp")


def each(under, members):
    return [f"{under}.{member}" for member in members]


class Answers(list):
    """The cases of a module, each a function of a world."""

    def __call__(self, operation, name):
        def register(run):
            self.append(Case("response", operation, name, run))
            return run

        return register


response = Answers()


def cases():
    return response


def millis(when):
    return round(when.timestamp() * 1000)


def gone(what, look):
    """Waits until a look at something deleted finds nothing."""
    until(f"{what} is gone", lambda: not look())


# ---- projects


@response("CreateProject", "its ARN holds account, region, name and time of creation")
def _(w):
    project = w.story.get("empty")
    (described,) = succeeded(w.call("DescribeProjects", ProjectNames=[w.story.named("empty")]))["ProjectDescriptions"]
    want = f"arn:aws:rekognition:{w.client.region}:{w.story.account}:project/{w.story.named('empty')}/"
    demand(project == want + str(millis(described["CreationTimestamp"])), f"wanted {want}..., got {project}", described)
    demand(described["ProjectArn"] == project, "the description has the ARN", described["ProjectArn"])


@response("DescribeProjects", "a project without datasets")
def _(w):
    answer = w.call("DescribeProjects", ProjectNames=[w.story.named("copies")])
    (d,) = succeeded(answer, *each("ProjectDescriptions[]", PROJECT))["ProjectDescriptions"]
    demand((d["Status"], d["Feature"], d["Datasets"]) == ("CREATED", "CUSTOM_LABELS", []), "the description is", d)


@response("DescribeProjects", "a project with datasets")
def _(w):
    w.story.get("changing"), w.story.get("scratch_test")
    answer = w.call("DescribeProjects", ProjectNames=[w.story.named("scratch")])
    (d,) = succeeded(
        answer,
        *each(
            "ProjectDescriptions[].Datasets[]",
            ("CreationTimestamp", "DatasetType", "DatasetArn", "Status", "StatusMessage", "StatusMessageCode"),
        ),
    )["ProjectDescriptions"]
    demand(sorted(s["DatasetType"] for s in d["Datasets"]) == ["TEST", "TRAIN"], "the datasets are", d["Datasets"])


@response("DescribeProjects", "nothing of that name")
def _(w):
    found = succeeded(w.call("DescribeProjects", ProjectNames=["none"]), "ProjectDescriptions")["ProjectDescriptions"]
    demand(found == [], "found", found)


@response("DescribeProjects", "another region")
def _(w):
    w.story.get("empty")
    client = w.story.elsewhere("eu-west-2")
    found = succeeded(client.call("DescribeProjects", {"ProjectNames": [w.story.named("empty")]}))[
        "ProjectDescriptions"
    ]
    demand(found == [], "found", found)


@response("DeleteProject", "DELETING, then gone")
def _(w):
    name = w.story.fresh("gone")
    arn = succeeded(w.call("CreateProject", ProjectName=name), "ProjectArn")["ProjectArn"]
    status = succeeded(w.call("DeleteProject", ProjectArn=arn), "Status")["Status"]
    demand(status == "DELETING", "Status is", status)
    gone(name, lambda: succeeded(w.call("DescribeProjects", ProjectNames=[name]))["ProjectDescriptions"])


# ---- datasets


def _dataset(world, arn, total, labelled, labels, status="CREATE_COMPLETE"):
    answer = world.call("DescribeDataset", DatasetArn=arn)
    d = succeeded(answer, *each("DatasetDescription", DATASET))["DatasetDescription"]
    want = {"TotalEntries": total, "LabeledEntries": labelled, "TotalLabels": labels, "ErrorEntries": 0}
    demand(d["DatasetStats"] == want, f"wanted {want}, got", d["DatasetStats"])
    demand((d["Status"], d["StatusMessageCode"]) == (status, "SUCCESS"), "the description is", d)


@response("CreateDataset", "from a manifest")
def _(w):
    _dataset(w, w.story.get("listed"), ENTRIES, ENTRIES - 1, len(LISTED_LABELS))


@response("CreateDataset", "empty")
def _(w):
    _dataset(w, w.story.get("scratch_test"), 0, 0, 0)


@response("CreateDataset", "from another dataset")
def _(w):
    project = w.story.project("twin")
    request = {"ProjectArn": project, "DatasetType": "TEST", "DatasetSource": {"DatasetArn": w.story.get("listed")}}
    twin = succeeded(w.client.call("CreateDataset", request), "DatasetArn")["DatasetArn"]
    w.story.settled(twin, "CREATE_COMPLETE")
    _dataset(w, twin, ENTRIES, ENTRIES - 1, len(LISTED_LABELS))
    both = [
        succeeded(w.call("ListDatasetEntries", DatasetArn=d))["DatasetEntries"] for d in (twin, w.story.get("listed"))
    ]
    demand(both[0] == both[1], "the entries are others:", *both)


@response("DescribeDataset", "the ARN is of the project, in lower case")
def _(w):
    want = f":project/{w.story.named('lists')}/dataset/train/"
    demand(want in w.story.get("listed"), f"wanted {want} in", w.story.get("listed"))


@response("UpdateDatasetEntries", "an entry replaced, another added")
def _(w):
    dataset, _ = w.story.pair(4, 4)
    lines = [pictures.line(w.story.bucket, f"none/TRAIN-{i}.png", "new") for i in (3, 9)]
    answer = w.call("UpdateDatasetEntries", DatasetArn=dataset, Changes={"GroundTruth": pictures.manifest(lines)})
    demand(answer.content() == {}, "the output is", succeeded(answer))
    w.story.settled(dataset, "UPDATE_COMPLETE")
    entries = [json.loads(e) for e in succeeded(w.call("ListDatasetEntries", DatasetArn=dataset))["DatasetEntries"]]
    got = [e["part-0-metadata"]["class-name"] for e in entries]
    demand(got == ["a", "b", "a", "new", "new"], "the labels are", got)


@response("DistributeDatasetEntries", "a fifth of the entries is moved")
def _(w):
    train, test = w.story.pair(20, 0)
    answer = w.call("DistributeDatasetEntries", Datasets=[{"Arn": train}, {"Arn": test}])
    demand(answer.content() == {}, "the output is", succeeded(answer))
    moved = [w.story.settled(d, "UPDATE_COMPLETE")["DatasetStats"]["TotalEntries"] for d in (train, test)]
    demand(moved == [16, 4], "the datasets have this many entries:", moved)
    labels = [
        len(succeeded(w.call("ListDatasetLabels", DatasetArn=d))["DatasetLabelDescriptions"]) for d in (train, test)
    ]
    demand(labels == [2, 2], "the datasets have this many labels:", labels)


@response("ListDatasetEntries", "compact lines in the order of the manifest")
def _(w):
    lines = succeeded(w.call("ListDatasetEntries", DatasetArn=w.story.get("listed")), "DatasetEntries")[
        "DatasetEntries"
    ]
    refs = [json.loads(text)["source-ref"].rsplit("/", 1)[1] for text in lines]
    demand(refs == [f"{i}.png" for i in range(ENTRIES - 1)] + ["unlabelled.png"], "the pictures are", refs)
    labelled = [json.loads(text)["cl-metadata"]["is_labeled"] for text in lines]
    demand(labelled == [True] * (ENTRIES - 1) + [False], "is_labeled is", labelled)
    demand(all(text == json.dumps(json.loads(text), separators=(",", ":")) for text in lines), "not compact:", lines[0])


FILTERS = {  # of the listed dataset, with the number of entries that pass
    "ContainsLabels of one": ({"ContainsLabels": ["a"]}, 2),
    "ContainsLabels of two": ({"ContainsLabels": ["a", "c"]}, 3),
    "ContainsLabels of none": ({"ContainsLabels": ["z"]}, 0),
    "ContainsLabels in upper case": ({"ContainsLabels": ["A"]}, 0),
    "Labeled": ({"Labeled": True}, ENTRIES - 1),
    "not Labeled": ({"Labeled": False}, 1),
    "SourceRefContains": ({"SourceRefContains": "unlab"}, 1),
    "SourceRefContains of all": ({"SourceRefContains": "s3://"}, ENTRIES),
    "SourceRefContains a wildcard": ({"SourceRefContains": "%"}, 0),
    "HasErrors": ({"HasErrors": True}, 0),
    "several": ({"ContainsLabels": ["a"], "Labeled": True, "SourceRefContains": "/0.png"}, 1),
    "several that exclude each other": ({"ContainsLabels": ["a"], "Labeled": False}, 0),
}


def _filtered(request, count, world):
    answer = world.client.call("ListDatasetEntries", {"DatasetArn": world.story.get("listed")} | request)
    found = succeeded(answer, "DatasetEntries")["DatasetEntries"]
    demand(len(found) == count, f"wanted {count} entries, got {len(found)}:", *found)


for _name, (_request, _count) in FILTERS.items():
    response.append(Case("response", "ListDatasetEntries", _name, partial(_filtered, _request, _count)))


@response("ListDatasetLabels", "labels with their entries; no boxes")
def _(w):
    answer = w.call("ListDatasetLabels", DatasetArn=w.story.get("listed"))
    found = succeeded(answer, *each("DatasetLabelDescriptions[]", ("LabelName", "LabelStats.EntryCount")))
    counts = {d["LabelName"]: d["LabelStats"] for d in found["DatasetLabelDescriptions"]}
    want = {label: {"EntryCount": sum(i % 5 == n for i in range(ENTRIES - 1))} for n, label in enumerate(LISTED_LABELS)}
    demand(counts == want, f"wanted {want}, got", counts)


@response("DeleteDataset", "gone after a while")
def _(w):
    dataset, _ = w.story.pair(1, 0)
    answer = w.call("DeleteDataset", DatasetArn=dataset)
    demand(answer.content() == {}, "the output is", succeeded(answer))
    gone(dataset, lambda: w.call("DescribeDataset", DatasetArn=dataset).code != "ResourceNotFoundException")


# ---- tags

TAGGED = {"project": "copies", "dataset": "listed", "version": "failed"}


def _tags(world, arn):
    return succeeded(world.call("ListTagsForResource", ResourceArn=arn), "Tags")["Tags"]


def _tagged(what, world):
    """Tags are added, changed and taken off."""
    arn = world.story.get(what)
    before = _tags(world, arn)
    answer = world.call("TagResource", ResourceArn=arn, Tags={"one": "1", "two": ""})
    demand(answer.content() == {}, "the output is", succeeded(answer))
    succeeded(world.call("TagResource", ResourceArn=arn, Tags={"one": "changed"}))
    demand(_tags(world, arn) == before | {"one": "changed", "two": ""}, "the tags are", _tags(world, arn))
    succeeded(world.call("UntagResource", ResourceArn=arn, TagKeys=["one", "two"]))
    demand(_tags(world, arn) == before, "the tags are", _tags(world, arn))


for _kind, _what in TAGGED.items():
    response.append(Case("response", "TagResource", f"of a {_kind}", partial(_tagged, _what)))


@response("UntagResource", "keys that are not there")
def _(w):
    answer = w.call("UntagResource", ResourceArn=w.story.get("copies"), TagKeys=["none"])
    demand(answer.content() == {}, "the output is", succeeded(answer))


@response("ListTagsForResource", "tags given with CreateProject")
def _(w):
    answer = w.call("CreateProject", ProjectName=w.story.fresh("tagged"), Tags={"a key": "a value", "木": ""})
    arn = succeeded(answer)["ProjectArn"]
    demand(_tags(w, arn) == {"a key": "a value", "木": ""}, "the tags are", _tags(w, arn))


@response("ListTagsForResource", "tags given with CreateDataset")
def _(w):
    request = {"ProjectArn": w.story.project("tags"), "DatasetType": "TEST", "Tags": {"line": "7"}}
    arn = succeeded(w.client.call("CreateDataset", request))["DatasetArn"]
    demand(_tags(w, arn) == {"line": "7"}, "the tags are", _tags(w, arn))
    w.story.settled(arn, "CREATE_COMPLETE")


@response("ListTagsForResource", "a resource without tags")
def _(w):
    demand(_tags(w, w.story.get("copies")) == {}, "the tags are", _tags(w, w.story.get("copies")))
