"""Calls the catalogue of the Go tests through boto3 over CBOR, which it speaks where a model has nothing else; exits 1
at what differs."""

import datetime
import sys

import boto3
import botocore.loaders
from botocore.config import Config
from botocore.exceptions import ClientError

load = botocore.loaders.Loader.load_service_model


def cbor_alone(self, service, kind, *arguments, **named):
    model = load(self, service, kind, *arguments, **named)
    if service == "appstream" and kind == "service-2":
        model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
    return model


botocore.loaders.Loader.load_service_model = cbor_alone


def client(key="AKIAROOT", secret="secret/+1"):
    return boto3.client(
        "appstream",
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
assert c.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"
answer = c.describe_images(Names=["a", "b"], MaxResults=25)
assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/cbor", answer
image = answer["Images"][1]
assert image["Name"] == "b" and image["State"] == "AVAILABLE" and image["ImageBuilderSupported"] is True, image
assert image["ImagePermissions"] == {"allowFleet": False, "allowImageBuilder": True}, image
made = image["CreatedTime"].astimezone(datetime.timezone.utc)
assert made == datetime.datetime(2023, 7, 28, 15, 5, 51, 958000, datetime.timezone.utc), made

copy = {"DestinationImageName": "d", "DestinationRegion": "eu-west-1"}
assert c.copy_image(SourceImageName="s", **copy)["DestinationImageName"] == "d"
error = refused("ResourceAlreadyExistsException", 400, c.copy_image, SourceImageName="taken", **copy)
assert isinstance(error, c.exceptions.ResourceAlreadyExistsException), error
refused("ResourceNotFoundException", 404, c.copy_image, SourceImageName="missing", **copy)
refused("ValidationException", 400, c.copy_image, SourceImageName="x y", **copy)
refused("InternalFailure", 500, c.copy_image, SourceImageName="broken", **copy)
image = {"Name": "n", "SourceAmiId": "ami-12345678", "IamRoleArn": "arn:aws:iam::111122223333:role/r"}
refused("DryRunOperationException", 412, c.create_imported_image, DryRun=True, **image)
refused("UnknownOperationException", 400, c.delete_image, Name="n")
refused("InvalidSignatureException", 400, client(secret="wrong").describe_images)
