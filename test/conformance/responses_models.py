"""What successful answers about versions, models and policies mean; see responses.py."""

import json
import re

from . import pictures
from .checks import demand, succeeded
from .makers import POLICIES
from .requests import valid
from .responses import POLICY, TRAINED, VERSION, Answers, each, gone, millis

response = Answers()


def cases():
    return response


# ---- versions


@response("CreateProjectVersion", "shown as being trained at once")
def _(w):
    project, s = w.story.get("lists"), w.story
    w.story.get("listed")
    arn = s.begin(project, "shown", VersionDescription="what it is", Tags={"line": "7"})
    demand(f":project/{w.story.named('lists')}/version/shown/" in arn, "the ARN is", arn)
    answer = w.call("DescribeProjectVersions", ProjectArn=project, VersionNames=["shown"])
    (v,) = succeeded(answer, *each("ProjectVersionDescriptions[]", VERSION + ("VersionDescription",)))[
        "ProjectVersionDescriptions"
    ]
    demand(arn.endswith(f"/{millis(v['CreationTimestamp'])}"), f"the time in {arn} is not", v["CreationTimestamp"])
    demand((v["ProjectVersionArn"], v["VersionDescription"]) == (arn, "what it is"), "the description is", v)
    s.version(project, "shown", "TRAINING_FAILED")
    tags = succeeded(w.call("ListTagsForResource", ResourceArn=arn))["Tags"]
    demand(tags == {"line": "7"}, "the tags are", tags)


@response("CreateProjectVersion", "from manifests of its own")
def _(w):
    project = w.story.get("own")
    lines = [
        pictures.line(w.story.bucket, f"pictures/{label}-{i}.png", label) for i in range(3) for label in pictures.LABELS
    ]
    train, test = w.story.source(lines), w.story.source(lines[:2])
    w.story.begin(project, "own", TrainingData={"Assets": [train]}, TestingData={"Assets": [test]})
    v = w.story.version(project, "own", "TRAINING_COMPLETED")
    demand(v["TrainingDataResult"]["Input"] == {"Assets": [train]}, "TrainingDataResult is", v["TrainingDataResult"])
    demand(v["TestingDataResult"]["Input"]["Assets"] == [test], "TestingDataResult is", v["TestingDataResult"])


@response("DescribeProjectVersions", "a version that was trained")
def _(w):
    w.story.get("trained")
    answer = w.call("DescribeProjectVersions", ProjectArn=w.story.get("models"), VersionNames=["trained"])
    (v,) = succeeded(answer, *each("ProjectVersionDescriptions[]", TRAINED))["ProjectVersionDescriptions"]
    demand(
        v["TestingDataResult"]["Input"] == {"Assets": [], "AutoCreate": True},
        "TestingDataResult is",
        v["TestingDataResult"],
    )
    at = v["EvaluationResult"]["Summary"]["S3Object"]
    want = f"output/EvaluationResultSummary-{w.story.named('models')}-trained.json"
    demand(at == {"Bucket": w.story.bucket, "Name": want}, "the summary lies at", at)
    summary = json.load(w.story.s3.get_object(Bucket=at["Bucket"], Key=at["Name"])["Body"])
    f1 = summary["AggregatedEvaluationResults"]["F1Score"]
    demand(
        abs(f1 - v["EvaluationResult"]["F1Score"]) < 1e-6, f"F1Score is {f1} in the summary, not", v["EvaluationResult"]
    )
    for member in ("MinInferenceUnits", "SourceProjectVersionArn", "KmsKeyId", "VersionDescription"):
        demand(member not in v, f"{member} is there:", v.get(member))


@response("DescribeProjectVersions", "a version whose training failed")
def _(w):
    w.story.get("failed")
    answer = w.call("DescribeProjectVersions", ProjectArn=w.story.get("lists"), VersionNames=["v0"])
    (v,) = succeeded(answer, *each("ProjectVersionDescriptions[]", VERSION))["ProjectVersionDescriptions"]
    for member in ("EvaluationResult", "BillableTrainingTimeInSeconds", "MinInferenceUnits"):
        demand(member not in v, f"{member} is there:", v.get(member))


@response("DescribeProjectVersions", "a version that is running")
def _(w):
    w.story.get("running")
    answer = w.call("DescribeProjectVersions", ProjectArn=w.story.get("models"), VersionNames=["running"])
    units = ("MinInferenceUnits", "MaxInferenceUnits")
    (v,) = succeeded(answer, *each("ProjectVersionDescriptions[]", TRAINED + units))["ProjectVersionDescriptions"]
    demand((v["MinInferenceUnits"], v["MaxInferenceUnits"]) == (1, 2), "the units are", v)


