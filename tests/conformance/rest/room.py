"""Leads generated requests to what is there: most get the ids that `furnish.py` printed, and most uploads a real file.

Which, is decided by what was generated, so that one seed gives one run. Texts are replaced only, so that a value of a
wrong type stays what it is.
"""

import json
import os
import zlib
from pathlib import Path

import schemathesis
from schemathesis.transport.requests import REQUESTS_TRANSPORT, multipart_serializer

FURNISHED = json.loads(Path(os.environ["ODAESAN_REST_ROOM"]).read_text())
ROOM, MATERIALS = FURNISHED["room"], FURNISHED["materials"]

# What the `{id}` of a path is, by the path where it differs from its neighbours', else by the document.
OF_PATH = {
    "/v1/bind/refresh/{id}": "accounts",
    "/v1/{infoId}/group/{id}": "groups",
    "/v1/{infoId}/user/{id}": "followers",
    "/v1/{infoId}/user/groups/{id}": "followers",
}
OF_TAG = {"keywords": "rules", "menu": "buttons", "mass_sends": "sends"}
OF_MEMBER = {
    "group": "groups",
    "group_id": "groups",
    "id": "accounts",
    "image_id": "covers",
    "infoId": "accounts",
    "menu_id": "buttons",
    "openid": "followers",
    "parent_id": "buttons",
}
# Names of materials beside those of `furnish.py`, and what else a button can show.
MATERIALS |= {"mpnews": MATERIALS["news"], "mpvideo": MATERIALS["video"], "music": MATERIALS["voice"]}
MATERIALS["link"] = "http://127.0.0.1/"
WORDS = {"app_id": "wxde000000000000de", "app_secret": "sandbox", "encoding_aes_key": "0123456789" * 4 + "012"}

JPEG = b"\xff\xd8\xff\xe0" + bytes(24) + b"\xff\xd9"
FILES = {
    "images": ("file.jpg", JPEG),
    "news": ("file.jpg", JPEG),
    "voices": ("file.mp3", b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x44" + bytes(50)),
    "videos": ("file.mp4", b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\0\x10mdat" + bytes(8)),
}


@schemathesis.hook
def map_case(context, case):
    """Replaces the ids of seven requests of eight, and the files of three uploads of four."""
    seed = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "surrogatepass"))
    if seed % 8 == 0:
        return case
    operation = context.operation
    is_group = operation.path.endswith("/group/{id}")
    # A group is deleted by PUT, too.
    part = "spare" if operation.method == "delete" or (is_group and operation.method == "put") else "kept"
    for name in case.path_parameters or {}:
        kind = OF_PATH.get(operation.path) or OF_TAG.get(operation.tags[0], operation.tags[0])
        kind = OF_MEMBER[name] if name == "infoId" else kind
        case.path_parameters[name] = one_of(ROOM[kind].get(part, ROOM[kind]["kept"]), seed)
    replace(case.query, seed, is_body=False)
    for members in case.body if isinstance(case.body, list) else [case.body]:
        replace(members, seed, is_body=True)
    is_right = case.meta is None or case.meta.generation.mode.is_positive
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict) and is_right and seed % 4:
        case.body["file"] = FILES[operation.tags[0]][1]
    return case


def one_of(values, seed):
    return values[seed // 8 % len(values)]


def replace(members, seed, is_body):
    """Gives members that are texts a value that means something: an id, or, in a body, any text for an empty one."""
    if not isinstance(members, dict):
        return
    # The id of an article is one of the news that is replaced, or none.
    members.pop("article_id", None)
    for name, value in members.items():
        if isinstance(value, list) and name == "openid":
            members[name] = [one_of(ROOM["followers"]["kept"], seed) if isinstance(it, str) else it for it in value]
        elif not isinstance(value, str):
            continue
        elif name in ("reply_id", "msg_id"):
            kind = members.get(name.replace("_id", "_type"))
            members[name] = MATERIALS.get(kind, value) if isinstance(kind, str) else value
        elif name in WORDS:
            members[name] = WORDS[name]
        elif name in OF_MEMBER:
            known = ROOM[OF_MEMBER[name]]["kept"]
            members[name] = one_of([*known, "0"] if name in ("group", "group_id", "parent_id") else known, seed)
        elif is_body and not value.strip():
            members[name] = f"text {seed}"


@REQUESTS_TRANSPORT.serializer("multipart/form-data")
def form(context, value):
    """A form whose real files have the names that go with their content."""
    sent = multipart_serializer(context, value)
    names = {content: name for name, content in FILES.values()}
    if sent.get("files"):
        sent["files"] = [
            (part, (names[file[1]], *file[1:]) if isinstance(file[1], bytes) and file[1] in names else file)
            for part, file in sent["files"]
        ]
    return sent
