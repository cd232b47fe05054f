"""The story of images: disks, images made of them, whom they are shared with. Makers give names, or numbers."""

import json
import struct
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from . import requests_images
from .checks import succeeded
from .story import Tale, Unmade
from .waiting import until

EDITIONS = 3  # images made of the first one
FRIENDS = [f"5{i:011d}" for i in range(5)]  # accounts that an image is shared with
MOST_FRIENDS = 100
TASKS = 3
SIZE = 1 << 20  # of disks, in bytes


def disk(seed=1, size=SIZE):
    """A raw disk with one partition."""
    content = bytearray(size)
    content[446:462] = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x83, bytes(3), 1, size // 512 - 1)
    content[510:512] = b"\x55\xaa"
    content[512:1024] = bytes(seed * i % 256 for i in range(512))
    return bytes(content)


def register(client, uri):
    """Registers a disk file with an operation of the server's own, as a program without AWS's EC2 does."""
    request = AWSRequest(
        "POST",
        client.endpoint,
        data=json.dumps({"S3Uri": uri, "Platform": "WINDOWS_SERVER_2022"}),
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "OwnsightDisks.RegisterDisk"},
    )
    credentials = boto3.Session(profile_name=client.profile).get_credentials()
    SigV4Auth(credentials, "appstream", client.region).add_auth(request)
    sent = urllib.request.Request(request.url, request.data.encode(), dict(request.headers))
    try:
        with urllib.request.urlopen(sent) as answer:
            return json.load(answer)["Disk"]["DiskId"]
    except (urllib.error.HTTPError, ValueError, KeyError) as e:
        raise Unmade(f"the disk {uri} could not be registered: {e}") from e


class Images(Tale):
    """The images of a run."""

    def __init__(self, client, other):
        super().__init__(client, other)
        self.put("gold.raw", disk())

    def valid(self, operation):
        return requests_images.valid(operation, self)

    def undo(self, operation, request, answer):
        requests_images.undo(self, operation, request, answer)

    def listings(self):
        return requests_images.lists(self)

    def named(self, what):
        return f"{self.run}-{what}"

    def arn(self, name, client=None):
        client = client or self.client
        account = self.stranger if client is self.other else self.account
        return f"arn:aws:appstream:{client.region}:{account}:image/{name}"

    def role(self, account=None):
        return f"arn:aws:iam::{account or self.account}:role/images"

    def use(self, what):
        """Like get, for cases that make sense even where the server makes no such thing: then a name of nothing."""
        try:
            return self.get(what)
        except Unmade:
            return self.named(what)

    def image(self, name, client=None):
        answer = (client or self.client).call("DescribeImages", {"Names": [name]})
        return succeeded(answer)["Images"][0]

    def settled(self, name, client=None, wanted="AVAILABLE"):
        """Waits until nothing is in progress on an image."""

        def look():
            image = self.image(name, client)
            return image["State"] in ("AVAILABLE", "FAILED") and image

        image = until(f"image {name} is settled", look)
        if image["State"] != wanted:
            raise Unmade(f"{name} is {image['State']}: {image.get('StateChangeReason')}")
        return image

    def begun(self, operation, request, client=None):
        """The answer to what a few may be under way of at a time. Earlier cases may have left as many as may be."""

        def call():
            answer = (client or self.client).call(operation, request)
            return answer.code != "LimitExceededException" and answer

        return until(f"{operation} is let through", call)

    def import_disk(self, name, number, client=None):
        succeeded(self.begun("CreateImportedImage", {"Name": name, "SourceAmiId": number}, client))
        return name

    def updated(self, name, client=None, source=None, **more):
        request = {"existingImageName": source or self.get("gold"), "newImageName": name} | more
        return succeeded((client or self.client).call("CreateUpdatedImage", request))["image"]["Name"]

    def share(self, name, account):
        request = {"Name": name, "SharedAccountId": account, "ImagePermissions": {"allowFleet": True}}
        succeeded(self.client.call("UpdateImagePermissions", request))

    # ---- makers

    def disk(self):
        """The number of a disk."""
        return register(self.client, f"s3://{self.bucket}/gold.raw")

    def gold(self):
        """An image of that disk, shared with nobody."""
        name = self.import_disk(self.named("gold"), self.get("disk"))
        self.settled(name)
        return name

    def editions(self):
        """Some images made of that one; the first of them."""
        for i in range(EDITIONS):
            self.updated(self.named(f"edition-{i}"))
        return self.named("edition-0")

    def shared(self):
        """An image that is shared with some accounts, the other one of the suite among them."""
        name = self.updated(self.named("shared"))
        for account in [self.stranger, *FRIENDS]:
            self.share(name, account)
        return name

    def crowded(self):
        """An image that is shared with as many accounts as may be."""
        name = self.updated(self.named("crowded"))
        for i in range(MOST_FRIENDS):
            self.share(name, f"6{i:011d}")
        return name

    def failed(self):
        """An image whose disk was another one when it was to be imported."""
        self.put("changed.raw", disk(2))
        number = register(self.client, f"s3://{self.bucket}/changed.raw")
        self.put("changed.raw", disk(3))
        name = self.import_disk(self.named("failed"), number)
        self.settled(name, wanted="FAILED")
        return name

    def task(self):
        """The newest of some exports that have ended."""
        for i in range(TASKS):
            request = {"ImageName": self.get("gold"), "AmiName": f"out-{i}", "IamRoleArn": self.role()}
            number = succeeded(self.begun("CreateExportImageTask", request))["ExportImageTask"]["TaskId"]
            self.exported(number)
        return number

    def exported(self, number):
        """Waits until an export has ended well."""

        def look():
            task = succeeded(self.client.call("GetExportImageTask", {"TaskId": number}))["ExportImageTask"]
            return task["State"] != "EXPORTING" and task

        task = until(f"export {number}", look)
        if task["State"] != "COMPLETED":
            raise Unmade(f"the export is {task}")
        return task

    def clear(self):
        """Deletes what the run has made, as far as that is possible."""
        for client in [self.client] + [self.client.elsewhere(r) for r in self._regions - {self.client.region}]:
            pages = client.paginator("DescribeImages").paginate() if client.call("DescribeImages").error is None else ()
            for image in [i for page in pages for i in page["Images"] if self.run in i["Name"]]:
                self._delete(client, image["Name"])

    def _delete(self, client, name):
        """Unshares an image, waits for what is in progress on it, and deletes it."""

        def look():
            for p in client.call("DescribeImagePermissions", {"Name": name}).output.get("SharedImagePermissionsList", ()):
                client.call("DeleteImagePermissions", {"Name": name, "SharedAccountId": p["sharedAccountId"]})
            return client.call("DeleteImage", {"Name": name}).code in ("", "ResourceNotFoundException")

        until(f"{name} is deleted", look)