@response("DescribeProjectVersions", "newest first")
def _(w):
    w.story.get("failed")
    times = [v["CreationTimestamp"] for v in w.story.versions(w.story.get("lists"))]
    demand(times == sorted(times, reverse=True), "the times are", times)


@response("DescribeProjectVersions", "a project without versions")
def _(w):
    answer = w.call("DescribeProjectVersions", ProjectArn=w.story.get("empty"))
    demand(succeeded(answer, "ProjectVersionDescriptions")["ProjectVersionDescriptions"] == [], "the answer is", answer)


@response("StopProjectVersion", "STARTING, RUNNING, STOPPING, STOPPED, and again")
def _(w):
    project, s = w.story.get("copies"), w.story
    arn = w.story.get("copied")
    for units in (1, 2):
        request = {"ProjectVersionArn": arn, "MinInferenceUnits": units}
        demand(
            succeeded(w.client.call("StartProjectVersion", request), "Status")["Status"] == "STARTING", "not STARTING"
        )
        demand(
            s.version(project, "copied", "RUNNING")["MinInferenceUnits"] == units, f"MinInferenceUnits is not {units}"
        )
        demand(
            succeeded(w.call("StopProjectVersion", ProjectVersionArn=arn), "Status")["Status"] == "STOPPING",
            "not STOPPING",
        )
        s.version(project, "copied", "STOPPED")


@response("StartProjectVersion", "units without a maximum")
def _(w):
    arn = w.story.get("copied")
    succeeded(w.client.call("StartProjectVersion", {"ProjectVersionArn": arn, "MinInferenceUnits": 1}), "Status")
    v = w.story.version(w.story.get("copies"), "copied", "RUNNING")
    demand(v["MinInferenceUnits"] == 1 and "MaxInferenceUnits" not in v, "the description is", v)
    succeeded(w.call("StopProjectVersion", ProjectVersionArn=arn))
    w.story.version(w.story.get("copies"), "copied", "STOPPED")


@response("DeleteProjectVersion", "DELETING, then gone")
def _(w):
    project = w.story.get("lists")
    w.story.get("listed")
    arn = w.story.begin(project, "doomed")
    w.story.version(project, "doomed", "TRAINING_FAILED")
    status = succeeded(w.call("DeleteProjectVersion", ProjectVersionArn=arn), "Status")["Status"]
    demand(status == "DELETING", "Status is", status)
    gone(arn, lambda: w.story.versions(project, "doomed"))


@response("CopyProjectVersion", "within an account")
def _(w):
    w.story.get("copied")
    answer = w.call("DescribeProjectVersions", ProjectArn=w.story.get("copies"), VersionNames=["copied"])
    must = VERSION + ("SourceProjectVersionArn", "EvaluationResult.F1Score", "EvaluationResult.Summary.S3Object.Name")
    (v,) = succeeded(answer, *each("ProjectVersionDescriptions[]", must))["ProjectVersionDescriptions"]
    demand(
        v["SourceProjectVersionArn"] == w.story.get("trained"),
        "SourceProjectVersionArn is",
        v["SourceProjectVersionArn"],
    )


@response("CopyProjectVersion", "to another account, by a policy, and answering like its source")
def _(w):
    s = w.story
    request = {"ProjectArn": s.get("models"), "PolicyName": "copies", "PolicyDocument": s.policy()}
    revision = succeeded(w.client.call("PutProjectPolicy", request), "PolicyRevisionId")["PolicyRevisionId"]
    bucket = s.bucket + "-theirs"
    w.other.service("s3").create_bucket(Bucket=bucket)
    request = {
        "SourceProjectArn": s.get("models"),
        "SourceProjectVersionArn": s.get("running"),
        "DestinationProjectArn": s.get("theirs"),
        "VersionName": "v",
        "OutputConfig": {"S3Bucket": bucket},
    }
    arn = succeeded(w.other.call("CopyProjectVersion", request), "ProjectVersionArn")["ProjectVersionArn"]
    succeeded(w.call("DeleteProjectPolicy", ProjectArn=s.get("models"), PolicyName="copies", PolicyRevisionId=revision))
    demand(f":{s.stranger}:project/" in arn, "the copy's ARN is", arn)
    s.version(s.get("theirs"), "v", "COPYING_COMPLETED", client=w.other)
    succeeded(w.other.call("StartProjectVersion", {"ProjectVersionArn": arn, "MinInferenceUnits": 1}))
    s.version(s.get("theirs"), "v", "RUNNING", client=w.other)
    request = {"ProjectVersionArn": arn, "Image": {"Bytes": s.picture}, "MinConfidence": 0}
    found = succeeded(w.other.call("DetectCustomLabels", request))["CustomLabels"]
    demand(found == _detect(w, MinConfidence=0), "the copy answers otherwise:", found)


# ---- detection


