"""Trains a model that finds shapes, with boto3 alone, and copies it to another account: boxes.py FOLDER.

FOLDER holds train.manifest and test.manifest, whose pictures lie beside them by their keys. Server, region and keys come
from the AWS variables; the other account's key is the profile "lab".
"""

import json
import pathlib
import sys
import time

import boto3
from botocore.config import Config

BUCKET, PROJECT, VERSION = "shapes", "shapes", "v1"
rekognition = boto3.client("rekognition")
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))


def until(what, done):
    """Asks until done() gives something true, and gives that."""
    end = time.monotonic() + 480  # a training gives way to all other programs
    while not (result := done()):
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)
    return result


def described(client, project):
    version, = client.describe_project_versions(ProjectArn=project, VersionNames=[VERSION])["ProjectVersionDescriptions"]
    return version


def settled(client, project):
    return until("version settled", lambda: (v := described(client, project)) and v["Status"] not in (
        "TRAINING_IN_PROGRESS", "COPYING_IN_PROGRESS", "STARTING") and v)


def lines(at):
    return [json.loads(line) for line in s3.get_object(Bucket=at["Bucket"], Key=at["Name"])["Body"].read().splitlines()]


def shares(line, attribute):
    """The boxes of an attribute as (label, left, top, width, height), the latter as shares of the sides."""
    if attribute not in line:
        return []
    size, = line[attribute]["image_size"]
    wide, high = size["width"], size["height"]
    names = line[attribute + "-metadata"]["class-map"]
    return [(names[str(a["class_id"])], a["left"] / wide, a["top"] / high, a["width"] / wide, a["height"] / high)
            for a in line[attribute]["annotations"]]


def overlap(a, b):
    """Intersection over union of two boxes of the same label."""
    wide = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    high = min(a[2] + a[4], b[2] + b[4]) - max(a[2], b[2])
    if a[0] != b[0] or wide <= 0 or high <= 0:
        return 0
    return wide * high / (a[3] * a[4] + b[3] * b[4] - wide * high)


def upload(folder):
    s3.create_bucket(Bucket=BUCKET)
    manifests = {}
    for kind in ("train", "test"):
        file = folder / f"{kind}.manifest"
        s3.upload_file(str(file), BUCKET, file.name)
        manifests[kind] = [json.loads(line) for line in file.read_text().splitlines()]
        for line in manifests[kind]:
            key = line["source-ref"].removeprefix(f"s3://{BUCKET}/")
            s3.upload_file(str(folder / key), BUCKET, key)
    return manifests


def prepare(manifests):
    project = rekognition.create_project(ProjectName=PROJECT)["ProjectArn"]
    for kind, truth in manifests.items():
        at = {"Bucket": BUCKET, "Name": f"{kind}.manifest"}
        arn = rekognition.create_dataset(ProjectArn=project, DatasetType=kind.upper(), DatasetSource={
            "GroundTruthManifest": {"S3Object": at}})["DatasetArn"]
        d = until("dataset settled", lambda: (d := rekognition.describe_dataset(DatasetArn=arn)["DatasetDescription"]) and
                  not d["Status"].endswith("_IN_PROGRESS") and d)
        assert d["Status"] == "CREATE_COMPLETE", d
        assert d["DatasetStats"]["TotalEntries"] == len(truth) and d["DatasetStats"]["ErrorEntries"] == 0, d
        boxes = [b[0] for line in truth for b in shares(line, "shapes")]
        for label in rekognition.list_dataset_labels(DatasetArn=arn)["DatasetLabelDescriptions"]:
            assert label["LabelStats"]["BoundingBoxCount"] == boxes.count(label["LabelName"]), label
    return project


def train(project):
    rekognition.create_project_version(ProjectArn=project, VersionName=VERSION,
                                       OutputConfig={"S3Bucket": BUCKET, "S3KeyPrefix": "out"})
    seen = set()

    def trained():
        v = described(rekognition, project)
        seen.add(v.get("StatusMessage"))
        return v["Status"] != "TRAINING_IN_PROGRESS" and v
    v = until("trained", trained)
    assert v["Status"] == "TRAINING_COMPLETED", v
    assert any("training on every picture" in (message or "") for message in seen), seen
    return v


