"""The story of ../story.md with boto3: story.py FOLDER."""

import json
import pathlib
import sys
import time
from datetime import datetime, timezone

import boto3
from botocore.config import Config

BUCKET, COPIES, PROJECT = "story-parts", "story-copies", "story"
PATIENCE = 480  # seconds; far above what anything takes. Trainings give way to all other programs.


class Account:
    """The clients of one profile."""

    def __init__(self, profile):
        session = boto3.Session(profile_name=profile)
        self.rekognition = session.client("rekognition")
        self.s3 = session.client("s3", config=Config(s3={"addressing_style": "path"}))
        self.sts = session.client("sts")


def refused(client, code, call, **arguments):
    try:
        call(**arguments)
    except getattr(client.exceptions, code) as e:
        assert e.response["Error"]["Code"] == code and e.response["Error"]["Message"], e.response
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 400, e.response
        assert e.response["ResponseMetadata"]["RequestId"], e.response
        return
    raise AssertionError(f"{call.__name__} is not refused with {code}")


def until(what, look):
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, f"not in {PATIENCE} s: {what}"
        time.sleep(0.2)
    return found


def millis(moment):
    return round(moment.astimezone(timezone.utc).timestamp() * 1000)


class Story:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.first, self.second = Account("default"), Account("second")
        self.rekognition = self.first.rekognition

    def refused(self, code, call, **arguments):
        refused(self.rekognition, code, call, **arguments)

    def identity(self):
        for account, number in ((self.first, "111122223333"), (self.second, "444455556666")):
            who = account.sts.get_caller_identity()
            assert (who["Account"], who["Arn"]) == (number, f"arn:aws:iam::{number}:root"), who
        return f"boto3 {boto3.__version__}"

    def upload(self):
        s3 = self.first.s3
        s3.create_bucket(Bucket=BUCKET)
        files = [p.relative_to(self.folder) for p in self.folder.glob("pictures/*.jpg")]
        for file in [*files, "train.manifest", "too-large.jpg"]:
            s3.upload_file(str(self.folder / file), BUCKET, str(file))
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 7})
        keys = list(pages.search("Contents[].Key"))
        assert len(keys) == 18 and "pictures/good-000.jpg" in keys, keys

    def project(self):
        create = dict(ProjectName=PROJECT, Tags={"line": "7", "site": "Werk Süd"})
        self.project_arn = self.rekognition.create_project(**create)["ProjectArn"]
        self.refused("ResourceInUseException", self.rekognition.create_project, **create)
        pages = self.rekognition.get_paginator("describe_projects").paginate(PaginationConfig={"PageSize": 1})
        description, = pages.search("ProjectDescriptions[]")
        assert (description["ProjectArn"], description["Status"]) == (self.project_arn, "CREATED"), description
        assert millis(description["CreationTimestamp"]) == int(self.project_arn.rsplit("/", 1)[1]), description

    def settled(self, dataset, expected):
        def look():
            d = self.rekognition.describe_dataset(DatasetArn=dataset)["DatasetDescription"]
            return not d["Status"].endswith("_IN_PROGRESS") and d
        description = until("dataset settled", look)
        assert description["Status"] == expected, description
        return description

    def datasets(self):
        def create(kind, **source):
            return dict(ProjectArn=self.project_arn, DatasetType=kind, **source)

        def manifest(name):
            return {"DatasetSource": {"GroundTruthManifest": {"S3Object": {"Bucket": BUCKET, "Name": name}}}}
        make = self.rekognition.create_dataset
        self.train = make(**create("TRAIN", **manifest("train.manifest")))["DatasetArn"]
        self.refused("InvalidS3ObjectException", make, **create("TEST", **manifest("none.manifest")))
        self.test = make(**create("TEST"))["DatasetArn"]
        self.refused("ResourceAlreadyExistsException", make, **create("TRAIN"))
        for dataset, entries, labels in ((self.train, 12, 2), (self.test, 0, 0)):
            stats = self.settled(dataset, "CREATE_COMPLETE")["DatasetStats"]
            assert stats == {"TotalEntries": entries, "LabeledEntries": entries, "TotalLabels": labels, "ErrorEntries": 0}, stats

    def entries(self):
        more = (self.folder / "more.manifest").read_bytes()
        self.rekognition.update_dataset_entries(DatasetArn=self.train, Changes={"GroundTruth": more})
        d = self.settled(self.train, "UPDATE_COMPLETE")
        assert d["DatasetStats"]["TotalEntries"] == 16 and d["LastUpdatedTimestamp"] > d["CreationTimestamp"], d

        def pages(**filters):
            paginator = self.rekognition.get_paginator("list_dataset_entries")
            return [p["DatasetEntries"] for p in paginator.paginate(
                DatasetArn=self.train, PaginationConfig={"PageSize": 5}, **filters)]
        everything = pages()
        assert [len(p) for p in everything] == [5, 5, 5, 1], everything
        assert json.loads(everything[0][0])["source-ref"].startswith(f"s3://{BUCKET}/pictures/"), everything[0][0]
        for filters, expected in (({"ContainsLabels": ["rust"]}, 8), ({"SourceRefContains": "good-000"}, 1),
                                  ({"Labeled": False}, 0), ({"HasErrors": True}, 0)):
            assert sum(len(p) for p in pages(**filters)) == expected, filters
        labels = self.rekognition.get_paginator("list_dataset_labels").paginate(
            DatasetArn=self.train, PaginationConfig={"PageSize": 1}).search("DatasetLabelDescriptions[]")
        stats = {label["LabelName"]: label["LabelStats"] for label in labels}
        assert stats == {"good": {"EntryCount": 8}, "rust": {"EntryCount": 8}}, stats

    def distribute(self):
        self.rekognition.distribute_dataset_entries(Datasets=[{"Arn": self.train}, {"Arn": self.test}])
        train, test = (self.settled(d, "UPDATE_COMPLETE")["DatasetStats"] for d in (self.train, self.test))
        assert train["TotalEntries"] + test["TotalEntries"] == 16, (train, test)
        assert 2 <= test["TotalEntries"] <= 4 and test["TotalLabels"] == 2, test
        self.tested = test["TotalEntries"]

    def training(self):
        create = dict(ProjectArn=self.project_arn, VersionName="v1", VersionDescription="as told", Tags={"stage": "trial"},
                      OutputConfig={"S3Bucket": BUCKET, "S3KeyPrefix": "output/"})
        self.version = self.rekognition.create_project_version(**create)["ProjectVersionArn"]
        self.refused("ResourceInUseException", self.rekognition.create_project_version, **create)
        self.rekognition.get_waiter("project_version_training_completed").wait(
            ProjectArn=self.project_arn, VersionNames=["v1"], WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
        v, = self.rekognition.get_paginator("describe_project_versions").paginate(
            ProjectArn=self.project_arn, PaginationConfig={"PageSize": 1}).search("ProjectVersionDescriptions[]")
        assert (v["Status"], v["VersionDescription"]) == ("TRAINING_COMPLETED", "as told"), v
        assert v["TrainingEndTimestamp"] > v["CreationTimestamp"] > datetime(2024, 1, 1, tzinfo=timezone.utc), v
        at = v["EvaluationResult"]["Summary"]["S3Object"]
        summary = json.load(self.first.s3.get_object(Bucket=at["Bucket"], Key=at["Name"])["Body"])
        f1 = v["EvaluationResult"]["F1Score"]
        assert abs(summary["AggregatedEvaluationResults"]["F1Score"] - f1) < 1e-6, summary
        assert summary["EvaluationDetails"]["NumberOfTestingImages"] == self.tested, summary
        return f1

    def start(self):
        self.refused("ResourceNotReadyException", self.rekognition.detect_custom_labels,
                     ProjectVersionArn=self.version, Image=self.in_bucket("pictures/good-000.jpg"))
        self.run(self.rekognition, self.project_arn, self.version, "v1")

    @staticmethod
    def run(rekognition, project, version, name):
        answer = rekognition.start_project_version(ProjectVersionArn=version, MinInferenceUnits=1)
        assert answer["Status"] == "STARTING", answer
        rekognition.get_waiter("project_version_running").wait(
            ProjectArn=project, VersionNames=[name], WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})

    @staticmethod
    def in_bucket(key):
        return {"S3Object": {"Bucket": BUCKET, "Name": key}}

    def bytes_of(self, file):
        return {"Bytes": (self.folder / file).read_bytes()}

    def detect(self):
        def ask(image, **more):
            return self.rekognition.detect_custom_labels(ProjectVersionArn=self.version, Image=image, **more)["CustomLabels"]
        self.answer = ask(self.bytes_of("pictures/good-000.jpg"), MinConfidence=0)
        assert {a["Name"] for a in self.answer} == {"good", "rust"} and len(self.answer) == 2, self.answer
        best, other = (a["Confidence"] for a in self.answer)
        assert best >= other and abs(best + other - 100) < 0.01, self.answer
        from_bucket = self.in_bucket("pictures/good-000.jpg")
        assert ask(from_bucket, MinConfidence=0) == self.answer
        assert ask(from_bucket, MinConfidence=0, MaxResults=1) == self.answer[:1]
        for code, image in (("InvalidImageFormatException", self.bytes_of("train.manifest")),
                            ("ImageTooLargeException", self.bytes_of("too-large.jpg")),
                            ("InvalidS3ObjectException", self.in_bucket("none.jpg"))):
            self.refused(code, self.rekognition.detect_custom_labels, ProjectVersionArn=self.version, Image=image)
        return self.answer

    def policy(self):
        self.second.s3.create_bucket(Bucket=COPIES)
        self.copies = self.second.rekognition.create_project(ProjectName="story-copy")["ProjectArn"]
        self.copying = dict(SourceProjectArn=self.project_arn, SourceProjectVersionArn=self.version,
                            DestinationProjectArn=self.copies, VersionName="v1-copy", Tags={"origin": "story"},
                            OutputConfig={"S3Bucket": COPIES, "S3KeyPrefix": "output/"})
        refused(self.second.rekognition, "AccessDeniedException", self.second.rekognition.copy_project_version, **self.copying)

        document = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "rekognition:CopyProjectVersion", "Resource": "*"}]})
        put, share = self.rekognition.put_project_policy, dict(ProjectArn=self.project_arn, PolicyName="share", PolicyDocument=document)
        old = put(**share)["PolicyRevisionId"]
        self.refused("ResourceAlreadyExistsException", put, **share)
        new = put(**share, PolicyRevisionId=old)["PolicyRevisionId"]
        assert new != old, new
        self.refused("InvalidPolicyRevisionIdException", put, **share, PolicyRevisionId=old)
        self.refused("MalformedPolicyDocumentException", put, ProjectArn=self.project_arn, PolicyName="bad",
                     PolicyDocument='{"Version":"2012-10-17"}')
        put(**{**share, "PolicyName": "share-too"})
        pages = list(self.rekognition.get_paginator("list_project_policies").paginate(
            ProjectArn=self.project_arn, PaginationConfig={"PageSize": 1}))
        assert [len(p["ProjectPolicies"]) for p in pages] == [1, 1], pages
        policies = {p["PolicyName"]: p for page in pages for p in page["ProjectPolicies"]}
        assert policies.keys() == {"share", "share-too"}, policies
        listed = policies["share"]
        assert (listed["PolicyDocument"], listed["PolicyRevisionId"]) == (document, new), listed
        assert listed["LastUpdatedTimestamp"] >= listed["CreationTimestamp"], listed

    def copy(self):
        rekognition = self.second.rekognition
        self.copied = rekognition.copy_project_version(**self.copying)["ProjectVersionArn"]

        def look():
            d, = rekognition.describe_project_versions(
                ProjectArn=self.copies, VersionNames=["v1-copy"])["ProjectVersionDescriptions"]
            return d["Status"] != "COPYING_IN_PROGRESS" and d
        d = until("copied", look)
        assert (d["Status"], d["SourceProjectVersionArn"]) == ("COPYING_COMPLETED", self.version), d
        self.run(rekognition, self.copies, self.copied, "v1-copy")
        ask = dict(ProjectVersionArn=self.copied, Image=self.bytes_of("pictures/good-000.jpg"), MinConfidence=0)
        answer = rekognition.detect_custom_labels(**ask)["CustomLabels"]
        assert answer == self.answer, (answer, self.answer)
        self.refused("AccessDeniedException", self.rekognition.detect_custom_labels, **ask)

    def tags(self):
        def demand(rekognition, arn, told):
            found = rekognition.list_tags_for_resource(ResourceArn=arn)["Tags"]
            assert found == told, found
        first = self.rekognition
        demand(first, self.project_arn, {"line": "7", "site": "Werk Süd"})
        first.tag_resource(ResourceArn=self.project_arn, Tags={"line": "8", "owner": "QA"})
        first.untag_resource(ResourceArn=self.project_arn, TagKeys=["site"])
        demand(first, self.project_arn, {"line": "8", "owner": "QA"})
        demand(first, self.version, {"stage": "trial"})
        demand(self.second.rekognition, self.copied, {"origin": "story"})

    def deletion(self):
        first, second = self.rekognition, self.second.rekognition
        self.refused("ResourceInUseException", first.delete_project, ProjectArn=self.project_arn)
        versions = ((first, self.project_arn, self.version), (second, self.copies, self.copied))
        for rekognition, _, version in versions:
            assert rekognition.stop_project_version(ProjectVersionArn=version)["Status"] == "STOPPING"
        for rekognition, project, version in versions:
            def described():
                return rekognition.describe_project_versions(ProjectArn=project)["ProjectVersionDescriptions"]
            until("stopped", lambda: described()[0]["Status"] == "STOPPED")
            assert rekognition.delete_project_version(ProjectVersionArn=version)["Status"] == "DELETING"
            until("version gone", lambda: not described())
        for dataset in (self.train, self.test):
            first.delete_dataset(DatasetArn=dataset)

            def gone():
                try:
                    first.describe_dataset(DatasetArn=dataset)
                except first.exceptions.ResourceNotFoundException:
                    return True
            until("dataset gone", gone)
        first.delete_project_policy(ProjectArn=self.project_arn, PolicyName="share-too")
        for rekognition, project in ((first, self.project_arn), (second, self.copies)):
            assert rekognition.delete_project(ProjectArn=project)["Status"] == "DELETING"
            until("project gone", lambda: not rekognition.describe_projects()["ProjectDescriptions"])
        self.refused("ResourceNotFoundException", first.delete_project, ProjectArn=self.project_arn)


def main(folder):
    story = Story(folder)
    for step in (story.identity, story.upload, story.project, story.datasets, story.entries, story.distribute, story.training,
                 story.start, story.detect, story.policy, story.copy, story.tags, story.deletion):
        line, began = {"step": step.__name__, "ok": True}, time.monotonic()
        try:
            line["detail"] = step()
        except Exception as e:  # whatever a client stumbles over is what the line is for
            line |= {"ok": False, "detail": f"{type(e).__name__}: {e}"}
        line["ms"] = round((time.monotonic() - began) * 1000)
        print(json.dumps(line), flush=True)
        if not line["ok"]:
            sys.exit(1)


main(sys.argv[1])
