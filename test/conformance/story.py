"""What cases need to be there. Each thing is made when a case asks for it first, and once."""

import json
from datetime import datetime

from . import clearing, pictures, requests_models
from .checks import succeeded
from .client import encoded
from .makers import Makers
from .strings import EXAMPLES
from .waiting import until


class Unmade(Exception):
    """Something that a case needs could not be made."""


class Tale:
    """What one run makes, all of it named after the run."""

    def __init__(self, client, other):
        self.client, self.other = client, other
        self.run = "conformance-" + datetime.now().strftime("%m%d%H%M%S%f")[:13]
        self.account, self.stranger = (c.service("sts").get_caller_identity()["Account"] for c in (client, other))
        self._made, self._count, self._regions = {}, 0, {client.region}
        self.bucket = self.run
        self.s3 = client.service("s3")
        self.s3.create_bucket(Bucket=self.bucket)

    def fresh(self, prefix):
        """A name that nothing has."""
        self._count += 1
        return f"{prefix}-{self.run}-{self._count}"

    def get(self, what):
        """The ARN of a resource, made if need be. What could not be made once is not tried again."""
        if what not in self._made:
            try:
                self._made[what] = getattr(self, what)()
            except Exception as e:
                self._made[what] = Unmade(f"{what} could not be made: {e}")
        if isinstance(self._made[what], Unmade):
            raise self._made[what]
        return self._made[what]

    def put(self, key, content):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def elsewhere(self, region):
        """The same account in another region; what the story makes there is cleared with the rest."""
        self._regions.add(region)
        return self.client.elsewhere(region)


class Story(Tale, Makers):
    """The projects of a run, and what is in them."""

    def __init__(self, client, other):
        super().__init__(client, other)
        self.picture_key, self.manifest_key = "pictures/striped-0.png", "one.manifest"
        self.picture = pictures.png("striped", 0)
        for label in pictures.LABELS:
            for i in range(3):
                self.put(f"pictures/{label}-{i}.png", pictures.png(label, i))
        self.put(self.manifest_key, pictures.manifest([pictures.line(self.bucket, self.picture_key, "striped")]))

    def valid(self, operation):
        return requests_models.valid(operation, self)

    def undo(self, operation, request, answer):
        requests_models.undo(self, operation, request, answer)

    def listings(self):
        return requests_models.lists(self)

    def named(self, what):
        """The name of a project of the story."""
        self.use(what)
        return f"{self.run}-{what}"

    def nothing(self, kind):
        """An ARN of the right form, account and region that names nothing: of a project, dataset or version."""
        shape = {"project": "ProjectArn", "dataset": "DatasetArn", "version": "ProjectVersionArn"}[kind]
        return EXAMPLES[shape].replace("111122223333", self.account).replace("us-east-1", self.client.region)

    def strangers(self, request):
        """A request with the ARNs of the other account in place of the story's own."""
        return json.loads(encoded(request).replace(f":{self.account}:".encode(), f":{self.stranger}:".encode()))

    def use(self, what):
        """Like get, for cases that make sense even where the server makes no such thing: then an ARN of nothing."""
        try:
            return self.get(what)
        except Unmade:
            return self.nothing(self.KIND.get(what, "project"))

    def source(self, lines):
        """A DatasetSource of the lines."""
        key = self.fresh("manifests/m") + ".manifest"
        self.put(key, pictures.manifest(lines))
        return {"GroundTruthManifest": {"S3Object": {"Bucket": self.bucket, "Name": key}}}

    def output(self):
        return {"S3Bucket": self.bucket, "S3KeyPrefix": "output"}

    def project(self, what, client=None):
        answer = (client or self.client).call("CreateProject", {"ProjectName": f"{self.run}-{what}"})
        return succeeded(answer)["ProjectArn"]

    def dataset(self, project, kind, lines=None):
        """A dataset that is complete; without lines, an empty one."""
        request = {"ProjectArn": project, "DatasetType": kind}
        if lines:
            request["DatasetSource"] = self.source(lines)
        arn = succeeded(self.client.call("CreateDataset", request))["DatasetArn"]
        self.settled(arn, "CREATE_COMPLETE")
        return arn

    def begin(self, project, name, **more):
        """A version that is about to be trained."""
        request = {"ProjectArn": project, "VersionName": name, "OutputConfig": self.output()} | more
        return succeeded(self.client.call("CreateProjectVersion", request))["ProjectVersionArn"]

    def describe(self, dataset):
        return succeeded(_patiently(self.client, "DescribeDataset", {"DatasetArn": dataset}))["DatasetDescription"]

    def settled(self, dataset, *wanted):
        """The description of a dataset once nothing is in progress on it; one of the wanted states."""

        def look():
            d = self.describe(dataset)
            return not d["Status"].endswith("_IN_PROGRESS") and d

        return _wanted(until(f"{dataset} is settled", look), wanted)

    def versions(self, project, *names, client=None):
        request = {"ProjectArn": project} | ({"VersionNames": list(names)} if names else {})
        return succeeded(_patiently(client or self.client, "DescribeProjectVersions", request))["ProjectVersionDescriptions"]

    def version(self, project, name, *wanted, client=None):
        """The description of a version once nothing is in progress on it; one of the wanted states."""

        def look():
            (v,) = self.versions(project, name, client=client)
            return not v["Status"].endswith(("_IN_PROGRESS", "ING")) or v["Status"] == "RUNNING"

        until(f"version {name} is settled", look)
        return _wanted(self.versions(project, name, client=client)[0], wanted)

    def policy(self):
        """The text of a project policy that lets the other account copy."""
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "copies",
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{self.stranger}:root"},
                        "Action": "rekognition:CopyProjectVersion",
                        "Resource": "*",
                    }
                ],
            }
        )

    def clear(self):
        """Deletes what the run has made, as far as that is possible."""
        for client in [self.client.elsewhere(region) for region in self._regions] + [self.other]:
            clearing.clear(client, self.run)
            clearing.empty(client.service("s3"), self.run)


def _patiently(client, operation, request):
    """Makes a call, again where the server takes no more of them for the moment."""

    def call():
        answer = client.call(operation, request)
        return answer.code != "ThrottlingException" and answer

    return until(f"{operation} is let through", call)


def _wanted(description, states):
    if states and description["Status"] not in states:
        raise Unmade(
            f"the state is {description['Status']} ({description.get('StatusMessage')}), not {' or '.join(states)}"
        )
    return description
