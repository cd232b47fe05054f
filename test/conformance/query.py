"""Cases of the query protocol, which CloudWatch's clients spoke until 2025 and which is not served: what such a client is
told of every operation."""

from functools import partial

from .case import Case
from .checks import REQUEST_ID, demand
from .model import others


def cases():
    for operation in others():
        yield Case("unserved", operation, "in the query protocol", partial(told, operation))


def told(operation, world):
    """botocore reads the refusal as it read errors of CloudWatch then: XML with a code, a message and a request id."""
    answer = world.call(operation)
    demand(answer.code == "InvalidAction" and answer.status == 400, "wanted InvalidAction, got", answer)
    demand(answer.error.response["Error"]["Type"] == "Sender", "the fault is not the sender's:", answer.error.response)
    demand("Use a later version of the SDK" in answer.message, "the message does not say what to do:", answer)
    named = answer.error.response["ResponseMetadata"]["RequestId"]
    demand(REQUEST_ID.fullmatch(named), "the request's id is", named)
    demand(answer.headers.get("x-amzn-requestid") == named, "x-amzn-RequestId is", answer.headers.get("x-amzn-requestid"))
    demand(answer.headers.get("content-type") == "text/xml", "Content-Type is", answer.headers.get("content-type"))
