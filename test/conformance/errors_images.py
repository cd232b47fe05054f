"""How the errors of AppStream's image operations are provoked. An error that no case provokes is a case that fails:
known.toml has the reason for each, such as that no client can provoke it."""

from . import errors
from .choices_images import CHOICES, COMBINATION
from .images import register
from .provoked import Provocations
from .requests import valid
from .requests_images import NOBODY

TRIES = 40  # more than any quota of images, and of things at a time
ABSENT = {  # members that name what is not there, by operation
    "CopyImage": {"SourceImageName": "none"},
    "DescribeImages": {"Names": ["none"]},
    "DeleteImage": {"Name": "none"},
    "DescribeImagePermissions": {"Name": "none"},
    "UpdateImagePermissions": {"Name": "none"},
    "DeleteImagePermissions": {"Name": "none"},
    "CreateImportedImage": {"SourceAmiId": "ami-00000000"},
    "CreateUpdatedImage": {"existingImageName": "none"},
    "CreateExportImageTask": {"ImageName": "none"},
    "GetExportImageTask": {"TaskId": "00000000-0000-4000-8000-000000000000"},
}
provokes = Provocations()


def cases():
    return errors.made(provokes, _combinations(), _absent(), _elsewhere(), _tags(), errors.forbidden())


def call(world, operation, client=None, **changes):
    return (client or world.client).call(operation, valid(operation, world.story)[0] | changes)


def _combinations():
    for operation, name, change, code in CHOICES:
        if code == COMBINATION:
            yield operation, code, name, lambda w, o=operation, c=change: call(w, o, **c(w.story))


def _absent():
    for operation, changes in ABSENT.items():
        yield operation, "ResourceNotFoundException", "nothing of that name", lambda w, o=operation, c=changes: call(w, o, **c)


def _elsewhere():
    """What is there, but in another region, or another account's: names are of one's own account and region."""
    names = {operation: member for operation, changes in ABSENT.items() for member in changes}
    for operation, member in names.items():
        what = {"SourceAmiId": "disk", "TaskId": "task"}.get(member, "shared")
        for where in ("in another region", "of another account"):

            def ask(w, operation=operation, member=member, what=what, where=where):
                name = w.story.get(what)
                client = w.other if where == "of another account" else w.story.elsewhere("eu-west-2")
                role = {"IamRoleArn": w.story.role(w.story.stranger)} if client is w.other else {}
                request = valid(operation, w.story)[0]
                role = {k: v for k, v in role.items() if k in request}
                return client.call(operation, request | role | {member: [name] if member == "Names" else name})

            yield operation, "ResourceNotFoundException", where, ask


def _tags():
    for operation in ("TagResource", "UntagResource", "ListTagsForResource"):
        for error, name, arn in (
            ("ResourceNotFoundException", "nothing of that name", lambda w: (w.client, w.story.arn("none"))),
            ("ResourceNotFoundException", "in another region", lambda w: (w.story.elsewhere("eu-west-2"), w.story.arn(w.story.get("gold")))),
            ("AccessDeniedException", "of another account", lambda w: (w.other, w.story.arn(w.story.get("shared")))),
        ):

            def ask(w, operation=operation, arn=arn):
                client, resource = arn(w)
                return call(w, operation, client, ResourceArn=resource)

            yield operation, error, name, ask


def _until_refused(try_once):
    """Tries with 0, 1, 2, ... until that is refused, and gives the refusal, or the last answer."""
    for i in range(TRIES):
        answer = try_once(i)
        if answer.error is not None:
            break
    return answer


def _copy(world, name, **more):
    request = {"SourceImageName": world.story.get("gold"), "DestinationImageName": name, "DestinationRegion": world.client.region}
    return world.client.call("CopyImage", request | more)


# ---- images


@provokes("CopyImage", "ResourceAlreadyExists", "a name that is taken")
def _(w):
    return _copy(w, w.story.get("gold"))


@provokes("CopyImage", "ResourceNotFound", "a region that there is not")
def _(w):
    return _copy(w, "none", DestinationRegion="mars-north-1")


@provokes("CopyImage", "ResourceNotAvailable", "an image that failed")
def _(w):
    return _copy(w, "none", SourceImageName=w.story.get("failed"))


@provokes("CopyImage", "LimitExceeded", "more images, or copies at a time, than a region may have")
def _(w):
    w.story.elsewhere("ap-south-1")
    return _until_refused(lambda i: _copy(w, w.story.fresh("copy"), DestinationRegion="ap-south-1"))


@provokes("DescribeImages", "ResourceNotFound", "an ARN of nothing")
def _(w):
    return w.call("DescribeImages", Arns=[w.story.arn("none")])


@provokes("DescribeImages", "ResourceNotFound", "an ARN of an image that is not shared with the account")
def _(w):
    return w.other.call("DescribeImages", {"Arns": [w.story.arn(w.story.get("gold"))]})


@provokes("DescribeImages", "ResourceNotFound", "the name of an image that is shared with the account")
def _(w):
    return w.other.call("DescribeImages", {"Names": [w.story.get("shared")]})


