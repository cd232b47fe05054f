"""How the errors are provoked that need more than a wrong ARN: quotas, states, pictures, policies. After the developer
guide and the API reference."""

from .checks import needed
from .requests import valid

MANY = 130  # more than any quota of projects or versions


class Provocations(list):
    """What provokes errors: (operation, error, name, function of a world that gives the answer that should be it)."""

    def __call__(self, operation, error, name):
        def register(function):
            self.append((operation, error + "Exception", name, function))
            return function

        return register


provokes = Provocations()


def call(world, operation, **changes):
    return world.client.call(operation, valid(operation, world.story)[0] | changes)


def _until_refused(call):
    """Calls with 0, 1, 2, ... until that is refused, and gives the refusal, or the last answer."""
    for i in range(MANY):
        answer = call(i)
        if answer.error is not None:
            break
    return answer


def _while(pair, call):
    """Calls with the datasets of a pair, the first of which something is in progress on. Where that came to its end in
    between, once more: the answer was one to another question."""
    for _ in range(3):
        datasets = pair()
        answer = call(*datasets)
        if answer.error is not None or pair() == datasets:
            break
    return answer


def copy_version(story, client=None, **changes):
    s = story
    request = {
        "SourceProjectArn": s.get("models"),
        "SourceProjectVersionArn": s.get("trained"),
        "DestinationProjectArn": s.get("copies"),
        "VersionName": s.fresh("copy"),
        "OutputConfig": s.output(),
    }
    return (client or s.client).call("CopyProjectVersion", request | changes)


def begin_version(world, project, name):
    request = {"ProjectArn": project, "VersionName": name, "OutputConfig": world.story.output()}
    return world.client.call("CreateProjectVersion", request)


# ---- quotas


@provokes("CreateProject", "LimitExceeded", "more projects than an account may have")
def _(w):
    client = w.story.elsewhere("ap-south-1")
    return _until_refused(lambda i: client.call("CreateProject", {"ProjectName": w.story.fresh("many")}))


@provokes("CreateProjectVersion", "ServiceQuotaExceeded", "more versions than a project may have")
def _(w):
    return _until_refused(lambda i: begin_version(w, w.story.get("many"), f"many-{i}"))


@provokes("CopyProjectVersion", "ServiceQuotaExceeded", "a full destination")
def _(w):
    _until_refused(lambda i: begin_version(w, w.story.get("many"), f"more-{i}"))
    return copy_version(w.story, DestinationProjectArn=w.story.get("many"))


@provokes("PutProjectPolicy", "ServiceQuotaExceeded", "more policies than a project may have")
def _(w):
    return call(w, "PutProjectPolicy", ProjectArn=w.story.get("policies"))


@provokes("TagResource", "ServiceQuotaExceeded", "more tags than a resource may have, in one call")
def _(w):
    return call(w, "TagResource", Tags={f"k{i}": "v" for i in range(51)})


@provokes("TagResource", "ServiceQuotaExceeded", "more tags than a resource may have, in two")
def _(w):
    project = w.story.get("copies")
    call(w, "TagResource", ResourceArn=project, Tags={f"k{i}": "v" for i in range(50)})
    answer = call(w, "TagResource", ResourceArn=project, Tags={"one": "more"})
    call(w, "UntagResource", ResourceArn=project, TagKeys=[f"k{i}" for i in range(50)] + ["one"])
    return answer


@provokes("CreateDataset", "LimitExceeded", "more tags than a resource may have")
def _(w):
    return call(
        w, "CreateDataset", ProjectArn=w.story.get("empty"), Tags={f"k{i}": "v" for i in range(51)}, DatasetSource={}
    )


@provokes("StartProjectVersion", "LimitExceeded", "more inference units than a model may have")
def _(w):
    return call(
        w, "StartProjectVersion", ProjectVersionArn=w.story.get("trained"), MinInferenceUnits=6, MaxInferenceUnits=6
    )


# ---- quotas that the operator sets, on a server of its own: two trainings, one running model, one copy at a time


def _limited(world):
    return needed(world.limited, "a server with limits: --limited")


@provokes("CreateProjectVersion", "LimitExceeded", "more trainings at a time")
def _(w):
    s = _limited(w)
    s.get("_training")
    return s.client.call(
        "CreateProjectVersion", {"ProjectArn": s.get("models"), "VersionName": "third", "OutputConfig": s.output()}
    )


@provokes("StartProjectVersion", "LimitExceeded", "more running models")
def _(w):
    s = _limited(w)
    s.get("running")
    return s.client.call("StartProjectVersion", {"ProjectVersionArn": s.get("trained"), "MinInferenceUnits": 1})


@provokes("CopyProjectVersion", "LimitExceeded", "more copies at a time")
def _(w):
    s = _limited(w)
    return _until_refused(lambda i: copy_version(s, VersionName=f"copy-{i}"))


# ---- names that are taken


