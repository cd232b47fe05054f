"""Cases of successful answers about images: the members that the API reference promises, and what they mean."""

from .checks import demand, succeeded
from .images import EDITIONS, FRIENDS, TASKS
from .responses import Answers, each

IMAGE = (
    "Name",
    "Arn",
    "State",
    "Visibility",
    "ImageBuilderSupported",
    "Platform",
    "CreatedTime",
    "Applications",
    "DynamicAppProvidersEnabled",
    "ImageSharedWithOthers",
    "ManagedSoftwareIncluded",
    "ImageType",
)
TASK = ("TaskId", "ImageArn", "AmiName", "CreatedDate", "State")
response = Answers()


def cases():
    return response


def _described(w, client=None, **request):
    answer = (client or w.client).call("DescribeImages", request)
    return succeeded(answer, *each("Images[]", IMAGE))["Images"]


@response("CreateImportedImage", "IMPORTING at once, with what was asked for, and then AVAILABLE")
def _(w):
    name = w.story.fresh("told")
    request = {
        "Name": name,
        "SourceAmiId": w.story.get("disk"),
        "DisplayName": "Told",
        "Description": "words",
        "Tags": {"line": "7"},
        "IamRoleArn": w.story.role(),
        "AppCatalogConfig": [{"Name": "notepad", "DisplayName": "Notes", "AbsoluteAppPath": "C:/notepad.exe"}],
    }
    image = succeeded(w.client.call("CreateImportedImage", request), *each("Image", IMAGE))["Image"]
    got = [image.get(n) for n in ("Name", "Arn", "State", "Visibility", "DisplayName", "Description", "Platform")]
    want = [name, w.story.arn(name), "IMPORTING", "PRIVATE", "Told", "words", "WINDOWS_SERVER_2022"]
    demand(got == want, f"wanted {want}, got {got}")
    (app,) = image["Applications"]
    demand((app["Name"], app["DisplayName"], app["LaunchPath"]) == ("notepad", "Notes", "C:/notepad.exe"), "the application is", app)
    image = w.story.settled(name)
    demand("StateChangeReason" not in image and "ImageErrors" not in image, "an image that is well says", image)
    tags = succeeded(w.call("ListTagsForResource", ResourceArn=w.story.arn(name)), "Tags")["Tags"]
    demand(tags == {"line": "7"}, "the tags are", tags)
    gone = succeeded(w.call("DeleteImage", Name=name), *each("Image", IMAGE))["Image"]
    demand(gone["State"] == "DELETING", "the state is", gone["State"])
    demand(w.call("DescribeImages", Names=[name]).code == "ResourceNotFoundException", "it is there still")


@response("CreateImportedImage", "FAILED with the reason")
def _(w):
    image = w.story.image(w.story.get("failed"))
    reason = image["StateChangeReason"]
    demand(reason["Code"] == "IMAGE_IMPORT_FAILURE" and reason["Message"], "the reason is", reason)
    (error,) = image["ImageErrors"]
    demand(error["ErrorMessage"] == reason["Message"], "the error is", error)
    demand(error["ErrorTimestamp"] >= image["CreatedTime"], "it failed at", error["ErrorTimestamp"])


@response("CopyImage", "the name; a description of its own; no tags")
def _(w):
    name, region = w.story.fresh("copied"), "eu-west-2"
    succeeded(w.call("TagResource", ResourceArn=w.story.arn(w.story.get("gold")), Tags={"line": "7"}))
    request = {"SourceImageName": w.story.get("gold"), "DestinationImageName": name, "DestinationRegion": region}
    answer = w.client.call("CopyImage", request | {"DestinationImageDescription": "copied"})
    demand(succeeded(answer) | {"ResponseMetadata": 0} == {"DestinationImageName": name, "ResponseMetadata": 0}, "the output is", answer)
    there = w.story.elsewhere(region)
    image = w.story.settled(name, there)
    got = image["Description"], image["Arn"], image["Platform"]
    demand(got == ("copied", w.story.arn(name, there), "WINDOWS_SERVER_2022"), "the copy is", image)
    tags = succeeded(there.call("ListTagsForResource", {"ResourceArn": image["Arn"]}), "Tags")["Tags"]
    demand(tags == {}, "the copy has the tags", tags)
    succeeded(w.call("UntagResource", ResourceArn=w.story.arn(w.story.get("gold")), TagKeys=["line"]))


