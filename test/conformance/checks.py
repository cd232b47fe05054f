"""What has to come of a request."""

import re

from .client import media_type
from .model import errors, faults, name_for_query, operation, speaks_cbor, status
from .shapes import problems

# Errors that AWS front ends answer for any operation; no service models them. With their HTTP status.
COMMON = {
    "AccessDeniedException": 400,
    "ExpiredTokenException": 400,
    "IncompleteSignatureException": 400,
    "InvalidSignatureException": 400,
    "MissingAuthenticationTokenException": 400,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "UnknownOperationException": 400,
    "UnrecognizedClientException": 400,
    "UnsupportedMediaTypeException": 415,
    "ValidationException": 400,
}

REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Wrong(AssertionError):
    """The case failed; says what was expected and what came."""


def demand(true, text, *more):
    if not true:
        raise Wrong(" ".join([text, *(str(m) for m in more)]))


def needed(thing, what):
    """What a case needs from those who run the suite."""
    demand(thing, f"needs {what}")
    return thing


def refused(answer, codes, *words):
    """Demands one of the error codes, in full form, and a message with all of the words."""
    codes = (codes,) if isinstance(codes, str) else codes
    demand(answer.error is not None, f"wanted {' or '.join(codes)}, got", answer)
    demand(answer.code in codes, f"wanted {' or '.join(codes)}, got", answer)
    for word in words:
        demand(word in answer.message, f"wanted {word!r} in the message, got", answer)
    envelope(answer)


def envelope(answer):
    """Demands that an error has the form that every SDK reads: header, both codes, message, request id, status, and
    an exception that the operation models or every operation has."""
    code, body = answer.code, answer.content()
    demand(code in errors(answer.operation) or code in COMMON, f"{answer.operation} does not model the error", answer)
    demand(isinstance(body, dict), "the body of the error is no JSON object:", answer)
    for member in ("__type",) if speaks_cbor() else ("__type", "Code"):
        demand(body.get(member) == code, f"the error's {member} is {body.get(member)!r}, not {code}")
    demand(body.get("Message") and isinstance(body["Message"], str), "the error has no Message:", answer.body[:200])
    identified(answer)
    if speaks_cbor():
        demand(body.get("message") == body["Message"], "the error has no message:", answer.body[:200])
    else:
        named = answer.headers.get("x-amzn-errortype")
        demand(named == code, "x-amzn-ErrorType is", named)
        log = body.get("Logref")
        demand(log == answer.headers["x-amzn-requestid"], "Logref is not the request's id:", log)
    wanted = status(code) or COMMON.get(code, 400)
    demand(answer.status == wanted, f"wanted HTTP status {wanted}, got {answer.status}:", answer)
    if old := name_for_query(code):
        named, side = answer.headers.get("x-amzn-query-error"), "Receiver" if answer.status >= 500 else "Sender"
        demand(named == f"{old};{side}", f"wanted {old};{side} as x-amzn-query-error, got", named)
    typed = type(answer.error).__name__
    demand(typed == code or status(code) is None, f"botocore raised {typed} for {code}")


def identified(answer):
    """Demands the headers that every answer of AWS has."""
    demand(
        REQUEST_ID.fullmatch(answer.headers.get("x-amzn-requestid", "")),
        "x-amzn-RequestId is",
        repr(answer.headers.get("x-amzn-requestid")),
    )
    demand(answer.headers.get("content-type") == media_type(), "Content-Type is", answer.headers.get("content-type"))
    if speaks_cbor():
        protocol = answer.headers.get("smithy-protocol")
        demand(protocol == "rpc-v2-cbor", "smithy-protocol is", protocol)


def succeeded(answer, *must):
    """Demands success, an output that its shape allows, and members that must be there: paths such as
    ProjectDescriptions[].Status."""
    demand(answer.error is None, "wanted success, got", answer)
    demand(answer.status == 200, "wanted HTTP status 200, got", answer)
    demand(answer.output["ResponseMetadata"].get("RequestId"), "the answer has no request id")
    found = problems(operation(answer.operation).output_shape, answer.content(), must)
    demand(not found, "the output is wrong:", "; ".join(found[:5]), "in", answer.body[:500].decode(errors="replace"))
    return answer.output


def of_form(answer):
    """Whether an error is about the request's form: it cannot be read, or breaks a constraint of the model."""
    return answer.code == "SerializationException" or (
        answer.code == "ValidationException" and "validation error" in answer.message
    )


def accepted(answer):
    """Demands that a request's form was accepted: success, or an error of the operation's own that is about something
    else."""
    if answer.error is None:
        succeeded(answer)
        return
    demand(not of_form(answer), "wanted acceptance, got", answer)
    demand(answer.code not in faults() and answer.status < 500, "wanted acceptance, got a fault:", answer)
    envelope(answer)
