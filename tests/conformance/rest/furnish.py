"""Furnishes an account, so that generated requests meet what is there, and prints the ids as JSON, by kind.

    python furnish.py URL SIMULATOR ACCOUNT TOKEN
"""

import json
import sys
import urllib.request
import uuid

JPEG = b"\xff\xd8\xff\xe0" + bytes(24) + b"\xff\xd9"
MP3 = b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x44" + bytes(50)
MP4 = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\0\x10mdat" + bytes(8)
APP = "wxde000000000000de"

url, simulator, account, token = sys.argv[1:]


def send(address, body, content_type, headers=()):
    request = urllib.request.Request(address, body, {"Content-Type": content_type, **dict(headers)})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def rest(path, body=None, content_type="application/json"):
    """`POST` with a body, `GET` without; the envelope's `data`."""
    answer = send(f"{url}/v1/{account}/{path}", body, content_type, {"Authorization": f"Bearer {token}"}.items())
    if answer["code"] != 200:
        sys.exit(f"{path}: {answer}")
    return answer["data"]


def post(path, **members):
    return rest(path, json.dumps(members).encode())


def upload(path, name, content):
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return rest(path, body, f"multipart/form-data; boundary={boundary}")["id"]


def several(make, count=8):
    """Things to read and to change, and as many to be deleted."""
    made = [make(number) for number in range(count)]
    return {"kept": made[: count // 2], "spare": made[count // 2 :]}


room = {"accounts": {"kept": [account]}}
room["followers"] = {"kept": [follower["openid"] for follower in rest("user?group=-1&size=4")["user"]]}
room["groups"] = several(lambda number: post("group", name=f"group {number}"))
post("user/add", openid=room["followers"]["kept"][0], group_id=room["groups"]["kept"][0])
room["texts"] = {"kept": [post("text", content="你好")]}
room["images"] = several(lambda number: upload("image", f"{number}.jpg", JPEG))
room["voices"] = several(lambda number: upload("voice", f"{number}.mp3", MP3))
room["videos"] = several(lambda number: upload("video/upload", f"{number}.mp4", MP4))
for video in room["videos"]["kept"]:
    post(f"video/{video}", title="film", description="about it")
room["covers"] = {"kept": [upload("news/image", "cover.jpg", JPEG)]}
article = {"title": "news", "image_id": room["covers"]["kept"][0], "content": "<p>news</p>"}
room["news"] = several(lambda number: post("news/single", **article))
materials = {
    "text": room["texts"]["kept"][0],
    "image": room["images"]["kept"][0],
    "voice": room["voices"]["kept"][0],
    "video": room["videos"]["kept"][0],
    "news": room["news"]["kept"][0],
}
reply = {"reply_type": "text", "reply_id": materials["text"]}


def rule(name, *keywords):
    return post("keyword", rule_name=name, keyword=[{"content": word, "fuzzy": "1"} for word in keywords], **reply)


room["rules"] = several(lambda number: rule(f"rule {number}", f"keyword {number}"))
rule("__subscribe")
rule("__default")

# The fetch of a menu brings back what was published, and nothing else.
room["buttons"] = several(lambda number: post("menu", parent_id="0", name=f"b{number}", sequence=number), count=2)
for button in sum(room["buttons"].values(), []):
    post("menu/bind", menu_id=button, **reply)
rest("menu/publish", b"")

for push in [
    {"type": "text", "content": "keyword 0"},
    {"type": "image", "pic_url": "http://127.0.0.1/a.jpg", "media_id": "a"},
    {"type": "voice", "media_id": "b", "format": "amr", "recognition": "hello"},
    {"type": "video", "media_id": "c", "thumb_media_id": "d"},
    {"type": "location", "latitude": 23.1, "longitude": 113.3, "scale": 20, "label": "here"},
    {"type": "link", "title": "link", "description": "about it", "url": "http://127.0.0.1/"},
]:
    body = json.dumps({"openid": room["followers"]["kept"][0], **push}).encode()
    answer = send(f"{simulator}/_control/{APP}/push", body, "application/json")
    if answer["status"] != 200:
        sys.exit(f"{push}: {answer}")
for kind, material in materials.items():
    post("masssend/send", group_id="-1", msg_type=kind, msg_id=material)
room["sends"] = {"kept": [send["id"] for send in rest("masssend")["message"]]}

print(json.dumps({"room": room, "materials": materials}))
