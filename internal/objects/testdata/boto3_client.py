"""What boto3 users do with the S3 of one port. Arguments: the port, a name for buckets, the key of user ann."""

import hashlib
import io
import socket
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

port, name, ann_key = sys.argv[1:]

# Any name below localhost is this machine (RFC 6761); not every resolver knows.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *a, **k: resolve(
    "127.0.0.1" if str(host).endswith("localhost") else host, *a, **k)


def client(key, secret, region="us-east-1", style="path", host="127.0.0.1"):
    return boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name=region,
        aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": style}, signature_version="s3v4", retries={"max_attempts": 1}))


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error)
        return error
    raise AssertionError(f"{code} expected")


first = ("AKIAFIRSTKEY", "first-secret")
second = ("AKIASECONDKEY", "second-secret")
other = ("AKIAOTHERKEY", "other-secret")
ann = (ann_key, "secret")  # a user of the first account, with rights on home/ann/ in every bucket
picture = bytes(range(256)) * 400


def path_style():
    s3, bucket = client(*first), f"{name}-path"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b/ü+c.jpg", Body=picture, ContentType="image/jpeg", Metadata={"k": "v"})
    assert s3.get_object(Bucket=bucket, Key="a b/ü+c.jpg")["Body"].read() == picture
    head = s3.head_object(Bucket=bucket, Key="a b/ü+c.jpg")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (len(picture), "image/jpeg", {"k": "v"})
    part = s3.get_object(Bucket=bucket, Key="a b/ü+c.jpg", Range="bytes=10-19")["Body"].read()
    assert part == picture[10:20], part
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a b/ü+c.jpg"]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü+c.jpg"})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b/ü+c.jpg"}, {"Key": "copy"}]})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="a b/ü+c.jpg")
    refused("404", s3.head_object, Bucket=bucket, Key="copy")
    refused("BucketAlreadyOwnedByYou", client(*first, region="eu-west-1").create_bucket, Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.delete_bucket(Bucket=bucket)
    refused("NoSuchBucket", s3.list_objects_v2, Bucket=bucket)


def multipart():
    s3, bucket = client(*first), f"{name}-multi"
    s3.create_bucket(Bucket=bucket)
    content = hashlib.shake_128(b"large").digest(20 << 20)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large", Config=boto3.s3.transfer.TransferConfig(max_concurrency=4))
    assert "-" in s3.head_object(Bucket=bucket, Key="large")["ETag"]
    read = io.BytesIO()
    s3.download_fileobj(bucket, "large", read)
    assert read.getvalue() == content


def presigned():
    bucket = f"{name}-signed"
    client(*first).create_bucket(Bucket=bucket)
    for s3 in (client(*first), client(*first, region="eu-west-1"), client(*first, style="virtual", host="localhost")):
        url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "x y"}, ExpiresIn=60)
        urllib.request.urlopen(urllib.request.Request(url, data=picture, method="PUT")).close()
        url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "x y"}, ExpiresIn=60)
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == picture
        try:
            urllib.request.urlopen(url[:-1] + ("0" if url[-1] != "0" else "1"))
            raise AssertionError("a changed signature must be refused")
        except urllib.error.HTTPError as error:
            assert error.code == 403, error


def virtual_host():
    s3, bucket = client(*first, style="virtual", host="localhost"), f"{name}.virtual"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="d/a", Body=picture)
    assert s3.get_object(Bucket=bucket, Key="d/a")["Body"].read() == picture
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["d/a"]
    assert client(*first).get_object(Bucket=bucket, Key="d/a")["Body"].read() == picture


