"""The story of an image with boto3 alone: images.py FILE.

FILE is a bootable disk in a format that qemu-img makes. Server, region and keys come from the AWS variables; the profile
lab is another account. What the server answered is printed as JSON, step by step.
"""

import json
import pathlib
import sys
import time
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT, LAB = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/images"
ARN = f"arn:aws:appstream:us-east-1:{ACCOUNT}:image/gold"
here = boto3.client("appstream")
there = boto3.client("appstream", region_name="eu-central-1")
lab = boto3.Session(profile_name="lab").client("appstream")
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
COMMON = "AccessDeniedException", "ValidationException"  # that no service models
steps = []


def tell(step, answer):
    """Notes an answer."""
    answer.pop("ResponseMetadata", None)
    steps.append({"step": step, "answer": answer})
    return answer


def refused(step, call, **arguments):
    """Demands that a call is refused by an exception that the client knows by name, and notes it."""
    try:
        call(**arguments)
    except ClientError as e:
        error, status = e.response["Error"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        assert type(e) is not ClientError or error["Code"] in COMMON, e
        steps.append({"step": step, "code": error["Code"], "message": error["Message"], "status": status})
        return
    raise AssertionError(f"{step}: {call.__name__}{arguments} was not refused")


def disks(operation, region="us-east-1", **request):
    """Calls one of the operations that EC2 has at AWS, and the server has for itself."""
    http = AWSRequest("POST", here.meta.endpoint_url, data=json.dumps(request), headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "OwnsightDisks." + operation})
    SigV4Auth(boto3.Session().get_credentials(), "appstream", region).add_auth(http)
    with urllib.request.urlopen(urllib.request.Request(http.url, http.data.encode(), dict(http.headers))) as answer:
        return json.load(answer)


def until(what, done):
    """Asks until done() gives something true, and gives that."""
    end = time.monotonic() + 480
    while not (result := done()):
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)
    return result


def available(client, name):
    """Waits as everybody does, who has no waiter: by asking for the state."""
    def look():
        image, = client.describe_images(Names=[name])["Images"]
        assert image["State"] in ("IMPORTING", "VALIDATING", "COPYING", "AVAILABLE"), image
        return image["State"] == "AVAILABLE" and image
    return until(name, look)


def import_disk(file):
    s3.create_bucket(Bucket="disks")
    s3.upload_file(str(file), "disks", "gold.disk")
    disk = tell("register", disks("RegisterDisk", S3Uri="s3://disks/gold.disk", Platform="WINDOWS_SERVER_2022", Name="gold"))["Disk"]["DiskId"]
    new = dict(Name="gold", SourceAmiId=disk, IamRoleArn=ROLE, DisplayName="Gold", Description="Office and tools", Tags={"line": "7"},
               AppCatalogConfig=[{"Name": "notepad", "DisplayName": "Notes", "AbsoluteAppPath": "C:\\Windows\\notepad.exe"}])
    refused("try to import", here.create_imported_image, DryRun=True, **new)
    assert here.describe_images()["Images"] == []
    tell("import", here.create_imported_image(**new))
    refused("import again", here.create_imported_image, **new)
    tell("imported", available(here, "gold"))


def update():
    refused("try to update an image of nothing", here.create_updated_image, existingImageName="none", newImageName="gold-1")
    tell("try to update", here.create_updated_image(existingImageName="gold", newImageName="gold-1", dryRun=True))
    for i in 1, 2, 3:
        tell("update", here.create_updated_image(existingImageName="gold", newImageName=f"gold-{i}", newImageDescription=f"edition {i}"))
    pages = list(here.get_paginator("describe_images").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(p["Images"]) for p in pages] == [3, 1], pages
    tell("pages", {"Names": [i["Name"] for p in pages for i in p["Images"]]})
    refused("too large a page", here.describe_images, MaxResults=26)
    refused("a token of nothing", here.describe_images, NextToken="x")
    refused("names and ARNs", here.describe_images, Names=["gold"], Arns=[ARN])
    refused("a public image that is private", here.describe_images, Names=["gold"], Type="PUBLIC")
    refused("an image of nothing", here.describe_images, Names=["gold", "none"])


def tag():
    here.tag_resource(ResourceArn=ARN, Tags={"line": "8", "owner": "lab"})
    tell("tagged", here.list_tags_for_resource(ResourceArn=ARN))
    here.untag_resource(ResourceArn=ARN, TagKeys=["line", "none"])
    tell("untagged", here.list_tags_for_resource(ResourceArn=ARN))
    refused("tags of nothing", here.list_tags_for_resource, ResourceArn=ARN + "-none")


