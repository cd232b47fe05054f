"""Calls the server of the Go tests through boto3; prints what differs and exits 1."""

import datetime
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

VERSION = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v.1/1594987481000"
DATASET = "arn:aws:rekognition:us-east-1:111122223333:project/p/dataset/train/1594987481000"


def client(key="AKIAROOT", secret="secret/+1"):
    return boto3.client(
        "rekognition",
        endpoint_url=sys.argv[1],
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def refused(code, status, call, **parameters):
    try:
        call(**parameters)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e.response
        assert e.response["Error"]["Message"], e.response
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == status, e.response
        assert e.response["ResponseMetadata"]["RequestId"], e.response
        return e
    raise AssertionError(code + " was not raised")


c = client()
answer = c.create_project(ProjectName="p", Tags={"Größe": "10 m"})
assert answer["ProjectArn"] == "arn:aws:rekognition:eu-central-1:111122223333:project/p/1", answer

pages = c.get_paginator("describe_projects").paginate(ProjectNames=["x"]).build_full_result()
created = pages["ProjectDescriptions"][0]["CreationTimestamp"].astimezone(datetime.timezone.utc)
assert created == datetime.datetime(2023, 7, 28, 15, 5, 51, 958000, datetime.timezone.utc), created

answer = c.detect_custom_labels(ProjectVersionArn=VERSION, Image={"Bytes": b"bytes"}, MinConfidence=12.5)
assert answer["CustomLabels"] == [{"Name": "bytes", "Confidence": 12.5}], answer
assert c.tag_resource(ResourceArn=VERSION, Tags={}).keys() == {"ResponseMetadata"}

error = refused("ResourceInUseException", 400, c.create_project, ProjectName="taken")
assert isinstance(error, c.exceptions.ResourceInUseException), error
refused("ResourceNotFoundException", 400, c.create_project, ProjectName="missing")
refused("InternalServerError", 500, c.create_project, ProjectName="broken")
refused("ValidationException", 400, c.create_project, ProjectName="x y")
refused("UnknownOperationException", 400, c.delete_dataset, DatasetArn=DATASET)
refused("UnknownOperationException", 400, c.list_collections)
refused("AccessDeniedException", 400, client("AKIAANNA", "secret2").tag_resource, ResourceArn=VERSION, Tags={})
refused("InvalidSignatureException", 400, client(secret="wrong").describe_projects)
refused("UnrecognizedClientException", 400, client("AKIANOBODY").describe_projects)
