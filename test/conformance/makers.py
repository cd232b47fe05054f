"""The resources of a story. A maker is a method that makes one and gives its ARN; Story.get calls it once."""

from . import pictures
from .checks import succeeded

ENTRIES, LISTED_LABELS = 8, "abcde"
VERSIONS, POLICIES = 5, 5
LONG = 30_000  # lines of a manifest that takes a while


class Makers:
    """What a Story makes with its own steps."""

    KIND = {
        "listed": "dataset",
        "changing": "dataset",
        "scratch_test": "dataset",
        "trained": "version",
        "running": "version",
        "failed": "version",
        "copied": "version",
    }  # anything else is a project

    def empty(self):
        """A project without datasets and versions."""
        return self.project("empty")

    def own(self):
        """A project for versions that are trained on manifests of their own."""
        return self.project("own")

    def copies(self):
        """A project for copies."""
        return self.project("copies")

    def theirs(self):
        """A project of the other account."""
        return self.project("theirs", self.other)

    def scratch(self):
        """A project whose datasets may be changed."""
        return self.project("scratch")

    def scratch_test(self):
        return self.dataset(self.get("scratch"), "TEST")

    def changing(self):
        return self.dataset(
            self.get("scratch"), "TRAIN", [pictures.line(self.bucket, f"none/{i}.png", "a") for i in range(5)]
        )

    def lists(self):
        """A project that has several of everything that is listed."""
        return self.project("lists")

    def listed(self):
        """A dataset with entries of several labels, the last of them unlabelled. Its pictures are not there."""
        lines = [
            pictures.line(self.bucket, f"none/{i}.png", LISTED_LABELS[i % len(LISTED_LABELS)])
            for i in range(ENTRIES - 1)
        ]
        return self.dataset(self.get("lists"), "TRAIN", lines + [pictures.line(self.bucket, "none/unlabelled.png")])

    def failed(self):
        """The first of some versions whose training failed."""
        self.get("listed")
        project = self.get("lists")
        arns = [self.begin(project, f"v{i}") for i in range(VERSIONS)]
        for i in range(VERSIONS):
            self.version(project, f"v{i}", "TRAINING_FAILED")
        return arns[0]

    def policies(self):
        """A project with several policies."""
        for i in range(POLICIES):
            request = {"ProjectArn": self.get("lists"), "PolicyName": f"p{i}", "PolicyDocument": self.policy()}
            succeeded(self.client.call("PutProjectPolicy", request))
        return self.get("lists")

    def many(self):
        """A project that is filled with versions. There is nothing to train them on."""
        project = self.project("many")
        self.dataset(project, "TRAIN")
        return project

    def models(self):
        """A project with a dataset of real pictures."""
        project = self.project("models")
        lines = [
            pictures.line(self.bucket, f"pictures/{label}-{i}.png", label)
            for i in range(3)
            for label in pictures.LABELS
        ]
        self.dataset(project, "TRAIN", lines)
        return project

    def _training(self):
        """Both versions are trained at the same time."""
        for name in ("trained", "running"):
            self.begin(self.get("models"), name)
        return ""

    def trained(self):
        """A version that was trained and never started."""
        self.get("_training")
        return self.version(self.get("models"), "trained", "TRAINING_COMPLETED")["ProjectVersionArn"]

    def running(self):
        self.get("_training")
        arn = self.version(self.get("models"), "running", "TRAINING_COMPLETED")["ProjectVersionArn"]
        succeeded(
            self.client.call(
                "StartProjectVersion", {"ProjectVersionArn": arn, "MinInferenceUnits": 1, "MaxInferenceUnits": 2}
            )
        )
        self.version(self.get("models"), "running", "RUNNING")
        return arn

    def copied(self):
        """A copy of the trained version, within the account."""
        request = {
            "SourceProjectArn": self.get("models"),
            "SourceProjectVersionArn": self.get("trained"),
            "DestinationProjectArn": self.get("copies"),
            "VersionName": "copied",
            "OutputConfig": self.output(),
        }
        arn = succeeded(self.client.call("CopyProjectVersion", request))["ProjectVersionArn"]
        self.version(self.get("copies"), "copied", "COPYING_COMPLETED")
        return arn

    def pair(self, train, test):
        """The datasets of a project of its own, with that many entries of two labels each."""
        what = f"pair-{train}-{test}"
        if what not in self._made:
            project = self.project(what)
            self._made[what] = [
                self.dataset(
                    project,
                    kind,
                    [pictures.line(self.bucket, f"none/{kind}-{i}.png", LISTED_LABELS[i % 2]) for i in range(count)],
                )
                for kind, count in (("TRAIN", train), ("TEST", test))
            ]
        return self._made[what]

    # ---- things in progress

    def busy(self):
        """A dataset that is being made, and an empty one of the same project. A new pair when the last is ready."""
        return self._in_progress("busy", "CREATE_IN_PROGRESS", self._busy)

    def updating(self):
        """A dataset that is being updated; likewise."""
        return self._in_progress("updating", "UPDATE_IN_PROGRESS", self._updating)

    def _in_progress(self, what, status, begin):
        pair = self._made.get(what)
        if pair is None or self.describe(pair[0])["Status"] != status:
            pair = self._made[what] = begin()
        return pair

    def _long(self):
        return [pictures.line(self.bucket, f"none/{i}.png", "a") for i in range(LONG)]

    def _busy(self):
        if "long" not in self._made:
            self._made["long"] = self.source(self._long())
        project = self.project(self.fresh("busy"))
        test = self.dataset(project, "TEST")
        request = {"ProjectArn": project, "DatasetType": "TRAIN", "DatasetSource": self._made["long"]}
        return succeeded(self.client.call("CreateDataset", request))["DatasetArn"], test

    def _updating(self):
        project = self.project(self.fresh("updating"))
        train = self.dataset(project, "TRAIN")
        content = pictures.manifest(self._long())
        content = content[: content.rindex(b"\n", 0, 5 << 20) + 1]  # as much as one update takes
        succeeded(self.client.call("UpdateDatasetEntries", {"DatasetArn": train, "Changes": {"GroundTruth": content}}))
        return train, ""
