"""What `/v1` promises beyond its OpenAPI document, as checks for schemathesis.

The HTTP status of a documented route is 200 whatever comes of it, and the envelope's `code` tells; with
`--rest-status mirror` both say the same. So the checks here look at the code, and hold in either mode.
"""

import json
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, urlsplit

import schemathesis

# WeChat refused, or could not be reached: the simulator does as WeChat would, and that is no defect.
UPSTREAM = 502
BOOLEANS = {"0", "1", "true", "false", "yes", "no"}


def envelope(response):
    """The envelope; `None` for the answer of a download."""
    if not response.headers.get("content-type", [""])[0].startswith("application/json"):
        return None
    return json.loads(response.content)


@schemathesis.check
def no_defect_in_the_envelope(ctx, response, case):
    """The envelope's code is no 5xx, and agrees with the status where that says something."""
    answer = envelope(response)
    if answer is None:
        assert response.status_code in {200, 206, 304, 412, 416}, f"no envelope, status {response.status_code}"
        return
    code = answer["code"]
    assert code < 500 or code == UPSTREAM, f"a defect: {answer}"
    assert response.status_code in {200, code}, f"status {response.status_code} with code {code}"
    assert "x-request-id" in response.headers, "no request id"


@schemathesis.check
def refuses_what_it_promises_to_refuse(ctx, response, case):
    """What is of no use even to the lenient adapter (README, "What a client should know") is not accepted."""
    answer = envelope(response)
    if answer is None or answer["code"] >= 400:
        return
    fault = fault_of(case.operation.definition.raw, case.operation.schema.raw_schema, response.request)
    assert fault is None, f"accepted with code {answer['code']}, though {fault}"


@schemathesis.check
class EveryRouteSucceeds:
    """Every operation has succeeded at least once, so that its success was held against the document, too."""

    def __init__(self, excused=()):
        self.asked, self.succeeded = set(), set(excused)

    def after_response(self, ctx, response, case):
        answer = envelope(response)
        self.asked.add(case.operation.label)
        if answer is None or answer["code"] == 200:
            self.succeeded.add(case.operation.label)

    def after_run(self, ctx):
        never = sorted(self.asked - self.succeeded)
        assert not never, f"never succeeded: {', '.join(never)}"


def fault_of(operation, document, request):
    """What a request lacks of what the operation needs, as leniently as the adapter reads it; `None` if nothing."""
    query = {}
    for name, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        query[name] = value
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            value = query.get(parameter["name"])
            fault = fault_in(value, parameter["schema"], document, parameter["required"], is_text=True)
            if fault:
                return f"{parameter['name']}: {fault}"
    body = operation.get("requestBody")
    if body is None:
        return None
    content = request.body or b""
    content = content.encode() if isinstance(content, str) else content
    [(media_type, media)] = body["content"].items()
    if not content:
        # Members may stand in the query instead, but for a body that is one value.
        missing = [name for name in media["schema"].get("required", []) if name not in query]
        needed = "properties" not in media["schema"] or missing
        return "the body is missing" if body["required"] and needed else None
    if media_type == "multipart/form-data":
        return fault_in_form(content, request.headers.get("Content-Type", ""), media["schema"])
    try:
        value = json.loads(content)
    except ValueError:
        return "the body is no JSON"
    if isinstance(value, dict) and "properties" in media["schema"]:
        value = {**value, **query}
    return fault_in(value, media["schema"], document, body["required"])


def fault_in_form(content, content_type, schema):
    """A form needs its files as parts with a file name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + content)
    files = {part.get_param("name", header="content-disposition") for part in form.iter_parts() if part.get_filename()}
    missing = [name for name in schema.get("required", []) if name not in files]
    return f"{missing[0]}: no file" if missing else None


def fault_in(value, schema, document, required=True, is_text=False):
    """Why a value cannot be what the schema means; `None` if it can."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    kind = schema.get("type")
    is_plain_text = kind == "string" and "enum" not in schema
    if value is None or (isinstance(value, str) and not value.strip() and not is_plain_text):
        return "missing" if required else None
    if kind == "array":
        elements = value if isinstance(value, list) else [value]
        return next(filter(None, (fault_in(element, schema["items"], document) for element in elements)), None)
    if kind == "object":
        if not isinstance(value, dict):
            return "no object"
        faults = (
            (name, fault_in(value.get(name), member, document, name in schema.get("required", [])))
            for name, member in schema["properties"].items()
        )
        return next((f"{name}: {fault}" for name, fault in faults if fault), None)
    if isinstance(value, (list, dict)):
        return f"no {kind}"
    text = value if isinstance(value, str) else json.dumps(value)
    word = text.strip().lower()
    if kind == "integer":
        return None if is_integer(word) else "no integer"
    if kind == "boolean":
        return None if word in BOOLEANS else "no boolean"
    if "enum" in schema:
        return None if word in map(str.lower, schema["enum"]) else "none of the words"
    return None


def is_integer(text):
    """GraphQL's `Int`, also written as a decimal number without fraction."""
    try:
        number = float(text)
    except ValueError:
        return False
    return number.is_integer() and -(2**31) <= number < 2**31