@provokes("CreateProject", "ResourceInUse", "a name that is taken")
def _(w):
    return call(w, "CreateProject", ProjectName=w.story.named("empty"))


@provokes("CreateDataset", "ResourceAlreadyExists", "a type that is there")
def _(w):
    w.story.get("changing")
    return call(w, "CreateDataset", ProjectArn=w.story.get("scratch"), DatasetType="TRAIN", DatasetSource={})


@provokes("CreateProjectVersion", "ResourceInUse", "a name that is taken")
def _(w):
    w.story.get("failed")
    return begin_version(w, w.story.get("lists"), "v0")


@provokes("CopyProjectVersion", "ResourceInUse", "a name that is taken")
def _(w):
    w.story.get("copied")
    return copy_version(w.story, VersionName="copied")


@provokes("PutProjectPolicy", "ResourceAlreadyExists", "a name that is taken, without a revision")
def _(w):
    return call(w, "PutProjectPolicy", ProjectArn=w.story.get("policies"), PolicyName="p0")


# ---- states


@provokes("DeleteProject", "ResourceInUse", "a project with versions")
def _(w):
    w.story.get("failed")
    return w.call("DeleteProject", ProjectArn=w.story.get("lists"))


@provokes("DeleteProject", "ResourceInUse", "a project with datasets")
def _(w):
    w.story.get("changing")
    return w.call("DeleteProject", ProjectArn=w.story.get("scratch"))


@provokes("UpdateDatasetEntries", "ResourceInUse", "a dataset that is being made")
def _(w):
    return _while(w.story.busy, lambda d, _: call(w, "UpdateDatasetEntries", DatasetArn=d))


@provokes("UpdateDatasetEntries", "ResourceInUse", "a dataset that is being updated")
def _(w):
    return _while(w.story.updating, lambda d, _: call(w, "UpdateDatasetEntries", DatasetArn=d))


@provokes("DeleteDataset", "ResourceInUse", "a dataset that is being made")
def _(w):
    return _while(w.story.busy, lambda d, _: w.call("DeleteDataset", DatasetArn=d))


@provokes("DeleteDataset", "ResourceInUse", "a dataset that is being updated")
def _(w):
    return _while(w.story.updating, lambda d, _: w.call("DeleteDataset", DatasetArn=d))


@provokes("ListDatasetEntries", "ResourceNotReady", "a dataset that is being made")
def _(w):
    return _while(w.story.busy, lambda d, _: w.call("ListDatasetEntries", DatasetArn=d))


@provokes("ListDatasetEntries", "ResourceInUse", "a dataset that is being updated")
def _(w):
    return _while(w.story.updating, lambda d, _: w.call("ListDatasetEntries", DatasetArn=d))


@provokes("ListDatasetLabels", "ResourceNotReady", "a dataset that is being made")
def _(w):
    return _while(w.story.busy, lambda d, _: w.call("ListDatasetLabels", DatasetArn=d))


@provokes("ListDatasetLabels", "ResourceInUse", "a dataset that is being updated")
def _(w):
    return _while(w.story.updating, lambda d, _: w.call("ListDatasetLabels", DatasetArn=d))


@provokes("DistributeDatasetEntries", "ResourceNotReady", "a dataset that is being made")
def _(w):
    return _while(
        w.story.busy, lambda d, test: w.call("DistributeDatasetEntries", Datasets=[{"Arn": d}, {"Arn": test}])
    )


@provokes("DistributeDatasetEntries", "ResourceNotFound", "one dataset of nothing")
def _(w):
    test = w.story.nothing("dataset").replace("train", "test")
    return w.call("DistributeDatasetEntries", Datasets=[{"Arn": w.story.get("listed")}, {"Arn": test}])


@provokes("StartProjectVersion", "ResourceInUse", "a version that is running")
def _(w):
    return call(w, "StartProjectVersion", ProjectVersionArn=w.story.get("running"))


@provokes("StartProjectVersion", "ResourceInUse", "a version whose training failed")
def _(w):
    return call(w, "StartProjectVersion", ProjectVersionArn=w.story.get("failed"))


@provokes("StopProjectVersion", "ResourceInUse", "a version that was never started")
def _(w):
    return w.call("StopProjectVersion", ProjectVersionArn=w.story.get("trained"))


@provokes("DeleteProjectVersion", "ResourceInUse", "a version that is running")
def _(w):
    return w.call("DeleteProjectVersion", ProjectVersionArn=w.story.get("running"))


@provokes("CopyProjectVersion", "ResourceInUse", "a version whose training failed")
def _(w):
    version = w.story.get("failed")
    return copy_version(w.story, SourceProjectArn=w.story.get("lists"), SourceProjectVersionArn=version)


@provokes("DetectCustomLabels", "ResourceNotReady", "a version that was never started")
def _(w):
    return call(w, "DetectCustomLabels", ProjectVersionArn=w.story.get("trained"))