@response("CopyImage", "within the region, with the source's description")
def _(w):
    name = w.story.fresh("copied")
    source = w.story.updated(w.story.fresh("source"), newImageDescription="of the source")
    request = {"SourceImageName": source, "DestinationImageName": name, "DestinationRegion": w.client.region}
    succeeded(w.client.call("CopyImage", request))
    image = w.story.settled(name)
    demand(image["Description"] == "of the source", "the copy is", image)
    demand(image["BaseImageArn"] == w.story.arn(w.story.get("gold")), "BaseImageArn is", image.get("BaseImageArn"))
    for made in (name, source):
        succeeded(w.call("DeleteImage", Name=made))


@response("DescribeImages", "one's own by name")
def _(w):
    (image,) = _described(w, Names=[w.story.get("gold")])
    got = image["Visibility"], image["State"], image["ImageSharedWithOthers"], image.get("ImagePermissions")
    demand(got == ("PRIVATE", "AVAILABLE", "FALSE", None), "the image is", image)


@response("DescribeImages", "all of one's own")
def _(w):
    w.story.get("editions")
    names = {i["Name"] for i in _described(w, Type="PRIVATE")}
    want = {w.story.get("gold")} | {w.story.named(f"edition-{i}") for i in range(EDITIONS)}
    demand(want <= names, f"wanted {want} at the least, got {names}")


@response("DescribeImages", "of others")
def _(w):
    arn = w.story.arn(w.story.get("shared"))
    for request in ({"Arns": [arn]}, {"Arns": [arn], "Type": "SHARED"}, {}, {"Type": "SHARED"}):
        (image,) = [i for i in _described(w, w.other, **request) if i["Arn"] == arn]
        demand(image["Visibility"] == "SHARED", "the image is", image)
        demand(image["ImagePermissions"] == {"allowFleet": True, "allowImageBuilder": False}, "the permissions are", image)
    hidden = [i for i in succeeded(w.other.call("DescribeImages", {"Type": "PRIVATE"}))["Images"] if i["Arn"] == arn]
    demand(not hidden, "it is the other account's own:", hidden)


@response("DescribeImages", "in another region")
def _(w):
    w.story.get("gold")
    found = [i["Name"] for i in succeeded(w.story.elsewhere("eu-west-1").call("DescribeImages", {}), "Images")["Images"]]
    demand(w.story.get("gold") not in found, "found", found)


@response("UpdateImagePermissions", "shown to the owner, changed, and taken back")
def _(w):
    name, account = w.story.updated(w.story.fresh("mine")), FRIENDS[0]
    for permissions in ({"allowFleet": True}, {"allowImageBuilder": True}, {"allowFleet": True, "allowImageBuilder": True}):
        answer = w.call("UpdateImagePermissions", Name=name, SharedAccountId=account, ImagePermissions=permissions)
        demand(answer.content() == {}, "the output is", succeeded(answer))
        listed = succeeded(w.call("DescribeImagePermissions", Name=name), "Name", "SharedImagePermissionsList")
        want = {"sharedAccountId": account, "imagePermissions": {"allowFleet": False, "allowImageBuilder": False} | permissions}
        demand(listed["SharedImagePermissionsList"] == [want], "the permissions are", listed)
        demand(w.story.image(name)["ImageSharedWithOthers"] == "TRUE", "ImageSharedWithOthers is not TRUE")
    answer = w.call("UpdateImagePermissions", Name=name, SharedAccountId=account, ImagePermissions={})
    succeeded(answer)
    listed = succeeded(w.call("DescribeImagePermissions", Name=name))["SharedImagePermissionsList"]
    demand(listed == [], "without a right it is still shared:", listed)
    demand(w.story.image(name)["ImageSharedWithOthers"] == "FALSE", "ImageSharedWithOthers is not FALSE")
    succeeded(w.call("DeleteImage", Name=name))


@response("DeleteImagePermissions", "nothing to say")
def _(w):
    name = w.story.updated(w.story.fresh("mine"))
    w.story.share(name, FRIENDS[0])
    answer = w.call("DeleteImagePermissions", Name=name, SharedAccountId=FRIENDS[0])
    demand(answer.content() == {}, "the output is", succeeded(answer))
    succeeded(w.call("DeleteImage", Name=name))


@response("DescribeImagePermissions", "some accounts of those that it is shared with")
def _(w):
    answer = w.call("DescribeImagePermissions", Name=w.story.get("shared"), SharedAwsAccountIds=[FRIENDS[2], "000000000001"])
    listed = [p["sharedAccountId"] for p in succeeded(answer)["SharedImagePermissionsList"]]
    demand(listed == [FRIENDS[2]], "the accounts are", listed)


