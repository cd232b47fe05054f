"""Cases of members that need or exclude each other, for images."""

from functools import partial

from .case import Case
from .choices import choose

COMBINATION = "InvalidParameterCombinationException"


def _of(**changes):
    return lambda s: {name: value(s) if callable(value) else value for name, value in changes.items()}


GOLD, ARN = (lambda s: [s.use("gold")]), (lambda s: [s.arn(s.use("gold"))])

WSI, AMI = "wsi-00000000", "ami-00000000"

# Operation, name, what is changed in a valid request, and the error; None where the request is in order.
CHOICES = [
    ("DescribeImages", "Names and Arns", _of(Arns=ARN), COMBINATION),
    ("DescribeImages", "Names of another Type", _of(Type="PUBLIC"), COMBINATION),
    ("DescribeImages", "Names of images that are not shared", _of(Type="SHARED"), COMBINATION),
    ("DescribeImages", "Names of their Type", _of(Type="PRIVATE"), None),
    ("DescribeImages", "no Names", _of(Names=[]), None),
    ("DescribeImages", "Arns and no Names", _of(Names=[], Arns=ARN), None),
    ("DescribeImages", "Arns of another Type", _of(Names=[], Arns=ARN, Type="SHARED"), COMBINATION),
    ("CreateImportedImage", "SourceAmiId and WorkspaceImageId", _of(WorkspaceImageId=WSI), COMBINATION),
    ("CreateImportedImage", "neither of them", lambda s: {"SourceAmiId": None}, COMBINATION),
    ("UpdateImagePermissions", "no right at all", _of(ImagePermissions={}), None),
    ("GetExportImageTask", "no TaskId", lambda s: {"TaskId": None}, "ValidationException"),
    ("ListExportImageTasks", "a filter of no such name", _of(Filters=[{"Name": "colour", "Values": ["x"]}]), "ValidationException"),
    ("ListExportImageTasks", "a filter without values", _of(Filters=[{"Name": "state", "Values": []}]), None),
    ("ListExportImageTasks", "no filter", _of(Filters=[]), None),
    ("UpdateImagePermissions", "a number that is no account's", _of(SharedAccountId="123"), "ValidationException"),
]


def cases():
    for operation, name, change, code in CHOICES:
        yield Case("choice", operation, name, partial(choose, operation, change, code))
