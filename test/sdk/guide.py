"""The steps of the AWS developer guide for Custom Labels, with boto3 alone: guide.py FOLDER.

FOLDER holds pictures named LABEL-NUMBER.jpg. Server, region and keys come from the AWS variables.
"""

import json
import pathlib
import sys
import time
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

BUCKET, PROJECT, VERSION = "guide-parts", "guide", "guide.1"
rekognition = boto3.client("rekognition")
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))


def refused(code, call, **arguments):
    """Demands that a call is refused with a code, by an exception that the client knows by name."""
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert isinstance(e, getattr(rekognition.exceptions, code, ClientError)), type(e)
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 400, e.response
        assert e.response["ResponseMetadata"]["RequestId"], e.response
        return e.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__}{arguments} was not refused")


def until(what, done):
    """Asks until done() gives something true, and gives that."""
    end = time.monotonic() + 480  # a training gives way to all other programs
    while not (result := done()):
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)
    return result


def millis(when):
    return round(when.timestamp() * 1000)


def line(key):
    label = pathlib.PurePath(key).name.rsplit("-", 1)[0]
    return json.dumps({
        "source-ref": f"s3://{BUCKET}/{key}", "part": 0,
        "part-metadata": {"class-name": label, "confidence": 0.9, "type": "groundtruth/image-classification",
                          "job-name": "inspection", "human-annotated": "yes", "creation-date": "2024-05-06 07:08:09"},
    })


def upload(folder):
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == "111122223333" and identity["Arn"] == "arn:aws:iam::111122223333:root", identity
    s3.create_bucket(Bucket=BUCKET)
    keys = []
    for file in sorted(pathlib.Path(folder).iterdir()):
        keys.append(f"pictures/{file.name}")
        s3.upload_file(str(file), BUCKET, keys[-1])
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert listed == keys, listed
    return keys


def make_project():
    before = millis(datetime.now(timezone.utc))
    arn = rekognition.create_project(ProjectName=PROJECT, Tags={"line": "7"})["ProjectArn"]
    assert arn.startswith(f"arn:aws:rekognition:us-east-1:111122223333:project/{PROJECT}/"), arn
    assert PROJECT in refused("ResourceInUseException", rekognition.create_project, ProjectName=PROJECT)
    for bad in ({}, {"ProjectName": ""}, {"ProjectName": 7}):
        try:
            rekognition.create_project(**bad)
            raise AssertionError(f"botocore sent {bad}")
        except ParamValidationError:
            pass
    refused("ValidationException", rekognition.create_project, ProjectName="two words")
    description, = rekognition.describe_projects(ProjectNames=[PROJECT, "none"])["ProjectDescriptions"]
    created = description["CreationTimestamp"]
    assert before <= millis(created) == int(arn.rsplit("/", 1)[1]), (created, arn)
    assert description["Status"] == "CREATED" and description["Datasets"] == [], description
    return arn


def settled(dataset, *expected):
    def look():
        d = rekognition.describe_dataset(DatasetArn=dataset)["DatasetDescription"]
        return not d["Status"].endswith("_IN_PROGRESS") and d
    d = until("dataset settled", look)
    assert d["Status"] in expected, d
    return d


def make_dataset(project, keys):
    create = dict(ProjectArn=project, DatasetType="TRAIN")
    dataset = rekognition.create_dataset(**create)["DatasetArn"]
    refused("ResourceAlreadyExistsException", rekognition.create_dataset, **create)
    d = settled(dataset, "CREATE_COMPLETE")
    assert d["StatusMessageCode"] == "SUCCESS" and d["DatasetStats"]["TotalEntries"] == 0, d
    lines = "\n".join(line(k) for k in keys) + "\n" + json.dumps({"source-ref": f"s3://{BUCKET}/unlabelled.jpg"})
    rekognition.update_dataset_entries(DatasetArn=dataset, Changes={"GroundTruth": lines.encode()})
    d = settled(dataset, "UPDATE_COMPLETE")
    stats = {"TotalEntries": len(keys) + 1, "LabeledEntries": len(keys), "TotalLabels": 2, "ErrorEntries": 0}
    assert d["DatasetStats"] == stats, d
    assert d["LastUpdatedTimestamp"] > d["CreationTimestamp"], d
    missing = {"DatasetSource": {"GroundTruthManifest": {"S3Object": {"Bucket": BUCKET, "Name": "none"}}}}
    refused("InvalidS3ObjectException", rekognition.create_dataset, ProjectArn=project, DatasetType="TEST", **missing)
    return dataset


