"""How the errors are provoked that are about content: manifests and pictures, policies, and copies between accounts."""

import json

from .provoked import Provocations, call, copy_version

MEGABYTE = 1 << 20

provokes = Provocations()


# ---- objects and pictures


@provokes("CreateDataset", "InvalidS3Object", "a manifest that is not there")
def _(w):
    return _manifest(w, Bucket=w.story.bucket, Name="none.manifest")


@provokes("CreateDataset", "InvalidS3Object", "a bucket that is not there")
def _(w):
    return _manifest(w, Bucket="no-such-bucket-of-ours", Name="none.manifest")


@provokes("DetectCustomLabels", "InvalidS3Object", "a picture that is not there")
def _(w):
    return call(w, "DetectCustomLabels", Image={"S3Object": {"Bucket": w.story.bucket, "Name": "none.png"}})


@provokes("DetectCustomLabels", "InvalidS3Object", "a bucket that is not there")
def _(w):
    return call(w, "DetectCustomLabels", Image={"S3Object": {"Bucket": "no-such-bucket-of-ours", "Name": "none.png"}})


@provokes("DetectCustomLabels", "ImageTooLarge", "more than 4 MB in the request")
def _(w):
    return call(w, "DetectCustomLabels", Image={"Bytes": w.story.picture + bytes(4 * MEGABYTE)})


@provokes("DetectCustomLabels", "ImageTooLarge", "more than 15 MB in S3")
def _(w):
    w.story.put("large.png", w.story.picture + bytes(15 * MEGABYTE))
    return call(w, "DetectCustomLabels", Image={"S3Object": {"Bucket": w.story.bucket, "Name": "large.png"}})


@provokes("DetectCustomLabels", "InvalidImageFormat", "no picture")
def _(w):
    return call(w, "DetectCustomLabels", Image={"Bytes": b"this is not a picture"})


@provokes("DetectCustomLabels", "InvalidImageFormat", "a picture in another format")
def _(w):
    return call(
        w, "DetectCustomLabels", Image={"Bytes": b"GIF89a\x40\x00\x40\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,"}
    )


@provokes("DetectCustomLabels", "InvalidImageFormat", "a picture that is cut short")
def _(w):
    return call(w, "DetectCustomLabels", Image={"Bytes": w.story.picture[:200]})


# ---- policies and copies


def _put(world, document, **more):
    request = {"ProjectArn": world.story.get("empty"), "PolicyName": world.story.fresh("p"), "PolicyDocument": document}
    return world.client.call("PutProjectPolicy", request | more)


def _without(document, member):
    policy = json.loads(document)
    del policy["Statement"][0][member]
    return json.dumps(policy)


def _document(name, make):
    @provokes("PutProjectPolicy", "MalformedPolicyDocument", name)
    def _(w):
        return _put(w, make(w.story.policy()))


_document("no JSON", lambda p: p[:-1])
_document("no object", lambda p: f"[{p}]")
_document("no Statement", lambda p: '{"Version": "2012-10-17"}')
_document("no Effect", lambda p: _without(p, "Effect"))
_document("an unknown Effect", lambda p: p.replace('"Allow"', '"ALLOW"'))
_document("no Principal", lambda p: _without(p, "Principal"))
_document("no Action", lambda p: _without(p, "Action"))
_document("no Resource", lambda p: _without(p, "Resource"))
_document("another action", lambda p: p.replace("CopyProjectVersion", "DeleteProject"))
_document("NotAction", lambda p: p.replace('"Action"', '"NotAction"'))
_document("NotResource", lambda p: p.replace('"Resource"', '"NotResource"'))
_document("NotPrincipal", lambda p: p.replace('"Principal"', '"NotPrincipal"'))
_document("an unknown Version", lambda p: p.replace("2012-10-17", "2031-01-01"))


@provokes("PutProjectPolicy", "InvalidPolicyRevisionId", "a revision of a new name")
def _(w):
    return _put(w, w.story.policy(), PolicyRevisionId="0123456789abcdef0123456789abcdef")


@provokes("PutProjectPolicy", "InvalidPolicyRevisionId", "a revision that is not the current one")
def _(w):
    return call(
        w,
        "PutProjectPolicy",
        ProjectArn=w.story.get("policies"),
        PolicyName="p0",
        PolicyRevisionId="0123456789abcdef0123456789abcdef",
    )


@provokes("DeleteProjectPolicy", "InvalidPolicyRevisionId", "a revision that is not the current one")
def _(w):
    return call(
        w,
        "DeleteProjectPolicy",
        ProjectArn=w.story.get("policies"),
        PolicyName="p0",
        PolicyRevisionId="0123456789abcdef0123456789abcdef",
    )


@provokes("DeleteProjectPolicy", "ResourceNotFound", "a policy of no such name")
def _(w):
    return call(w, "DeleteProjectPolicy", ProjectArn=w.story.get("policies"), PolicyName="none")


@provokes("CopyProjectVersion", "AccessDenied", "a version of another account, without a policy")
def _(w):
    return copy_version(w.story, w.other, DestinationProjectArn=w.story.get("theirs"))


@provokes("CopyProjectVersion", "AccessDenied", "into another account")
def _(w):
    return copy_version(w.story, DestinationProjectArn=w.story.get("theirs"))


@provokes("CopyProjectVersion", "ResourceNotFound", "no such version")
def _(w):
    return copy_version(w.story, SourceProjectVersionArn=_older(w.story.get("trained")))


@provokes("CopyProjectVersion", "ResourceNotFound", "no such source project")
def _(w):
    return copy_version(w.story, SourceProjectArn=_older(w.story.get("models")))


@provokes("CopyProjectVersion", "ResourceNotFound", "no such destination")
def _(w):
    return copy_version(w.story, DestinationProjectArn=w.story.nothing("project"))


def _older(arn):
    return arn.rsplit("/", 1)[0] + "/1500000000000"


def _manifest(world, **s3object):
    source = {"GroundTruthManifest": {"S3Object": s3object}}
    return call(world, "CreateDataset", ProjectArn=world.story.get("empty"), DatasetSource=source)
