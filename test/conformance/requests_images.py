"""Valid requests of AppStream's image operations, and their lists; see requests.py and pages.py."""

NOBODY = "777788889999"  # an account that nothing is shared with
TASK = "00000000-0000-4000-8000-000000000000"  # of nothing


def valid(operation, s):
    """Requests that break no constraint of the model; together they have every member that goes with others."""
    tags, none = {"line": "7"}, "none"
    match operation:
        case "CopyImage":
            return [
                {
                    "SourceImageName": none,
                    "DestinationImageName": none,
                    "DestinationRegion": s.client.region,
                    "DestinationImageDescription": "words",
                }
            ]
        case "DescribeImages":
            return [
                {"Names": [s.use("gold")], "Type": "PRIVATE", "MaxResults": 10},
                {"Arns": [s.arn(s.use("gold"))], "MaxResults": 10},
            ]
        case "DeleteImage":
            return [{"Name": none}]
        case "DescribeImagePermissions":
            return [{"Name": s.use("gold"), "MaxResults": 10, "SharedAwsAccountIds": [NOBODY]}]
        case "UpdateImagePermissions":
            permissions = {"allowFleet": True, "allowImageBuilder": True}
            return [{"Name": s.use("gold"), "SharedAccountId": NOBODY, "ImagePermissions": permissions}]
        case "DeleteImagePermissions":
            return [{"Name": s.use("gold"), "SharedAccountId": NOBODY}]
        case "CreateImportedImage":
            base = {
                "Name": none,
                "IamRoleArn": s.role(),
                "Description": "words",
                "DisplayName": "words",
                "Tags": tags,
                "RuntimeValidationConfig": {"IntendedInstanceType": "stream.standard.medium"},
                "AgentSoftwareVersion": "CURRENT_LATEST",
                "AppCatalogConfig": [
                    {
                        "Name": "notepad",
                        "DisplayName": "Notes",
                        "AbsoluteAppPath": "notepad.exe",
                        "AbsoluteIconPath": "notepad.png",
                        "AbsoluteManifestPath": "notepad.txt",
                        "WorkingDirectory": "C:",
                        "LaunchParameters": "-x",
                    }
                ],
                "DryRun": True,
            }
            return [base | {"SourceAmiId": "ami-00000000"}, base | {"WorkspaceImageId": "wsi-00000000"}]
        case "CreateUpdatedImage":
            return [
                {
                    "existingImageName": none,
                    "newImageName": none,
                    "newImageDescription": "words",
                    "newImageDisplayName": "words",
                    "newImageTags": tags,
                    "dryRun": True,
                }
            ]
        case "CreateExportImageTask":
            more = {"TagSpecifications": tags, "AmiDescription": "words"}
            return [{"ImageName": none, "AmiName": none, "IamRoleArn": s.role()} | more]
        case "GetExportImageTask":
            return [{"TaskId": TASK}]
        case "ListExportImageTasks":
            return [{"Filters": [{"Name": "state", "Values": ["COMPLETED"]}], "MaxResults": 10}]
        case "TagResource":
            return [{"ResourceArn": s.arn(s.use("gold")), "Tags": tags}]
        case "UntagResource":
            return [{"ResourceArn": s.arn(s.use("gold")), "TagKeys": ["none"]}]
        case "ListTagsForResource":
            return [{"ResourceArn": s.arn(s.use("gold"))}]
    raise LookupError(f"no valid request of {operation} is known")


def undo(s, operation, request, answer):
    """Takes back what a request that was not meant to last has made."""
    match operation:
        case "UpdateImagePermissions":
            s.client.call("DeleteImagePermissions", {name: request[name] for name in ("Name", "SharedAccountId")})
        case "TagResource":
            s.client.call("UntagResource", {"ResourceArn": request["ResourceArn"], "TagKeys": list(request["Tags"])})


def lists(s):
    """For each operation: what is listed in full, the least number of items, and changes that list something else."""
    s.use("editions"), s.use("task")
    return {
        "DescribeImages": ({}, 4, {"other kinds": {"Type": "PRIVATE"}}),
        "DescribeImagePermissions": (
            {"Name": s.use("shared")},
            6,
            {"another image": {"Name": s.use("gold")}, "other accounts": {"SharedAwsAccountIds": [s.stranger]}},
        ),
        "ListExportImageTasks": (
            {},
            3,
            {"other states": {"Filters": [{"Name": "state", "Values": ["FAILED", "COMPLETED"]}]}},
        ),
    }
