"""Cases of the waiters, to success and to failure."""

import pathlib
from functools import partial

from botocore.exceptions import WaiterError

from .case import Case
from .checks import Wrong, demand, needed, succeeded
from .waiting import PATIENCE

CONFIG = {"Delay": 1, "MaxAttempts": PATIENCE}
TRAINED, RUNNING = "ProjectVersionTrainingCompleted", "ProjectVersionRunning"


def cases():
    for waiter, run in ((TRAINED, trains), (RUNNING, runs)):
        yield Case("waiter", "DescribeProjectVersions", f"{waiter} succeeds", run)
    for waiter, run in ((TRAINED, fails_to_train), (RUNNING, fails_to_run)):
        yield Case("waiter", "DescribeProjectVersions", f"{waiter} fails", run)
    for waiter, of in ((TRAINED, "running"), (RUNNING, "trained")):
        name = f"{waiter} goes on waiting for one that is {of}"
        yield Case("waiter", "DescribeProjectVersions", name, partial(goes_on, waiter, of))
        yield Case(
            "waiter", "DescribeProjectVersions", f"{waiter} goes on waiting for none", partial(goes_on, waiter, "none")
        )


def _wait(world, waiter, project, name, **config):
    world.client.waiter(waiter).wait(ProjectArn=project, VersionNames=[name], WaiterConfig=CONFIG | config)


def _failure(world, waiter, project, name, status, **config):
    """The waiter must give up for the state, not for the time."""
    try:
        _wait(world, waiter, project, name, **config)
    except WaiterError as e:
        demand("Max attempts" not in str(e), "the waiter gave up for the time:", e)
        demand(status in str(e.last_response), f"the last answer has no {status}:", e.last_response)
        return
    raise Wrong("the waiter succeeded")


def trains(world):
    """From the call that begins the training."""
    project = world.story.get("models")
    world.story.begin(project, "waited")
    (description,) = world.story.versions(project, "waited")
    demand(description["Status"] == "TRAINING_IN_PROGRESS", "at first the state is", description["Status"])
    _wait(world, TRAINED, project, "waited")


def runs(world):
    project = world.story.get("models")
    if not world.story.versions(project, "waited"):
        trains(world)
    (version,) = world.story.versions(project, "waited")
    request = {"ProjectVersionArn": version["ProjectVersionArn"], "MinInferenceUnits": 1}
    succeeded(world.client.call("StartProjectVersion", request))
    _wait(world, RUNNING, project, "waited")


def fails_to_train(world):
    """Pictures that are not there."""
    project = world.story.get("lists")
    world.story.get("listed")
    world.story.begin(project, "unwaited")
    _failure(world, TRAINED, project, "unwaited", "TRAINING_FAILED")
    (description,) = world.story.versions(project, "unwaited")
    succeeded(world.call("DeleteProjectVersion", ProjectVersionArn=description["ProjectVersionArn"]))


def fails_to_run(world):
    """A model whose file was destroyed: nothing that a client could do, so the server's data folder must be at hand."""
    data = needed(world.data, "the server's data folder: --data")
    project = world.story.get("models")
    arn = world.story.begin(project, "broken")
    _wait(world, TRAINED, project, "broken")
    files = [f for f in pathlib.Path(data).rglob(f"*-{arn.rsplit('/', 1)[1]}/*") if f.is_file()]
    demand(files, "found no files of the version under", data)
    for file in files:
        file.write_bytes(b"no model")
    succeeded(world.client.call("StartProjectVersion", {"ProjectVersionArn": arn, "MinInferenceUnits": 1}))
    _failure(world, RUNNING, project, "broken", "FAILED")


def goes_on(waiter, of, world):
    """No state that the waiter looks for."""
    if of != "none":
        world.story.get(of)
    try:
        _wait(world, waiter, world.story.get("models"), of, MaxAttempts=2, Delay=0)
    except WaiterError as e:
        demand("Max attempts" in str(e), "the waiter gave up:", e)
        return
    raise Wrong("the waiter succeeded")