def check_summary(version, manifests):
    at = version["EvaluationResult"]["Summary"]["S3Object"]
    summary, = lines(at)
    all_labels = summary["AggregatedEvaluationResults"]
    assert set(all_labels) == {"AveragePrecision", "AverageRecall", "F1Score", "Precision", "Recall"}, all_labels
    assert all(0 <= figure <= 1 for figure in all_labels.values()), all_labels
    assert abs(all_labels["F1Score"] - version["EvaluationResult"]["F1Score"]) < 1e-6, version
    assert all_labels["F1Score"] > 0.6 and all_labels["AveragePrecision"] > 0.3, all_labels
    details = summary["EvaluationDetails"]
    assert details["Labels"] == ["disc", "square"], details
    assert details["NumberOfTrainingImages"] == len(manifests["train"]), details
    assert details["NumberOfTestingImages"] == len(manifests["test"]), details
    for label in summary["LabelEvaluationResults"]:
        assert 0 < label["Metrics"]["Threshold"] < 1, label
        having = [line for line in manifests["test"] if label["Label"] in (b[0] for b in shares(line, "shapes"))]
        assert label["NumberOfTestingImages"] == len(having), label
    manifest_summary, = lines(version["ManifestSummary"]["S3Object"])
    for kind in ("training", "testing"):
        assert manifest_summary["statistics"][kind]["use_case"] == "OBJECT_LOCALIZATION", manifest_summary
        assert manifest_summary["statistics"][kind]["invalid_json_lines"] == 0, manifest_summary
    return {label["Label"]: label["Metrics"]["Threshold"] for label in summary["LabelEvaluationResults"]}


def check_snapshots(version, manifests, thresholds):
    """Holds the snapshot lines against the manifests; gives the boxes that were found, by picture."""
    found = {}
    for kind, at in (("train", version["TrainingDataResult"]), ("test", version["TestingDataResult"])):
        snapshot = lines(at["Output"]["Assets"][0]["GroundTruthManifest"]["S3Object"])
        assert len(snapshot) == len(manifests[kind]), kind
        for number, (line, truth) in enumerate(zip(snapshot, manifests[kind])):
            assert line["source-ref"] == truth["source-ref"], line
            assert line["rekognition-custom-labels-object-id"] == number + 1, line
            want, got = shares(truth, "shapes"), shares(line, "rekognition-custom-labels-training-0")
            assert len(got) == len(want) and all(overlap(a, b) > 0.999 for a, b in zip(want, got)), line
            assert ("rekognition-custom-labels-evaluation" in line) == (kind == "test"), line
            if kind == "test":
                found[line["source-ref"]] = check_evaluation(line, thresholds)
    return found


def check_evaluation(line, thresholds):
    boxes = shares(line, "rekognition-custom-labels-evaluation")
    objects = line["rekognition-custom-labels-evaluation-metadata"]["objects"]
    assert len(objects) == len(boxes), line
    found = []
    for box, o in zip(boxes, objects):
        details = o["rekognition-custom-labels-evaluation-details"]
        verdict = [n for n in ("true-positive", "true-negative", "false-positive", "false-negative") if details["is-" + n]]
        if o["confidence"] >= thresholds[box[0]]:
            assert verdict in (["true-positive"], ["false-positive"]), line
            assert details["is-present-in-ground-truth"] == (verdict == ["true-positive"]), line
            found.append((box, o["confidence"]))
        else:
            assert verdict in (["false-negative"], ["true-negative"], []), line
    return found


def detect(client, version, key, **arguments):
    labels = client.detect_custom_labels(ProjectVersionArn=version, Image={"S3Object": {"Bucket": BUCKET, "Name": key}},
                                         **arguments)["CustomLabels"]
    confidences = [l["Confidence"] for l in labels]
    assert confidences == sorted(confidences, reverse=True), labels
    for l in labels:
        assert set(l) == {"Name", "Confidence", "Geometry"} and set(l["Geometry"]) == {"BoundingBox"}, l
        box = l["Geometry"]["BoundingBox"]
        assert set(box) == {"Left", "Top", "Width", "Height"} and all(0 <= v <= 1 for v in box.values()), l
        assert box["Left"] + box["Width"] < 1.0001 and box["Top"] + box["Height"] < 1.0001, l
        assert 0 <= l["Confidence"] <= 100, l
    return labels