@response("CreateUpdatedImage", "an image of the image")
def _(w):
    name = w.story.fresh("updated")
    request = {"existingImageName": w.story.get("gold"), "newImageName": name, "newImageDisplayName": "New", "newImageTags": {"line": "8"}}
    tried = w.client.call("CreateUpdatedImage", request | {"dryRun": True})
    demand(tried.content() == {"canUpdateImage": True}, "the output is", succeeded(tried))
    demand(w.call("DescribeImages", Names=[name]).code == "ResourceNotFoundException", "trying made it")
    output = succeeded(w.client.call("CreateUpdatedImage", request), "canUpdateImage", *each("image", IMAGE))
    demand(output["canUpdateImage"] is True, "canUpdateImage is", output["canUpdateImage"])
    image = output["image"]
    got = image["Name"], image["DisplayName"], image["BaseImageArn"]
    demand(got == (name, "New", w.story.arn(w.story.get("gold"))), "the image is", image)
    tags = succeeded(w.call("ListTagsForResource", ResourceArn=image["Arn"]))["Tags"]
    demand(tags == {"line": "8"}, "the tags are", tags)
    w.story.settled(name)
    succeeded(w.call("DeleteImage", Name=name))


@response("CreateExportImageTask", "EXPORTING at once, and then COMPLETED with a disk that can be imported")
def _(w):
    request = {
        "ImageName": w.story.get("gold"),
        "AmiName": "told",
        "AmiDescription": "words",
        "TagSpecifications": {"line": "7"},
        "IamRoleArn": w.story.role(),
    }
    task = succeeded(w.story.begun("CreateExportImageTask", request), *each("ExportImageTask", TASK))["ExportImageTask"]
    got = [task.get(n) for n in ("State", "AmiName", "AmiDescription", "TagSpecifications", "ImageArn", "AmiId")]
    want = ["EXPORTING", "told", "words", {"line": "7"}, w.story.arn(w.story.get("gold")), None]
    demand(got == want, f"wanted {want}, got {got}")
    done = w.story.exported(task["TaskId"])
    demand(done["AmiId"].startswith("ami-") and "ErrorDetails" not in done, "the task is", done)
    name = w.story.import_disk(w.story.fresh("again"), done["AmiId"])
    w.story.settled(name)
    succeeded(w.call("DeleteImage", Name=name))


@response("GetExportImageTask", "a task that has ended")
def _(w):
    task = succeeded(w.call("GetExportImageTask", TaskId=w.story.get("task")), *each("ExportImageTask", (*TASK, "AmiId")))["ExportImageTask"]
    demand((task["State"], task["AmiName"]) == ("COMPLETED", f"out-{TASKS - 1}"), "the task is", task)


@response("ListExportImageTasks", "filters")
def _(w):
    number, arn = w.story.get("task"), w.story.arn(w.story.get("gold"))
    for filters, there in (
        ({"state": ["COMPLETED"]}, True),
        ({"state": ["FAILED", "TIMED_OUT"]}, False),
        ({"state": ["FAILED", "COMPLETED"], "imageArn": [arn]}, True),
        ({"taskId": [number], "amiName": ["other"]}, False),
        ({"taskId": [number]}, True),
    ):
        asked = [{"Name": name, "Values": values} for name, values in filters.items()]
        answer = w.call("ListExportImageTasks", Filters=asked, MaxResults=500)
        found = [t["TaskId"] for t in succeeded(answer, "ExportImageTasks")["ExportImageTasks"]]
        demand((number in found) == there, f"{filters} let through", found)


@response("ListExportImageTasks", "newest first")
def _(w):
    w.story.get("task")
    times = [t["CreatedDate"] for t in succeeded(w.call("ListExportImageTasks"))["ExportImageTasks"]]
    demand(times == sorted(times, reverse=True), "the times are", times)


@response("TagResource", "set, replaced and removed")
def _(w):
    arn = w.story.arn(w.story.get("editions"))

    def tags():
        return succeeded(w.call("ListTagsForResource", ResourceArn=arn), "Tags")["Tags"]

    for change, want in (({"a": "1", "b": ""}, {"a": "1", "b": ""}), ({"a": "2"}, {"a": "2", "b": ""})):
        answer = w.call("TagResource", ResourceArn=arn, Tags=change)
        demand(answer.content() == {} and tags() == want, f"wanted {want}, got", tags())
    answer = w.call("UntagResource", ResourceArn=arn, TagKeys=["a", "b", "none"])
    demand(answer.content() == {} and tags() == {}, "the tags are", tags())
