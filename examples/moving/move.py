#!/usr/bin/env python3
"""Bring Custom Labels projects from AWS to an Ownsight server: datasets, labels, and the pictures behind them.

  move.py --from-profile work --from-region eu-west-1 --dry-run     say what there is, change nothing
  move.py --from-profile work --from-region eu-west-1               bring every project
  move.py --from-profile work --from-region eu-west-1 parts --train bring one, and train it

Nothing is changed at AWS. What is there already is not brought again: after an interruption call again with the same
arguments. A picture that is missing in S3, or that the key may not read, is told by name and counted; its entry comes
along with its labels, and the next call tries again.

Models do not come along, for AWS gives none out; --train trains new ones on what was brought. Tags and policies of
projects stay behind, too.

Exit codes: 0 everything is there, 1 something is not, 2 wrong arguments, 130 interrupted.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LARGEST = 15 << 20  # bytes of a picture that a training takes
LONGEST = 1024  # bytes of a key in S3
PREFIX = "moved"  # of all keys in the bucket there
NOT_THERE = {"NoSuchKey", "NoSuchBucket", "AccessDenied", "InvalidObjectState"}  # what is wrong with one picture, not with all
VERSION = "moved"  # name of what --train trains
KINDS = ("TRAIN", "TEST")


class Trouble(Exception):
    """Why a project could not be brought, for people."""


class Side:
    """One end of the move: its clients, and what it is called."""

    def __init__(self, endpoint, profile, region, data, jobs):
        core = botocore.session.Session(profile=profile)
        if data:
            core.set_config_variable("credentials_file", os.path.join(data, "credentials"))
            core.set_config_variable("config_file", os.path.join(data, "config"))
        session = boto3.Session(botocore_session=core, region_name=region)
        if not session.region_name:
            raise Trouble("The region is not known: name it with --from-region or --to-region.")
        self.region = session.region_name
        self.name = endpoint or f"AWS ({self.region})"
        config = Config(retries={"mode": "standard", "max_attempts": 8}, max_pool_connections=jobs + 2,
                        s3={"addressing_style": "path"} if endpoint else None)
        self.rekognition, self.s3, self.sts = (
            session.client(service, endpoint_url=endpoint, config=config) for service in ("rekognition", "s3", "sts"))

    def projects(self, names):
        pages = self.rekognition.get_paginator("describe_projects").paginate(
            Features=["CUSTOM_LABELS"], **({"ProjectNames": names} if names else {}))
        return {p["ProjectArn"].split("/")[1]: p for page in pages for p in page["ProjectDescriptions"]}

    def entries(self, dataset):
        for page in self.rekognition.get_paginator("list_dataset_entries").paginate(DatasetArn=dataset):
            yield from page["DatasetEntries"]

    def versions(self, project, *names):
        pages = self.rekognition.get_paginator("describe_project_versions").paginate(
            ProjectArn=project, **({"VersionNames": names} if names else {}))
        return [v for page in pages for v in page["ProjectVersionDescriptions"]]

    def dataset(self, arn):
        """Describes a dataset once nothing is in progress on it; nothing when there is none."""
        while True:
            try:
                d = self.rekognition.describe_dataset(DatasetArn=arn)["DatasetDescription"]
            except self.rekognition.exceptions.ResourceNotFoundException:
                return None
            if not d["Status"].endswith("_IN_PROGRESS"):
                return d
            time.sleep(0.5)


class Progress:
    """One line that is written over on a terminal, and a line now and then elsewhere."""

    def __init__(self, out):
        self.out, self.live, self.last, self.open = out, out.isatty(), 0.0, False

    def tell(self, text):
        if time.monotonic() - self.last < (0.2 if self.live else 10):
            return
        self.last, self.open = time.monotonic(), self.live
        print(f"\r{text}\033[K" if self.live else text, end="" if self.live else "\n", file=self.out, flush=True)

    def say(self, text):
        """Says what is to stay."""
        print("\r\033[K" if self.open else "", text, sep="", file=self.out, flush=True)
        self.open = False


class Move:
    def __init__(self, source, target, bucket, jobs, progress):
        self.source, self.target, self.bucket, self.jobs, self.progress = source, target, bucket, jobs, progress
        self.there = {}  # keys that the bucket has, by the bucket that they come from
        self.copied, self.missing = 0, {}  # s3://BUCKET/KEY to the reason

    def bring(self, name, project, train):
        """Brings one project. What is made at the end stands for all before it, so a call that was cut off is made again."""
        datasets = {d["DatasetType"]: d for d in project.get("Datasets", [])}
        if not datasets:
            raise Trouble("has no datasets. What was trained without any has its manifests in S3: DescribeProjectVersions names them.")
        with tempfile.TemporaryDirectory() as folder:
            sets = {kind: self.collect(name, kind, datasets[kind], folder) for kind in KINDS if kind in datasets}
            self.copy_all(name, sets.values())
            arn = self.make_project(name)
            for kind, one in sets.items():
                self.make_dataset(name, arn, kind, one)
        text = " and ".join(f"{len(one['refs'])} {'training' if kind == 'TRAIN' else 'test'}" for kind, one in sets.items())
        lost = sum(ref in self.missing for one in sets.values() for ref in one["pictures"])
        print(f"{name}: {text} pictures are there" + (f", but {lost} of them without their file" if lost else ""), flush=True)
        if train:
            self.train(name, project, arn)

    def collect(self, name, kind, dataset, folder):
        """Writes the manifest of a dataset as it will be there."""
        d = self.source.dataset(dataset["DatasetArn"])
        if d is None or d["Status"] == "CREATE_FAILED":
            raise Trouble(f"the {kind} dataset could not be made at {self.source.name}; delete it there, or make it again.")
        one = {"file": os.path.join(folder, kind.lower() + ".manifest"), "pictures": {}, "refs": set()}
        with open(one["file"], "w", encoding="utf-8") as out:
            for entry in self.source.entries(dataset["DatasetArn"]):
                line = json.loads(entry)
                line.pop("cl-metadata", None)  # what the service says of the entry, not what people said of the picture
                ref = line["source-ref"]
                bucket, _, key = ref.removeprefix("s3://").partition("/")
                one["pictures"][ref] = (bucket, key)
                line["source-ref"] = f"s3://{self.bucket}/{PREFIX}/{bucket}/{key}"
                one["refs"].add(line["source-ref"])
                out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                self.progress.tell(f"{name}: listing {kind.lower()} pictures: {len(one['refs'])}")
        return one

    def copy_all(self, name, sets):
        """Copies the pictures that the bucket lacks, several at a time."""
        pictures = {ref: at for one in sets for ref, at in one["pictures"].items()}
        for bucket in {bucket for bucket, _ in pictures.values()} - self.there.keys():
            pages = self.target.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{PREFIX}/{bucket}/")
            self.there[bucket] = {o["Key"] for page in pages for o in page.get("Contents", [])}
        todo = [(ref, bucket, key) for ref, (bucket, key) in pictures.items()
                if ref not in self.missing and f"{PREFIX}/{bucket}/{key}" not in self.there[bucket]]
        done, pending, pool = len(pictures) - len(todo), iter(todo), ThreadPoolExecutor(self.jobs)
        try:
            while batch := list(islice(pending, 512)):
                for (ref, bucket, key), reason in zip(batch, pool.map(self.copy, batch)):
                    done += 1
                    if reason:
                        self.missing[ref] = reason
                        self.progress.say(f"missing: {ref}: {reason} ({name})")
                    else:
                        self.copied += 1
                        self.there[bucket].add(f"{PREFIX}/{bucket}/{key}")
                    self.progress.tell(f"{name}: copying pictures: {done} of {len(pictures)}")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # after the last picture there is none left

    def copy(self, picture):
        """Copies a picture, or says why it cannot be had."""
        _, bucket, key = picture
        there = f"{PREFIX}/{bucket}/{key}"
        if len(there.encode()) > LONGEST:
            return f"its key would have more than {LONGEST} bytes"
        for attempt in range(4):
            try:
                got = self.source.s3.get_object(Bucket=bucket, Key=key)
                if got["ContentLength"] > LARGEST:
                    got["Body"].close()
                    return f"has {got['ContentLength']} bytes, and trainings take {LARGEST}"
                content = got["Body"].read()
                break
            except ClientError as e:
                if e.response["Error"]["Code"] in NOT_THERE:
                    return e.response["Error"]["Code"]
                raise
            except BotoCoreError:  # the connection broke in the middle of the picture
                if attempt == 3:
                    raise
                time.sleep(2**attempt)
        self.target.s3.put_object(Bucket=self.bucket, Key=there, Body=content, ContentType=got["ContentType"])
        return None

    def make_project(self, name):
        if found := self.target.projects([name]):
            return found[name]["ProjectArn"]
        return self.target.rekognition.create_project(ProjectName=name)["ProjectArn"]

    def make_dataset(self, name, project, kind, one):
        """Makes a dataset of a manifest, unless it is there."""
        there = {d["DatasetType"]: d["DatasetArn"] for d in self.target.projects([name])[name].get("Datasets", [])}.get(kind)
        if there and (d := self.target.dataset(there)):
            if d["Status"] != "CREATE_FAILED":
                lacks = one["refs"] - {json.loads(e)["source-ref"] for e in self.target.entries(there)}
                if lacks:
                    raise Trouble(f"there is a {kind} dataset already, and it lacks {len(lacks)} of the pictures, such as "
                                  f"{min(lacks)}. Delete it, or the project, if it is not wanted; nothing is overwritten.")
                return
            self.target.rekognition.delete_dataset(DatasetArn=there)
            while self.target.dataset(there):
                time.sleep(0.2)
        source = {}
        if one["refs"]:
            key = f"{PREFIX}/manifests/{name}/{kind.lower()}.manifest"
            self.target.s3.upload_file(one["file"], self.bucket, key)
            source = {"DatasetSource": {"GroundTruthManifest": {"S3Object": {"Bucket": self.bucket, "Name": key}}}}
        made = self.target.rekognition.create_dataset(ProjectArn=project, DatasetType=kind, **source)["DatasetArn"]
        d = self.target.dataset(made)
        if d["Status"] != "CREATE_COMPLETE":
            raise Trouble(f"the {kind} dataset could not be made: {d.get('StatusMessage')}")
        if d["DatasetStats"]["TotalEntries"] != len(one["refs"]):
            raise Trouble(f"of {len(one['refs'])} entries the {kind} dataset took {d['DatasetStats']['TotalEntries']}: "
                          f"{d.get('StatusMessage')}")

    def train(self, name, project, arn):
        """Trains what was brought, or waits for the training that is under way."""
        if not self.target.versions(arn, VERSION):
            self.target.rekognition.create_project_version(ProjectArn=arn, VersionName=VERSION, OutputConfig={
                "S3Bucket": self.bucket, "S3KeyPrefix": f"{PREFIX}/output/{name}"})
        while (v := self.target.versions(arn, VERSION)[0])["Status"] == "TRAINING_IN_PROGRESS":
            self.progress.tell(f"{name}: {v.get('StatusMessage', '')}")
            time.sleep(0.5)
        if v["Status"] == "TRAINING_FAILED":
            raise Trouble(f"the training failed: {v['StatusMessage']} To try again, delete the version {VERSION} first.")
        before = [f"; {b['ProjectVersionArn'].split('/')[3]} at {self.source.name} had {b['EvaluationResult']['F1Score']:.3f}"
                  for b in self.source.versions(project["ProjectArn"]) if "EvaluationResult" in b]
        print(f"{name}: {VERSION} is trained, F1 {v['EvaluationResult']['F1Score']:.3f}{''.join(before)}", flush=True)


def survey(source, projects):
    """Says what there is."""
    for name, project in projects.items():
        sets = []
        for d in project.get("Datasets", []):
            stats = source.dataset(d["DatasetArn"]).get("DatasetStats", {})
            sets.append(f"{d['DatasetType']} {stats.get('TotalEntries', 0)} pictures, {stats.get('TotalLabels', 0)} labels")
        models = sum("EvaluationResult" in v for v in source.versions(project["ProjectArn"]))
        print(f"{name}: {'; '.join(sets) or 'no datasets'}; {models} models, which stay")


def target_bucket(target, name):
    name = name or f"ownsight-pictures-{target.sts.get_caller_identity()['Account']}"
    if name not in {b["Name"] for b in target.s3.list_buckets()["Buckets"]}:
        where = {} if target.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": target.region}}
        target.s3.create_bucket(Bucket=name, **where)
    return name


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("projects", nargs="*", metavar="PROJECT", help="projects to bring (default all)")
    p.add_argument("--from-profile", help="profile of the AWS files with the keys for AWS (default what AWS tools would take)")
    p.add_argument("--from-region", help="region of the projects (default that of the profile)")
    p.add_argument("--from-endpoint", metavar="URL", help="bring them from another Ownsight server instead of AWS")
    p.add_argument("--to-endpoint", metavar="URL", default=os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:8600"),
                   help="the Ownsight server (default AWS_ENDPOINT_URL, else http://127.0.0.1:8600)")
    p.add_argument("--to-data", metavar="DIR", help="data folder whose keys are used there (default ownsight-data, unless --to-profile)")
    p.add_argument("--to-profile", help="profile with the keys for the server (default that of the data folder)")
    p.add_argument("--to-region", help="region to bring them to (default that of the profile)")
    p.add_argument("--bucket", help="bucket there for pictures and manifests (default ownsight-pictures-ACCOUNT)")
    p.add_argument("--train", action="store_true", help=f"train what was brought, as version {VERSION}, and wait for it")
    p.add_argument("--jobs", type=int, default=8, metavar="N", help="pictures to copy at the same time, 1 to 64 (default 8)")
    p.add_argument("--dry-run", action="store_true", help="say what there is, change nothing")
    a = p.parse_args()
    if not 1 <= a.jobs <= 64:
        p.error("--jobs is 1 to 64")
    if not a.to_data and not a.to_profile:
        a.to_data = "ownsight-data"
    if a.to_data and not a.dry_run and not os.path.isfile(os.path.join(a.to_data, "credentials")):
        p.error(f"there are no keys in {a.to_data}: name the server's data folder with --to-data, or a profile with --to-profile")
    for variable in [v for v in os.environ if v.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[variable]  # it is of the server that things go to, and boto3 would take it for both ends
    return a


def run(a, progress):
    source = Side(a.from_endpoint, a.from_profile, a.from_region, None, a.jobs)
    projects = source.projects(a.projects)
    if unknown := set(a.projects) - projects.keys():
        raise Trouble(f"There is no project {', '.join(sorted(unknown))} at {source.name}.")
    if a.dry_run:
        survey(source, projects)
        return 0
    target = Side(a.to_endpoint, a.to_profile or "default", a.to_region, a.to_data, a.jobs)
    move = Move(source, target, target_bucket(target, a.bucket), a.jobs, progress)
    failed = 0
    for name, project in projects.items():
        try:
            move.bring(name, project, a.train)
        except (Trouble, ClientError) as e:
            failed += 1
            progress.say(f"{name}: {e}")
    print(f"{len(projects) - failed} of {len(projects)} projects; {move.copied} pictures copied now, {len(move.missing)} missing")
    return 1 if failed or move.missing else 0


def main():
    a, progress = arguments(), Progress(sys.stderr)

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        return run(a, progress)
    except KeyboardInterrupt:
        progress.say("Interrupted. What was copied stays; call again with the same arguments.")
        sys.stdout.flush()
        os._exit(130)  # without waiting for pictures that are on their way: S3 has them whole or not at all
    except (Trouble, ClientError, BotoCoreError) as e:
        progress.say(f"{e}" if isinstance(e, Trouble) else f"{str(e).rstrip('.')}. What was copied stays; call again once that is mended.")
        return 1


if __name__ == "__main__":
    sys.exit(main())