@provokes("DeleteImage", "ResourceInUse", "an image that is shared")
def _(w):
    return w.call("DeleteImage", Name=w.story.get("shared"))


@provokes("DeleteImage", "ConcurrentModification", "an image that is being imported")
def _(w):
    for _ in range(TRIES):  # until the request is quicker than the import
        name = w.story.import_disk(w.story.fresh("busy"), w.story.get("disk"))
        answer = w.call("DeleteImage", Name=name)
        if answer.error is not None:
            w.story.settled(name)
            w.call("DeleteImage", Name=name)
            break
    return answer


@provokes("UpdateImagePermissions", "ResourceNotAvailable", "an image that failed")
def _(w):
    return call(w, "UpdateImagePermissions", Name=w.story.get("failed"))


@provokes("UpdateImagePermissions", "LimitExceeded", "one account too many")
def _(w):
    return call(w, "UpdateImagePermissions", Name=w.story.get("crowded"))


@provokes("DeleteImagePermissions", "ResourceNotAvailable", "an image that failed")
def _(w):
    return call(w, "DeleteImagePermissions", Name=w.story.get("failed"))


@provokes("DeleteImagePermissions", "ResourceNotFound", "an account that it is not shared with")
def _(w):
    return call(w, "DeleteImagePermissions", Name=w.story.get("shared"), SharedAccountId=NOBODY)


# ---- imports and updates


@provokes("CreateImportedImage", "LimitExceeded", "more images, or imports at a time, than a region may have")
def _(w):
    client = w.story.elsewhere("ap-northeast-1")
    number = register(client, f"s3://{w.story.bucket}/gold.raw")
    return _until_refused(
        lambda i: client.call("CreateImportedImage", {"Name": w.story.fresh("many"), "SourceAmiId": number})
    )


@provokes("CreateImportedImage", "InvalidRole", "a role of another account")
def _(w):
    return call(w, "CreateImportedImage", IamRoleArn=w.story.role(w.story.stranger))


@provokes("CreateImportedImage", "InvalidRole", "an ARN of no role")
def _(w):
    return call(w, "CreateImportedImage", IamRoleArn=w.story.role().replace(":role/", ":user/"))


@provokes("CreateImportedImage", "OperationNotPermitted", "an image of WorkSpaces")
def _(w):
    return w.client.call("CreateImportedImage", valid("CreateImportedImage", w.story)[1])


@provokes("CreateImportedImage", "ResourceAlreadyExists", "a name that is taken")
def _(w):
    return call(w, "CreateImportedImage", Name=w.story.get("gold"), SourceAmiId=w.story.get("disk"))


@provokes("CreateImportedImage", "DryRunOperation", "all would be well")
def _(w):
    return call(w, "CreateImportedImage", SourceAmiId=w.story.get("disk"))


@provokes("CreateUpdatedImage", "LimitExceeded", "more images than a region may have")
def _(w):
    client, name = w.story.elsewhere("ap-northeast-2"), w.story.fresh("first")
    _copy(w, name, DestinationRegion="ap-northeast-2")
    w.story.settled(name, client)
    return _until_refused(
        lambda i: client.call("CreateUpdatedImage", {"existingImageName": name, "newImageName": w.story.fresh("many")})
    )


@provokes("CreateUpdatedImage", "ResourceAlreadyExists", "a name that is taken")
def _(w):
    return call(w, "CreateUpdatedImage", existingImageName=w.story.get("gold"), newImageName=w.story.get("gold"))


@provokes("CreateUpdatedImage", "ConcurrentModification", "an image that failed")
def _(w):
    return call(w, "CreateUpdatedImage", existingImageName=w.story.get("failed"))


# ---- exports and tags


@provokes("CreateExportImageTask", "LimitExceeded", "more exports at a time than a region may have")
def _(w):
    request = {"ImageName": w.story.get("gold"), "AmiName": "many", "IamRoleArn": w.story.role()}
    return _until_refused(lambda i: w.client.call("CreateExportImageTask", request))


@provokes("CreateExportImageTask", "InvalidRole", "a role of another account")
def _(w):
    return call(w, "CreateExportImageTask", ImageName=w.story.get("gold"), IamRoleArn=w.story.role(w.story.stranger))


@provokes("CreateExportImageTask", "ResourceNotAvailable", "an image that failed")
def _(w):
    return call(w, "CreateExportImageTask", ImageName=w.story.get("failed"))


@provokes("TagResource", "LimitExceeded", "more tags than a resource may have, in two calls")
def _(w):
    arn, keys = w.story.arn(w.story.get("editions")), [f"k{i}" for i in range(50)]
    call(w, "TagResource", ResourceArn=arn, Tags=dict.fromkeys(keys, "v"))
    answer = call(w, "TagResource", ResourceArn=arn, Tags={"one": "more"})
    call(w, "UntagResource", ResourceArn=arn, TagKeys=keys)
    return answer