def _detect(world, image=None, **more):
    request = {"ProjectVersionArn": world.story.get("running"), "Image": image or {"Bytes": world.story.picture}} | more
    return succeeded(world.client.call("DetectCustomLabels", request), "CustomLabels")["CustomLabels"]


@response("DetectCustomLabels", "every label, best first")
def _(w):
    found = _detect(w, MinConfidence=0)
    demand({label["Name"] for label in found} == set(pictures.LABELS), "the labels are", found)
    demand(found[0]["Name"] == "striped", "the best label is", found)
    demand(
        [label["Confidence"] for label in found] == sorted((label["Confidence"] for label in found), reverse=True),
        "the order is",
        found,
    )
    demand(all(set(label) == {"Name", "Confidence"} for label in found), "the members are", found)


@response("DetectCustomLabels", "the same from S3")
def _(w):
    at = {"S3Object": {"Bucket": w.story.bucket, "Name": w.story.picture_key}}
    demand(_detect(w, MinConfidence=0) == _detect(w, at, MinConfidence=0), "the answers differ")


@response("DetectCustomLabels", "MaxResults keeps the best")
def _(w):
    demand(_detect(w, MinConfidence=0, MaxResults=1) == _detect(w, MinConfidence=0)[:1], "the answers differ")


@response("DetectCustomLabels", "MinConfidence includes its own value")
def _(w):
    best = _detect(w, MinConfidence=0)[0]
    found = _detect(w, MinConfidence=best["Confidence"])
    demand(found == [best], f"wanted {best}, got", found)


@response("DetectCustomLabels", "no label at all")
def _(w):
    answer = w.client.call("DetectCustomLabels", valid("DetectCustomLabels", w.story)[0] | {"MinConfidence": 100})
    best = _detect(w, MinConfidence=0)[0]["Confidence"]
    demand(best >= 100 or answer.content() == {"CustomLabels": []}, "the answer is", answer)


@response("DetectCustomLabels", "without MinConfidence the labels' own thresholds")
def _(w):
    found, every = _detect(w), _detect(w, MinConfidence=0)
    demand(found == every[: len(found)], f"wanted the best of {every}, got", found)


# ---- policies


@response("PutProjectPolicy", "a revision, and a new one for each change")
def _(w):
    request = {"ProjectArn": w.story.get("copies"), "PolicyName": "changing", "PolicyDocument": w.story.policy()}
    revisions = []
    for _ in range(3):
        more = {"PolicyRevisionId": revisions[-1]} if revisions else {}
        answer = w.client.call("PutProjectPolicy", request | more)
        revisions.append(succeeded(answer, "PolicyRevisionId")["PolicyRevisionId"])
    demand(
        len(set(revisions)) == 3 and all(re.fullmatch("[0-9a-f]{16,64}", r) for r in revisions),
        "the revisions are",
        revisions,
    )
    answer = w.client.call("PutProjectPolicy", request | {"PolicyRevisionId": revisions[0]})
    demand(answer.code == "InvalidPolicyRevisionIdException", "an old revision is", answer)
    answer = w.call(
        "DeleteProjectPolicy", ProjectArn=request["ProjectArn"], PolicyName="changing", PolicyRevisionId=revisions[2]
    )
    demand(answer.content() == {}, "the output is", answer)


@response("ListProjectPolicies", "documents as they were given")
def _(w):
    answer = w.call("ListProjectPolicies", ProjectArn=w.story.get("policies"))
    found = succeeded(answer, *each("ProjectPolicies[]", POLICY))["ProjectPolicies"]
    demand(len(found) == POLICIES, f"there are {len(found)} policies, not {POLICIES}")
    demand(all(p["PolicyDocument"] == w.story.policy() for p in found), "the documents are", found)
    demand(all(p["ProjectArn"] == w.story.get("lists") for p in found), "the projects are", found)


@response("ListProjectPolicies", "a project without policies")
def _(w):
    answer = w.call("ListProjectPolicies", ProjectArn=w.story.get("scratch"))
    demand(succeeded(answer, "ProjectPolicies")["ProjectPolicies"] == [], "the answer is", answer)


@response("DeleteProjectPolicy", "without a revision")
def _(w):
    project = w.story.get("copies")
    request = {"ProjectArn": project, "PolicyName": "deleted", "PolicyDocument": w.story.policy()}
    succeeded(w.client.call("PutProjectPolicy", request))
    answer = w.call("DeleteProjectPolicy", ProjectArn=project, PolicyName="deleted")
    demand(answer.content() == {}, "the output is", succeeded(answer))
    names = [p["PolicyName"] for p in succeeded(w.call("ListProjectPolicies", ProjectArn=project))["ProjectPolicies"]]
    demand("deleted" not in names, "the policies are", names)
