"""The service model: operations, and every member of their inputs at every depth."""

import contextlib
import functools
from dataclasses import dataclass

import botocore.session
from botocore.model import Shape

OPERATIONS = {}  # that are served, by service
OPERATIONS["rekognition"] = (
    "CreateProject",
    "DescribeProjects",
    "DeleteProject",
    "CreateDataset",
    "DescribeDataset",
    "UpdateDatasetEntries",
    "DistributeDatasetEntries",
    "ListDatasetEntries",
    "ListDatasetLabels",
    "DeleteDataset",
    "CreateProjectVersion",
    "DescribeProjectVersions",
    "StartProjectVersion",
    "StopProjectVersion",
    "DeleteProjectVersion",
    "CopyProjectVersion",
    "PutProjectPolicy",
    "ListProjectPolicies",
    "DeleteProjectPolicy",
    "DetectCustomLabels",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
)
OPERATIONS["appstream"] = (
    "CopyImage",
    "DescribeImages",
    "DeleteImage",
    "DescribeImagePermissions",
    "UpdateImagePermissions",
    "DeleteImagePermissions",
    "CreateImportedImage",
    "CreateUpdatedImage",
    "CreateExportImageTask",
    "GetExportImageTask",
    "ListExportImageTasks",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
)
OPERATIONS["cloudwatch"] = ("GetMetricData", "GetMetricStatistics", "ListMetrics")
# Lists that the model has no paginator for.
UNPAGINATED = {
    "DescribeImagePermissions": {"result_key": "SharedImagePermissionsList"},
    "ListExportImageTasks": {"result_key": "ExportImageTasks"},
}
# What cases can be made of: services and the protocols that they speak, with what becomes of a suite in names.
SUITES = {
    "rekognition": ("rekognition", "json"),
    "appstream": ("appstream", "json"),
    "appstream-cbor": ("appstream", "cbor"),
    "cloudwatch": ("cloudwatch", "json"),
    "cloudwatch-cbor": ("cloudwatch", "cbor"),
    "cloudwatch-query": ("cloudwatch", "query"),
}
UNSPOKEN = {"cloudwatch-query"}  # protocols of a service in which none of its operations is served
WIRE = {"json": "json", "cbor": "smithy-rpc-v2-cbor", "query": "query"}  # protocols, as botocore calls them

_suite = "rekognition"


def choose(suite):
    """Says of which suite the cases are from now on."""
    global _suite
    _suite = suite


@contextlib.contextmanager
def speaking(name):
    """For what cases need of another service than their own: within, clients are made and answers read as for that suite."""
    before = suite()
    choose(name)
    try:
        yield
    finally:
        choose(before)


def suite():
    return _suite


def service_name():
    return SUITES[_suite][0]


def protocol():
    return SUITES[_suite][1]


def speaks_cbor():
    return protocol() == "cbor"


def operations():
    """The operations that are served, in the order of tables."""
    return () if _suite in UNSPOKEN else OPERATIONS[service_name()]


# Steps of a path that are no member of a structure.
ITEM, KEY, VALUE = "[]", "{key}", "{value}"

SCALARS = {"string", "blob", "boolean", "integer", "long", "float", "double", "timestamp"}


@functools.cache
def _model(service):
    return botocore.session.get_session().get_service_model(service)


def service():
    return _model(service_name())


def operation(name):
    return service().operation_model(name)


def others():
    """The operations of the service that are not served."""
    return [name for name in service().operation_names if name not in operations()]


def errors(name):
    """The exceptions that an operation models."""
    return [shape.name for shape in operation(name).error_shapes]


@functools.cache
def _shapes(service):
    return botocore.session.get_session().get_service_data(service)["shapes"]


@functools.cache
def _exceptions(service):
    """The exceptions of a service with their HTTP status; 500 for what is the service's fault."""
    return {
        name: 500 if shape.get("fault") else shape.get("error", {}).get("httpStatusCode", 400)
        for name, shape in _shapes(service).items()
        if shape.get("exception")
    }


def status(code):
    """The HTTP status of an exception of the model; None for one that it has not."""
    return _exceptions(service_name()).get(code)


def name_for_query(code):
    """What an exception was called in the query protocol, for services whose clients go by those names still; None for any
    other service."""
    if not service().is_query_compatible:
        return None
    shape = _shapes(service_name()).get(code, {})
    return shape.get("error", {}).get("code", code)


def faults():
    """The exceptions that are the service's fault: HTTP status 500 to botocore."""
    return {name for name, status in _exceptions(service_name()).items() if status == 500}


def paginators():
    """The paginators of the operations that are served, as botocore configures them."""
    config = botocore.session.get_session().get_paginator_model(service_name())._paginator_config
    return {name: config[name] for name in operations() if name in config}


def lists():
    """The operations that give pages, whether botocore has a paginator for them or not."""
    return paginators() | {name: config for name, config in UNPAGINATED.items() if name in operations()}


def unserved_waiters():
    """The waiters of the service that ask for operations that are not served."""
    config = botocore.session.get_session().get_waiter_model(service_name())
    return [name for name in config.waiter_names if config.get_waiter(name).operation not in operations()]


@dataclass(frozen=True)
class Member:
    """One place in an input: a member of a structure, the items of a list, the keys or the values of a map."""

    path: tuple[str, ...]  # from the root of the request
    shape: Shape
    required: bool = False

    @property
    def name(self):
        """The path as a case's name has it: DatasetSource.GroundTruthManifest.S3Object.Bucket, Tags{key}."""
        return "".join(step if step in (ITEM, KEY, VALUE) else "." + step for step in self.path).lstrip(".")

    @property
    def spelled(self):
        """The path as a ValidationException has it: lower camel case; a list's structures are numbered, and what is
        wrong with plain items, keys and values is said of the list or map."""
        steps = list(self.path)
        if steps[-1] in (KEY, VALUE) or steps[-1] == ITEM and self.shape.type_name in SCALARS:
            steps.pop()
        return ".".join("1.member" if step == ITEM else step[0].lower() + step[1:] for step in steps)

    def limit(self, which):
        """A bound of the shape, "min" or "max"; None without one."""
        return self.shape.metadata.get(which)


def members(name):
    """Every Member of an operation's input, outer before inner."""
    return list(_walk(operation(name).input_shape, ()))


def _walk(shape, path):
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            yield Member(path + (name,), inner, name in shape.required_members)
            yield from _walk(inner, path + (name,))
    elif shape.type_name == "list":
        yield Member(path + (ITEM,), shape.member)
        yield from _walk(shape.member, path + (ITEM,))
    elif shape.type_name == "map":
        yield Member(path + (KEY,), shape.key)
        yield Member(path + (VALUE,), shape.value)


def structures(name):
    """The paths of every structure in an operation's input, the root first."""
    return [()] + [m.path for m in members(name) if m.shape.type_name == "structure"]
