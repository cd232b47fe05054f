"""One account's way to an endpoint: boto3 that checks nothing itself, and keeps what came over the wire."""

import base64
import json
from dataclasses import dataclass, field

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from . import cbor
from .model import WIRE, protocol, service, service_name, speaks_cbor
from .waiting import PATIENCE


def media_type():
    """The media type of requests and answers."""
    return "application/cbor" if speaks_cbor() else "application/x-amz-json-" + service().metadata["jsonVersion"]


@dataclass
class Answer:
    """What came back for one request."""

    operation: str
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    output: dict = None  # of a success, as boto3 gives it
    error: ClientError = None  # of a refusal, as boto3 raises it

    @property
    def code(self):
        """The name that the model has, be it that botocore shows the one of the query protocol."""
        if self.error is None:
            return ""
        error = self.error.response["Error"]
        return error.get("QueryErrorCode") or error["Code"]

    @property
    def message(self):
        return self.error.response["Error"].get("Message", "") if self.error else ""

    def content(self):
        """What the body says; None where it says nothing."""
        try:
            return cbor.loads(self.body) if speaks_cbor() else json.loads(self.body)
        except ValueError:
            return None

    def __str__(self):
        if self.error is None:
            return f"{self.status}, {self.body[:200].decode(errors='replace')}"
        return f"{self.status}, {self.code}: {self.message[:300]}"


class Client:
    """Calls an endpoint as one profile in one region. Nothing is repeated: what a case sees is the first answer."""

    def __init__(self, endpoint, profile, region="us-east-1"):
        self.endpoint, self.profile, self.region = endpoint, profile, region
        config = Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            read_timeout=PATIENCE,
            s3={"addressing_style": "path"},
        )
        session = boto3.Session(profile_name=profile, region_name=region)
        session._loader.load_service_model = _one_protocol(session._loader.load_service_model)
        self._make = lambda name: session.client(name, endpoint_url=endpoint, config=config)
        self.boto = self._make(service_name())
        self.boto.meta.events.register(f"before-call.{service_name()}", self._replace)
        self.boto.meta.events.register(f"before-parse.{service_name()}", self._keep)
        self._instead, self._seen = {}, None

    def elsewhere(self, region):
        return Client(self.endpoint, self.profile, region)

    def service(self, name):
        """A client of another service, as the same profile."""
        return self._make(name)

    def paginator(self, operation):
        return self.boto.get_paginator(xform_name(operation))

    def waiter(self, name):
        return self.boto.get_waiter(xform_name(name))

    def call(self, operation, request=None, body=None, headers=None):
        """Makes one call. A body, of bytes or of what JSON has, goes out in place of the request, signed all the same;
        so do headers."""
        if body is not None and not isinstance(body, bytes):
            body = encoded(body)
        self._instead, self._seen = {"body": body, "headers": headers or {}}, None
        answer = Answer(operation)
        try:
            answer.output = getattr(self.boto, xform_name(operation))(**(request or {}))
        except ClientError as e:
            answer.error = e
        finally:
            self._instead = {}
        answer.status, answer.headers, answer.body = self._seen
        return answer

    def _replace(self, params, **_):
        if self._instead.get("body") is not None:
            params["body"] = self._instead["body"]
        params["headers"].update(self._instead.get("headers", {}))

    def _keep(self, response_dict, **_):
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        self._seen = response_dict["status_code"], headers, response_dict["body"]


def encoded(value):
    """A request as botocore writes it, for requests that botocore cannot write."""
    if speaks_cbor():
        return cbor.dumps(value)
    return json.dumps(value, default=lambda blob: base64.b64encode(blob).decode()).encode()


def _one_protocol(load):
    """Takes every other protocol than the suite's out of the service's model: botocore speaks that where it has no choice."""
    name, spoken = service_name(), WIRE[protocol()]

    def loaded(service, kind, *arguments, **named):
        model = load(service, kind, *arguments, **named)
        if service == name and kind == "service-2":
            model["metadata"]["protocols"] = [spoken]
        return model

    return loaded
