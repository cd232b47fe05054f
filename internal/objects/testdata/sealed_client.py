"""Reads what was sealed, as any boto3 user does. Arguments: port, bucket, ARN of the key, folder with the plain files."""

import io
import pathlib
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

port, bucket, arn, folder = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])
plain = {path.name: path.read_bytes() for path in folder.iterdir()}
s3 = boto3.client(
    "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
    aws_access_key_id="AKIAFIRSTKEY", aws_secret_access_key="first-secret",
    config=Config(s3={"addressing_style": "path"}, signature_version="s3v4", retries={"max_attempts": 1}))


def refused(code, call, **args):
    try:
        call(Bucket=bucket, **args)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error)
        return error
    raise AssertionError(f"{code} expected")


def whole():
    for key, content in plain.items():
        answer = s3.get_object(Bucket=bucket, Key=key)
        assert answer["Body"].read() == content, key
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        for said in (answer, head):
            assert said["ContentLength"] == len(content), (key, said)
            assert said["ServerSideEncryption"] == "aws:kms" and said["SSEKMSKeyId"] == arn, said
            assert said["Metadata"] == {} and said["ContentType"] == "image/jpeg", said
            assert not [name for name in said if name.startswith("Checksum")], said
        assert head["ETag"] == answer["ETag"]
        url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=60)
        with urllib.request.urlopen(url) as signed:
            assert signed.read() == content


def ranges():
    content = plain["large"]
    size = len(content)
    for asked, start, end in (("0-0", 0, 1), ("10-19", 10, 20), ("65000-140000", 65000, 140001), (f"{size-5}-", size - 5, size),
                              ("-7", size - 7, size), (f"{size-1}-{size+100}", size - 1, size), ("0-", 0, size)):
        answer = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={asked}")
        assert answer["Body"].read() == content[start:end], asked
        assert answer["ContentRange"] == f"bytes {start}-{end-1}/{size}", answer["ContentRange"]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        head = s3.head_object(Bucket=bucket, Key="large", Range=f"bytes={asked}")
        assert head["ContentLength"] == end - start, head
    refused("InvalidRange", s3.get_object, Key="large", Range=f"bytes={size}-")
    refused("InvalidRange", s3.get_object, Key="empty", Range="bytes=0-")
    part = s3.get_object(Bucket=bucket, Key="large", PartNumber=1)
    assert part["Body"].read() == content and "PartsCount" not in part
    refused("InvalidPartNumber", s3.get_object, Key="large", PartNumber=2)


def downloads():
    read = io.BytesIO()
    s3.download_fileobj(bucket, "large", read, Config=boto3.s3.transfer.TransferConfig(multipart_chunksize=3 << 20))
    assert read.getvalue() == plain["large"]


def listings():
    want = {key: len(content) for key, content in plain.items()}
    assert {o["Key"]: o["Size"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]} == want
    assert {o["Key"]: o["Size"] for o in s3.list_objects(Bucket=bucket)["Contents"]} == want
    assert {o["Key"]: o["Size"] for o in s3.list_object_versions(Bucket=bucket)["Versions"]} == want
    told = s3.get_object_attributes(Bucket=bucket, Key="large", ObjectAttributes=["ObjectSize", "ETag", "Checksum"])
    assert told["ObjectSize"] == want["large"] and not told.get("Checksum"), told


def conditions():
    etag = s3.head_object(Bucket=bucket, Key="small")["ETag"]
    assert s3.get_object(Bucket=bucket, Key="small", IfMatch=etag)["Body"].read() == plain["small"]
    refused("PreconditionFailed", s3.get_object, Key="small", IfMatch='"other"')
    refused("304", s3.get_object, Key="small", IfNoneMatch=etag)


def copies():
    source = {"Bucket": bucket, "Key": "large"}
    s3.put_object_tagging(Bucket=bucket, Key="large", Tagging={"TagSet": [{"Key": "a b", "Value": "c=d/+"}]})
    s3.copy_object(Bucket=bucket, Key="copies/same", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="copies/other", CopySource=source, MetadataDirective="REPLACE",
                   Metadata={"k": "v", "ownsight-kms-key": "mine"}, ContentType="text/plain", TaggingDirective="REPLACE", Tagging="e=f")
    same = s3.get_object(Bucket=bucket, Key="copies/same")
    other = s3.get_object(Bucket=bucket, Key="copies/other")
    for said in (same, other):
        assert said["Body"].read() == plain["large"]
        assert said["SSEKMSKeyId"] == arn, said
    assert (same["ContentType"], same["Metadata"]) == ("image/jpeg", {}), same
    assert (other["ContentType"], other["Metadata"]) == ("text/plain", {"k": "v"}), other
    assert s3.get_object_tagging(Bucket=bucket, Key="copies/same")["TagSet"] == [{"Key": "a b", "Value": "c=d/+"}]
    assert s3.get_object_tagging(Bucket=bucket, Key="copies/other")["TagSet"] == [{"Key": "e", "Value": "f"}]
    s3.copy_object(Bucket=bucket, Key="copies/same", CopySource={"Bucket": bucket, "Key": "copies/same"},
                   MetadataDirective="REPLACE", Metadata={"in": "place"})
    again = s3.get_object(Bucket=bucket, Key="copies/same")
    assert again["Body"].read() == plain["large"] and again["Metadata"] == {"in": "place"} and again["SSEKMSKeyId"] == arn
    refused("InvalidRequest", s3.copy_object, Key="copies/same", CopySource={"Bucket": bucket, "Key": "copies/same"})
    refused("PreconditionFailed", s3.copy_object, Key="copies/x", CopySource=source, CopySourceIfMatch='"other"')
    refused("AccessDenied", s3.copy_object, Key="copies/x", CopySource=source, ExpectedSourceBucketOwner="444455556666")
    s3.copy_object(Bucket=bucket, Key="copies/x", CopySource=source, ExpectedSourceBucketOwner="111122223333")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="copies/parts")["UploadId"]
    told = refused("NotImplemented", s3.upload_part_copy, Key="copies/parts", UploadId=upload, PartNumber=1, CopySource=source)
    assert "CopyObject" in str(told)
    s3.abort_multipart_upload(Bucket=bucket, Key="copies/parts", UploadId=upload)
    refused("NoSuchKey", s3.copy_object, Key="copies/x", CopySource={"Bucket": bucket, "Key": "nothing"})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"copies/{name}"} for name in ("same", "other", "x")]})


for case in (whole, ranges, downloads, listings, conditions, copies):
    case()
    print("ok", case.__name__)
