"""The story of figures: a model that is asked, and versions of which one question each is known. Makers give names."""

import time

from . import clearing, requests_figures
from .cbor import Moment
from .checks import refused, succeeded
from .client import Client
from .model import speaking
from .requests_figures import ALL, OF_REQUESTS, VERSIONS, of, query
from .story import Story, Tale, Unmade
from .waiting import until

ANSWERED, MISTAKEN = 4, 2  # requests with a picture, and with none
UNITS = {"MinInferenceUnits": 1, "MaxInferenceUnits": 2}  # of the model that is asked


class Figures(Tale):
    """The figures of a run. What they are of is made with Custom Labels, by a story of its own; nobody else asks models
    of the account meanwhile."""

    def __init__(self, client, other):
        super().__init__(client, other)
        with speaking("rekognition"):
            self.models = Story(*(Client(c.endpoint, c.profile, c.region) for c in (client, other)))
        self.project = f"{self.models.run}-models"
        began = int(time.time()) // 60 * 60
        self.starts, self.ends, self.later = (Moment(began + after) for after in (-600, 3600, 3660))  # around the run
        self.took, self.refused = [], 0  # seconds that answers took; requests of versions that are there that had none

    def valid(self, operation):
        return requests_figures.valid(operation, self)

    def undo(self, operation, request, answer):
        """Nothing: what is read has made nothing."""

    def listings(self):
        return requests_figures.lists(self)

    def use(self, what):
        """Like get, for cases that make sense even where the server makes no such thing."""
        try:
            self.get(what)
        except Unmade:
            pass

    def read(self, stat, dimensions, names):
        """A statistic of the whole run of each metric; None where there is no value."""
        ids = {f"q{i}": name for i, name in enumerate(names)}
        queries = [query(i, name, stat, dimensions) for i, name in ids.items()]
        request = {"StartTime": self.starts, "EndTime": self.ends, "MetricDataQueries": queries}
        results = succeeded(self.client.call("GetMetricData", request))["MetricDataResults"]
        return {ids[r["Id"]]: r["Values"][0] if r["Values"] else None for r in results}

    # ---- makers

    def asked(self):
        """A model that runs and was asked; gives what had been counted of all models before."""
        before = self.read("Sum", ALL, OF_REQUESTS)
        with speaking("rekognition"):
            s, project = self.models, self.models.get("models")
            arn = s.begin(project, "asked")
            s.version(project, "asked", "TRAINING_COMPLETED")
            succeeded(s.client.call("StartProjectVersion", {"ProjectVersionArn": arn} | UNITS))
            s.version(project, "asked", "RUNNING")
            for _ in range(ANSWERED):
                began = time.monotonic()
                succeeded(self._ask(arn, s.picture))
                self.took.append(time.monotonic() - began)
            for _ in range(MISTAKEN):
                self._ask_in_vain(arn, b"no picture", "InvalidImageFormatException")
        return before

    def many(self):
        """Versions that were never trained, asked once each."""
        with speaking("rekognition"):
            for i in range(VERSIONS):
                self._untrained(self.models.get("many"), f"v{i:02d}")
        return VERSIONS

    def _untrained(self, project, name):
        arn = self.models.begin(project, name)
        self._ask_in_vain(arn, self.models.picture, "ResourceNotReadyException")
        return arn

    def _ask_in_vain(self, arn, picture, error):
        refused(self._ask(arn, picture), error)
        self.refused += 1

    def _ask(self, arn, picture):
        return self.models.client.call("DetectCustomLabels", {"ProjectVersionArn": arn, "Image": {"Bytes": picture}})

    def passing(self, look):
        """A version that was asked once, is looked at by its dimensions, deleted, and looked at again."""
        with speaking("rekognition"):
            s, name = self.models, self.fresh("passing")
            project = s.project(name)
            s.dataset(project, "TRAIN")
            arn = self._untrained(project, "v")
        looked = look(of(f"{s.run}-{name}", "v"))
        with speaking("rekognition"):
            s.version(project, "v", "TRAINING_FAILED")
            succeeded(s.client.call("DeleteProjectVersion", {"ProjectVersionArn": arn}))
            until(f"{arn} is gone", lambda: not s.versions(project, "v"))
            self.refused -= 1
        return looked, look(of(f"{s.run}-{name}", "v"))

    def clear(self):
        """Deletes what the run has made, as far as that is possible."""
        clearing.empty(self.s3, self.run)
        with speaking("rekognition"):
            self.models.clear()
