"""The service model: operations, and every member of their inputs at every depth."""

import functools
from dataclasses import dataclass

import botocore.session
from botocore.model import Shape

SERVICE = "rekognition"
CUSTOM_LABELS = (
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

# Steps of a path that are no member of a structure.
ITEM, KEY, VALUE = "[]", "{key}", "{value}"

SCALARS = {"string", "blob", "boolean", "integer", "long", "float", "double", "timestamp"}


@functools.cache
def service():
    return botocore.session.get_session().get_service_model(SERVICE)


@functools.cache
def operation(name):
    return service().operation_model(name)


def others():
    """The operations of Rekognition that are not of Custom Labels."""
    return [name for name in service().operation_names if name not in CUSTOM_LABELS]


def errors(name):
    """The exceptions that an operation models."""
    return [shape.name for shape in operation(name).error_shapes]


@functools.cache
def faults():
    """The exceptions that are the service's fault: HTTP status 500 to botocore."""
    shapes = botocore.session.get_session().get_service_data(SERVICE)["shapes"]
    return {name for name, shape in shapes.items() if shape.get("fault")}


def paginators():
    """The paginators of Custom Labels, as botocore configures them, by operation."""
    config = botocore.session.get_session().get_paginator_model(SERVICE)._paginator_config
    return {name: config[name] for name in CUSTOM_LABELS if name in config}


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