def box_of(label):
    b = label["Geometry"]["BoundingBox"]
    return label["Name"], b["Left"], b["Top"], b["Width"], b["Height"]


def check_answers(version, folder, manifests, reported):
    arn, wanted, right, wrong = version["ProjectVersionArn"], 0, 0, 0
    for line in manifests["test"]:
        key = line["source-ref"].removeprefix(f"s3://{BUCKET}/")
        labels, truth = detect(rekognition, arn, key), shares(line, "shapes")
        sent = rekognition.detect_custom_labels(ProjectVersionArn=arn, Image={"Bytes": (folder / key).read_bytes()})
        assert sent["CustomLabels"] == labels, (sent, labels)
        wanted += len(truth)
        right += sum(any(overlap(t, box_of(l)) > 0.5 for l in labels) for t in truth)
        wrong += sum(all(overlap(t, box_of(l)) <= 0.5 for t in truth) for l in labels)
        # The report is of the very answers, to a pixel.
        assert len(reported[line["source-ref"]]) == len(labels), (line, labels, reported[line["source-ref"]])
        for l in labels:
            assert any(overlap(box, box_of(l)) > 0.9 and abs(100 * confidence - l["Confidence"]) < 1e-3
                       for box, confidence in reported[line["source-ref"]]), (l, reported[line["source-ref"]])
        everything = detect(rekognition, arn, key, MinConfidence=0)
        assert len(everything) >= len(labels), (everything, labels)
        for least in (20, 50, 90):
            some = detect(rekognition, arn, key, MinConfidence=least)
            assert some == [l for l in everything if l["Confidence"] >= least], (least, some, everything)
        for most in (1, 2):
            assert detect(rekognition, arn, key, MinConfidence=0, MaxResults=most) == everything[:most], everything
    assert right >= 0.75 * wanted and wrong <= 0.5 * wanted, f"{right} of {wanted} shapes found, {wrong} where none is"
    print(f"{right} of {wanted} shapes found, {wrong} where none is")


def copy(version, project, manifests):
    """Gives the model to another account: it says the same there, to the last bit."""
    lab = boto3.Session(profile_name="lab").client("rekognition")
    theirs = lab.create_project(ProjectName=PROJECT)["ProjectArn"]
    account = theirs.split(":")[4]
    boto3.Session(profile_name="lab").client("s3", config=Config(s3={"addressing_style": "path"})).create_bucket(Bucket="lab-out")
    arn = version["ProjectVersionArn"]
    rekognition.put_project_policy(ProjectArn=project, PolicyName="lab", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                                                "Action": "rekognition:CopyProjectVersion", "Resource": arn}]}))
    copied = lab.copy_project_version(SourceProjectArn=project, SourceProjectVersionArn=arn, DestinationProjectArn=theirs,
                                      VersionName=VERSION, OutputConfig={"S3Bucket": "lab-out", "S3KeyPrefix": "copies"})
    v = settled(lab, theirs)
    assert v["Status"] == "COPYING_COMPLETED" and v["ProjectVersionArn"] == copied["ProjectVersionArn"], v
    lab.start_project_version(ProjectVersionArn=v["ProjectVersionArn"], MinInferenceUnits=1)
    lab.get_waiter("project_version_running").wait(ProjectArn=theirs, VersionNames=[VERSION], WaiterConfig={"Delay": 1})
    for line in manifests["test"]:
        key = line["source-ref"].removeprefix(f"s3://{BUCKET}/")
        image = {"Bytes": s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()}
        ask = dict(Image=image, MinConfidence=0)
        own = rekognition.detect_custom_labels(ProjectVersionArn=arn, **ask)["CustomLabels"]
        assert own == lab.detect_custom_labels(ProjectVersionArn=v["ProjectVersionArn"], **ask)["CustomLabels"], key


def main(folder):
    manifests = upload(folder)
    project = prepare(manifests)
    version = train(project)
    thresholds = check_summary(version, manifests)
    reported = check_snapshots(version, manifests, thresholds)
    rekognition.start_project_version(ProjectVersionArn=version["ProjectVersionArn"], MinInferenceUnits=1)
    running = settled(rekognition, project)
    assert running["Status"] == "RUNNING", running
    check_answers(version, folder, manifests, reported)
    copy(version, project, manifests)


main(pathlib.Path(sys.argv[1]))