def regions():
    bucket = f"{name}-region"
    west = client(*first, region="eu-west-1")
    west.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    west.put_object(Bucket=bucket, Key="a", Body=picture)
    assert client(*first).get_object(Bucket=bucket, Key="a")["Body"].read() == picture
    # A region that is not served is refused, and the answer names one that is: boto3 goes there by itself.
    assert client(*first, region="mars-north-1").list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def accounts():
    bucket = f"{name}-owner"
    mine, colleague, stranger = client(*first), client(*second), client(*other)
    mine.create_bucket(Bucket=bucket)
    colleague.put_object(Bucket=bucket, Key="a", Body=picture)
    assert bucket in [b["Name"] for b in colleague.list_buckets()["Buckets"]]
    assert bucket not in [b["Name"] for b in stranger.list_buckets()["Buckets"]]
    for call, args in ((stranger.get_object, {"Key": "a"}), (stranger.put_object, {"Key": "a", "Body": b""}),
                       (stranger.list_objects_v2, {}), (stranger.delete_object, {"Key": "a"}),
                       (stranger.delete_bucket, {}), (stranger.get_bucket_policy, {})):
        refused("AccessDenied", call, Bucket=bucket, **args)
    refused("403", stranger.head_object, Bucket=bucket, Key="a")
    refused("AccessDenied", stranger.copy_object, Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    refused("BucketAlreadyExists", stranger.create_bucket, Bucket=bucket)
    refused("InvalidAccessKeyId", client("AKIANOBODY", "x").list_buckets)
    refused("SignatureDoesNotMatch", client(first[0], "wrong").list_buckets)
    refused("SignatureDoesNotMatch", client("INTERNAL111122223333", "wrong").list_buckets)
    assert mine.get_object(Bucket=bucket, Key="a")["Body"].read() == picture


def users():
    bucket = f"{name}-home"
    owner, user = client(*first), client(*ann)
    owner.create_bucket(Bucket=bucket)
    owner.put_object(Bucket=bucket, Key="home/bob/a", Body=picture)
    user.put_object(Bucket=bucket, Key="home/ann/a", Body=picture)
    user.upload_fileobj(io.BytesIO(picture * 200), bucket, "home/ann/large")  # in parts
    user.copy_object(Bucket=bucket, Key="home/ann/b", CopySource={"Bucket": bucket, "Key": "home/ann/a"})
    assert user.get_object(Bucket=bucket, Key="home/ann/b")["Body"].read() == picture
    assert user.list_objects_v2(Bucket=bucket, Prefix="home/ann/")["KeyCount"] == 3
    for call, args in ((user.get_object, {"Key": "home/bob/a"}), (user.put_object, {"Key": "home/bob/b", "Body": b""}),
                       (user.copy_object, {"Key": "home/ann/c", "CopySource": {"Bucket": bucket, "Key": "home/bob/a"}}),
                       (user.copy_object, {"Key": "home/bob/c", "CopySource": {"Bucket": bucket, "Key": "home/ann/a"}}),
                       (user.create_multipart_upload, {"Key": "home/bob/d"}), (user.get_object_tagging, {"Key": "home/ann/a"}),
                       (user.list_objects_v2, {"Prefix": "home/"}), (user.list_objects, {}), (user.list_object_versions, {}),
                       (user.get_bucket_policy, {}), (user.delete_bucket, {}), (user.get_bucket_location, {})):
        error = refused("AccessDenied", call, Bucket=bucket, **args)
        assert "user/ann" in error.response["Error"]["Message"], error
    refused("AccessDenied", user.list_buckets)
    refused("AccessDenied", user.create_bucket, Bucket=f"{name}-denied")
    url = user.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "home/ann/a"})
    assert urllib.request.urlopen(url).read() == picture
    try:
        urllib.request.urlopen(user.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "home/bob/a"}))
        raise AssertionError("403 expected")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and b"<Code>AccessDenied</Code>" in error.read()
    answer = user.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "home/ann/b"}, {"Key": "home/bob/a"}]})
    assert [d["Key"] for d in answer["Deleted"]] == ["home/ann/b"], answer
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("home/bob/a", "AccessDenied")], answer
    assert owner.get_object(Bucket=bucket, Key="home/bob/a")["Body"].read() == picture


for case in (path_style, multipart, presigned, virtual_host, regions, accounts, users):
    case()
    print("ok", case.__name__)