def list_dataset(dataset, keys):
    def entries(**filters):
        pages = rekognition.get_paginator("list_dataset_entries").paginate(
            DatasetArn=dataset, PaginationConfig={"PageSize": 3}, **filters)
        return [json.loads(e) for e in pages.search("DatasetEntries")]
    everything = entries()
    assert [e["source-ref"] for e in everything[:-1]] == [f"s3://{BUCKET}/{k}" for k in keys], everything
    assert [e["cl-metadata"]["is_labeled"] for e in everything] == [True] * len(keys) + [False], everything
    label = everything[0]["part-metadata"]["class-name"]
    assert len(entries(ContainsLabels=[label])) == len(keys) // 2
    assert len(entries(ContainsLabels=[label, "none"], Labeled=True)) == len(keys) // 2
    assert len(entries(Labeled=False)) == 1
    assert len(entries(HasErrors=True)) == 0 and len(entries(HasErrors=False)) == len(everything)
    assert entries(SourceRefContains=keys[5]) == [everything[5]]
    first = rekognition.list_dataset_entries(DatasetArn=dataset, MaxResults=1, NextToken="")
    assert len(first["DatasetEntries"]) == 1, first
    labels = rekognition.list_dataset_labels(DatasetArn=dataset, MaxResults=1)
    assert labels["DatasetLabelDescriptions"][0]["LabelStats"] == {"EntryCount": len(keys) // 2}, labels
    for foreign in (first["NextToken"], "nonsense"):
        refused("InvalidPaginationTokenException", rekognition.list_dataset_labels, DatasetArn=dataset, NextToken=foreign)
    pages = rekognition.get_paginator("list_dataset_labels").paginate(DatasetArn=dataset, PaginationConfig={"PageSize": 1})
    assert len(list(pages.search("DatasetLabelDescriptions[].LabelName"))) == 2


def train(project):
    arguments = dict(ProjectArn=project, VersionName=VERSION, VersionDescription="by the guide",
                     OutputConfig={"S3Bucket": BUCKET, "S3KeyPrefix": "output/"})
    version = rekognition.create_project_version(**arguments)["ProjectVersionArn"]
    assert f":project/{PROJECT}/version/{VERSION}/" in version, version
    refused("ResourceInUseException", rekognition.create_project_version, **arguments)
    one = dict(ProjectArn=project, VersionNames=[VERSION])
    rekognition.get_waiter("project_version_training_completed").wait(WaiterConfig={"Delay": 1}, **one)
    v, = rekognition.describe_project_versions(**one)["ProjectVersionDescriptions"]
    assert v["VersionDescription"] == "by the guide" and v["OutputConfig"] == arguments["OutputConfig"], v
    assert v["BillableTrainingTimeInSeconds"] >= 0 and v["TrainingEndTimestamp"] > v["CreationTimestamp"], v
    assert v["TestingDataResult"]["Input"] == {"Assets": [], "AutoCreate": True}, v["TestingDataResult"]
    at = v["EvaluationResult"]["Summary"]["S3Object"]
    assert at == {"Bucket": BUCKET, "Name": f"output/EvaluationResultSummary-{PROJECT}-{VERSION}.json"}, at
    summary = json.load(s3.get_object(Bucket=at["Bucket"], Key=at["Name"])["Body"])
    assert summary["AggregatedEvaluationResults"]["F1Score"] == v["EvaluationResult"]["F1Score"], summary
    assert summary["EvaluationDetails"]["NumberOfTestingImages"] == 2, summary
    return version


def run(project, version, folder, keys):
    ask = dict(ProjectVersionArn=version, Image={"S3Object": {"Bucket": BUCKET, "Name": keys[0]}})
    assert "StartProjectVersion" in refused("ResourceNotReadyException", rekognition.detect_custom_labels, **ask)
    status = rekognition.start_project_version(ProjectVersionArn=version, MinInferenceUnits=1, MaxInferenceUnits=2)["Status"]
    assert status == "STARTING", status
    one = dict(ProjectArn=project, VersionNames=[VERSION])
    rekognition.get_waiter("project_version_running").wait(WaiterConfig={"Delay": 1}, **one)
    v, = rekognition.describe_project_versions(**one)["ProjectVersionDescriptions"]
    assert (v["MinInferenceUnits"], v["MaxInferenceUnits"]) == (1, 2), v
    from_s3 = rekognition.detect_custom_labels(MinConfidence=0, **ask)["CustomLabels"]
    assert len(from_s3) == 2 and from_s3[0]["Confidence"] >= from_s3[1]["Confidence"], from_s3
    assert abs(sum(l["Confidence"] for l in from_s3) - 100) < 0.01 and set(from_s3[0]) == {"Name", "Confidence"}, from_s3
    content = (pathlib.Path(folder) / pathlib.PurePath(keys[0]).name).read_bytes()
    sent = rekognition.detect_custom_labels(ProjectVersionArn=version, Image={"Bytes": content}, MinConfidence=0)["CustomLabels"]
    assert sent == from_s3, (sent, from_s3)
    assert rekognition.stop_project_version(ProjectVersionArn=version)["Status"] == "STOPPING"
    describe = lambda: rekognition.describe_project_versions(**one)["ProjectVersionDescriptions"][0]["Status"]
    until("stopped", lambda: describe() == "STOPPED")
    refused("ResourceNotReadyException", rekognition.detect_custom_labels, **ask)


def clear_up(project, dataset, version):
    refused("ResourceInUseException", rekognition.delete_project, ProjectArn=project)
    assert rekognition.delete_project_version(ProjectVersionArn=version)["Status"] == "DELETING"
    until("version gone", lambda: not rekognition.describe_project_versions(ProjectArn=project)["ProjectVersionDescriptions"])
    refused("ResourceInUseException", rekognition.delete_project, ProjectArn=project)
    rekognition.delete_dataset(DatasetArn=dataset)

    def gone():
        try:
            rekognition.describe_dataset(DatasetArn=dataset)
        except rekognition.exceptions.ResourceNotFoundException:
            return True
    until("dataset gone", gone)
    assert rekognition.delete_project(ProjectArn=project)["Status"] == "DELETING"
    until("project gone", lambda: not rekognition.describe_projects(ProjectNames=[PROJECT])["ProjectDescriptions"])
    refused("ResourceNotFoundException", rekognition.delete_project, ProjectArn=project)
    refused("ResourceNotFoundException", rekognition.describe_project_versions, ProjectArn=project)


def main(folder):
    keys = upload(folder)
    project = make_project()
    dataset = make_dataset(project, keys)
    list_dataset(dataset, keys)
    version = train(project)
    run(project, version, folder, keys)
    clear_up(project, dataset, version)


main(sys.argv[1])