def copy():
    new = dict(SourceImageName="gold", DestinationImageName="gold-eu", DestinationRegion="eu-central-1")
    tell("copy", here.copy_image(**new))
    refused("copy again", here.copy_image, **new)
    tell("copied", available(there, "gold-eu"))
    tell("its tags", there.list_tags_for_resource(ResourceArn=ARN.replace("us-east-1", "eu-central-1") + "-eu"))
    refused("the copy in the source's region", here.describe_images, Names=["gold-eu"])
    here.copy_image(**new | dict(DestinationImageName="gold-eu-2", DestinationImageDescription="for Europe"))
    tell("copied with another description", available(there, "gold-eu-2"))
    refused("copy nothing", here.copy_image, **new | dict(SourceImageName="none"))
    refused("copy into no region", here.copy_image, **new | dict(DestinationRegion="mars-north-1"))


def share():
    refused("the other account, before", lab.describe_images, Arns=[ARN])
    tell("what the other account sees, before", lab.describe_images())
    here.update_image_permissions(Name="gold", SharedAccountId=LAB, ImagePermissions={"allowFleet": True, "allowImageBuilder": False})
    tell("permissions", here.describe_image_permissions(Name="gold"))
    tell("shared with others", here.describe_images(Names=["gold"]))
    tell("the other account, by ARN", lab.describe_images(Arns=[ARN], Type="SHARED"))
    tell("what the other account sees", lab.describe_images())
    tell("of its own", lab.describe_images(Type="PRIVATE"))
    refused("the other account, by name", lab.describe_images, Names=["gold"])
    refused("delete what is shared", here.delete_image, Name="gold")
    refused("the other account copies", lab.copy_image, SourceImageName="gold", DestinationImageName="mine", DestinationRegion="us-east-1")
    refused("the other account updates", lab.create_updated_image, existingImageName="gold", newImageName="mine")
    refused("the other account shares", lab.update_image_permissions, Name="gold", SharedAccountId=LAB, ImagePermissions={"allowFleet": True})
    refused("the other account unshares", lab.delete_image_permissions, Name="gold", SharedAccountId=LAB)
    refused("the other account looks at permissions", lab.describe_image_permissions, Name="gold")
    refused("the other account exports", lab.create_export_image_task, ImageName="gold", AmiName="mine", IamRoleArn=ROLE.replace(ACCOUNT, LAB))
    refused("the other account deletes", lab.delete_image, Name="gold")
    refused("the other account tags", lab.tag_resource, ResourceArn=ARN, Tags={"mine": "yes"})
    refused("the other account reads tags", lab.list_tags_for_resource, ResourceArn=ARN)
    refused("share with oneself", here.update_image_permissions, Name="gold", SharedAccountId=ACCOUNT, ImagePermissions={"allowFleet": True})
    here.delete_image_permissions(Name="gold", SharedAccountId=LAB)
    refused("unshare again", here.delete_image_permissions, Name="gold", SharedAccountId=LAB)
    tell("no permissions", here.describe_image_permissions(Name="gold"))
    refused("the other account, after", lab.describe_images, Arns=[ARN])


def export(file):
    new = dict(ImageName="gold-eu", AmiName="gold-out", AmiDescription="back again", TagSpecifications={"line": "7"}, IamRoleArn=ROLE)
    refused("export as nobody", there.create_export_image_task, **new | dict(IamRoleArn=ROLE.replace(ACCOUNT, LAB)))
    task = tell("export", there.create_export_image_task(**new))["ExportImageTask"]["TaskId"]

    def ended():
        task_now = there.get_export_image_task(TaskId=task)["ExportImageTask"]
        return task_now["State"] != "EXPORTING" and task_now
    done = tell("exported", until("the export", ended))
    assert done["State"] == "COMPLETED", done
    tell("exports", there.list_export_image_tasks(Filters=[{"Name": "state", "Values": ["COMPLETED"]}]))
    tell("exports that failed", there.list_export_image_tasks(Filters=[{"Name": "state", "Values": ["FAILED"]}]))
    refused("the task in another region", here.get_export_image_task, TaskId=task)
    disk, = tell("disks", disks("DescribeDisks", "eu-central-1"))["Disks"]
    assert disk["DiskId"] == done["AmiId"], (disk, done)
    bucket, key = disk["S3Uri"].removeprefix("s3://").split("/", 1)
    s3.download_file(bucket, key, f"{file}.exported")
    assert pathlib.Path(f"{file}.exported").read_bytes() == file.read_bytes(), "the exported disk has other bytes"
    tell("deregister", disks("DeregisterDisk", "eu-central-1", DiskId=disk["DiskId"]))


def clear_up():
    tell("delete", here.delete_image(Name="gold"))
    refused("delete again", here.delete_image, Name="gold")
    for client, name in (here, "gold-1"), (here, "gold-2"), (here, "gold-3"), (there, "gold-eu"), (there, "gold-eu-2"):
        client.delete_image(Name=name)
    tell("nothing here", here.describe_images())
    tell("nothing there", there.describe_images())


def main(file):
    import_disk(file)
    update()
    tag()
    copy()
    share()
    export(file)
    clear_up()
    print(json.dumps(steps, default=lambda when: when.isoformat()))


main(pathlib.Path(sys.argv[1]))
