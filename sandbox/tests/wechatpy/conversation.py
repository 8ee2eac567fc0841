"""Talks to a running simulator through the SDK wechatpy 1.8.18: conversation.py http://127.0.0.1:PORT/"""

import http.server
import io
import sys
import threading
import time
import urllib.parse

import requests
from wechatpy import WeChatClient, WeChatClientException, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import APILimitedException
from wechatpy.replies import ImageReply, create_reply
from wechatpy.utils import check_signature

BASE = sys.argv[1]
APP_ID = "wxb11529c136998cb6"
TOKEN = "pamtest"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NEWCOMER = "oAbcDefGhIjKlMnOpQrStUvWxYz1"
PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\0\0\0\x18ftypmp42" + b"z" * 9000


class SimulatorClient(WeChatClient):
    API_BASE_URL = BASE + "cgi-bin/"

    def fetch_access_token(self):  # the SDK's own method has a fixed URL
        return self._fetch_access_token(
            url=self.API_BASE_URL + "token",
            params={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
        )


def control(method, path, **body):
    response = requests.request(method, BASE + "_control/" + path, json=body or None, timeout=30)
    assert response.status_code == 200, (path, response.text)
    return response.json()


def fails_with(errcode, call, *args):
    try:
        call(*args)
    except WeChatClientException as error:
        assert error.errcode == errcode, (error.errcode, errcode)
        return error
    raise AssertionError("no error, expected %d" % errcode)


def tokens():
    fails_with(40125, lambda: SimulatorClient(APP_ID, "wrong").access_token)
    fails_with(40013, lambda: SimulatorClient("gh_1", "sandbox").access_token)
    client = SimulatorClient(APP_ID, "sandbox")
    first = client.access_token
    assert client.access_token == first
    # The SDK gets a new token by itself and repeats the call.
    for action in ("revoke", "expire"):
        before = client.access_token
        control("POST", APP_ID + "/token", action=action)
        client.tag.get()
        assert client.access_token != before
    assert client.misc.get_wechat_ips()


def followers(client):
    control("POST", APP_ID + "/followers", count=10003)
    page = client.user.get_followers()
    assert (page["total"], page["count"]) == (10003, 10000)
    rest = client.user.get_followers(page["next_openid"])
    assert rest["count"] == 3
    assert client.user.get_followers(rest["next_openid"])["count"] == 0
    assert len(set(client.user.iter_followers())) == 10003
    openids = page["data"]["openid"]

    info = client.user.get(openids[0])
    assert (info["subscribe"], info["openid"]) == (1, openids[0]) and "nickname" not in info
    infos = client.user.get_batch(openids[:100])
    assert [info["openid"] for info in infos] == openids[:100]
    fails_with(40032, client.user.get_batch, openids[:101])
    fails_with(40003, client.user.get, "oUnknown")
    client.user.update_remark(openids[0], "备注")
    assert client.user.get(openids[0])["remark"] == "备注"
    fails_with(40092, client.user.update_remark, openids[0], "标" * 11)
    return openids


def tags(client, openids):
    tag = client.tag.create("广东")
    assert tag["name"] == "广东", tag
    tag_id = tag["id"]
    fails_with(45157, client.tag.create, "广东")
    client.tag.update(tag_id, "广东人")
    client.tag.tag_user(tag_id, openids[:50])
    fails_with(40032, client.tag.tag_user, tag_id, openids[:51])
    client.tag.untag_user(tag_id, openids[1:2])
    listed = {tag["id"]: tag for tag in client.tag.get()}
    assert listed[tag_id] == {"id": tag_id, "name": "广东人", "count": 49}, listed
    assert listed[2]["name"] == "星标组"
    assert client.tag.get_user_tag(openids[0]) == [tag_id]
    members = client.tag.get_tag_users(tag_id)
    assert members["count"] == 49 and openids[1] not in members["data"]["openid"]
    assert list(client.tag.iter_tag_users(tag_id)) == members["data"]["openid"]
    fails_with(45058, client.tag.delete, 2)
    client.tag.delete(tag_id)
    assert client.tag.get_user_tag(openids[0]) == []


def blacklist(client, openids):
    client.tag.batch_black_list(openids[:20])
    fails_with(40032, client.tag.batch_black_list, openids[:21])
    assert client.tag.get_black_list()["total"] == 20
    client.tag.batch_unblack_list(openids[:19])
    listed = client.tag.get_black_list()
    assert listed["data"]["openid"] == openids[19:20], listed
    client.tag.batch_unblack_list(openids[19:20])


def limits(client):
    control("PUT", APP_ID + "/profile", quotas={"/cgi-bin/user/get": 1})
    error = fails_with(45009, client.user.get_followers)
    assert isinstance(error, APILimitedException)
    client.post("clear_quota", data={"appid": APP_ID})
    client.user.get_followers()
    control("PUT", APP_ID + "/profile", verified=False)
    fails_with(48001, client.tag.get)
    control("PUT", APP_ID + "/profile", verified=True)


def named(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def media(client):
    image, voice = PNG + b"x" * 5000, b"#!AMR\n" + b"x" * 3000
    uploaded = client.media.upload("image", named("cat.png", image))
    assert uploaded["type"] == "image" and uploaded["created_at"] > 1700000000, uploaded
    response = client.media.download(uploaded["media_id"])
    assert (response.content, response.headers["Content-Type"]) == (image, "image/png")
    assert response.headers["Content-Disposition"] == 'attachment; filename="%s.png"' % uploaded["media_id"]
    voiced = client.media.upload("voice", ("voice.amr", voice, "audio/amr"))
    assert client.media.download(voiced["media_id"]).content == voice
    filmed = client.media.upload("video", named("film.mp4", MP4))
    link = client.media.download(filmed["media_id"])["video_url"]
    assert requests.get(link, timeout=30).content == MP4
    assert client.media.upload_image(named("cat.png", image)).startswith("http://mmbiz.qpic.cn/mmbiz_png/")
    fails_with(40007, client.media.download, "unknown")
    fails_with(40005, client.media.upload, "image", named("cat.txt", b"cat"))
    fails_with(40012, client.media.upload, "thumb", named("big.jpg", b"\xff\xd8\xff" + b"x" * 65536))
    fails_with(44001, client.media.upload, "image", ("cat.png", b""))


def material(client):
    image = client.material.add("image", named("cat.png", PNG + b"y" * 5000))
    assert image["url"].endswith("/0?wx_fmt=png"), image
    assert client.material.get(image["media_id"]).content == PNG + b"y" * 5000
    thumb = client.material.add("thumb", ("thumb.jpg", b"\xff\xd8\xff" + b"x" * 100))["media_id"]
    # The SDK puts the description of a video into the query; WeChat's page asks for a form field.
    video = client.post(
        "material/add_material",
        params={"access_token": client.access_token, "type": "video"},
        data=[("description", '{"title":"片名","introduction":"介绍"}'.encode())],
        files={"media": named("film.mp4", MP4)},
    )["media_id"]
    shown = client.material.get(video)
    assert (shown["title"], shown["description"]) == ("片名", "介绍"), shown
    assert requests.get(shown["down_url"], timeout=30).content == MP4
    counts = client.material.get_count()
    assert counts == {"voice_count": 0, "video_count": 1, "image_count": 1, "news_count": 0}, counts
    listed = client.material.batchget("image")
    assert (listed["total_count"], listed["item"][0]["name"]) == (1, "cat.png"), listed
    client.material.delete(image["media_id"])
    fails_with(40007, client.material.get, image["media_id"])
    return thumb


def drafts(client, thumb):
    article = {"title": "十月", "content": "<p>正文</p>", "thumb_media_id": thumb}
    media_id = client.post("draft/add", data={"articles": [article]})["media_id"]
    # The SDK knows articles of the retired calls only, which have the same shape.
    assert client.material.get(media_id)[0]["title"] == "十月"
    assert client.post("draft/get", data={"media_id": media_id})["news_item"][0]["content"] == "<p>正文</p>"
    assert client.get("draft/count") == {"total_count": 1}
    client.post("draft/delete", data={"media_id": media_id})
    fails_with(40007, client.material.get, media_id)


def menus(client, openids):
    assert client.menu.get() is None
    parent = {"name": "菜单", "sub_button": [{"type": "view", "name": "搜索", "url": "https://example.com/"}]}
    client.menu.create({"button": [{"type": "click", "name": "今日歌曲", "key": "SONG"}, parent]})
    buttons = client.menu.get()["menu"]["button"]
    assert buttons[0] == {"type": "click", "name": "今日歌曲", "key": "SONG", "sub_button": []}, buttons
    assert buttons[1]["sub_button"][0]["url"] == "https://example.com/"
    client.menu.update({"button": buttons})
    current = client.menu.get_menu_info()["selfmenu_info"]["button"]
    assert current[1]["sub_button"]["list"][0]["name"] == "搜索", current
    fails_with(40018, client.menu.create, {"button": [{"type": "click", "name": "名" * 6, "key": "K"}]})
    conditional = client.menu.add_conditional({"button": buttons, "matchrule": {"client_platform_type": "2"}})
    assert client.menu.try_match(openids[0])["button"] == buttons
    client.menu.del_conditional(conditional["menuid"])
    client.menu.delete()
    assert client.menu.get() is None


def messages(client, openids):
    openid = openids[1]
    fails_with(45015, client.message.send_text, openid, "早")
    control("POST", APP_ID + "/push", openid=openid, type="text", content="在吗")
    client.message.send_text(openid, "您好 👨‍👩‍👧")
    image = client.media.upload("image", named("cat.png", PNG + b"z" * 100))["media_id"]
    client.message.send_image(openid, image, account="kf1@gh")
    film = client.media.upload("video", named("film.mp4", MP4))["media_id"]
    client.message.send_video(openid, film, title="片名")
    article = {"title": "题", "description": "述", "url": "http://u", "image": "http://p"}
    fails_with(45008, client.message.send_articles, openid, [article, article])
    client.message.send_articles(openid, [article])
    thumb = client.media.upload("thumb", ("thumb.jpg", b"\xff\xd8\xff" + b"x" * 100))["media_id"]
    client.message.send_music(openid, "http://m", "http://h", thumb)
    fails_with(45047, client.message.send_text, openid, "一句太多")
    fails_with(40003, client.message.send_text, "oUnknown", "谁")
    received = control("GET", APP_ID + "/messages?openid=" + openid)
    assert [message["type"] for message in received] == ["text", "image", "video", "news", "music"], received
    assert received[0]["content"] == {"content": "您好 👨‍👩‍👧"} and received[1]["kf_account"] == "kf1@gh"


class Webhook(http.server.BaseHTTPRequestHandler):
    """A safe-mode webhook written with the SDK's own crypto: answers texts with their text, images with themselves."""

    heard = []

    def do_GET(self):
        query = self.parsed_query()
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        self.answer(query["echostr"])

    def do_POST(self):
        query = self.parsed_query()
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert query["encrypt_type"] == "aes"
        crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        clear = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(clear)
        Webhook.heard.append(message)
        if message.type == "text":
            # The SDK does not split the end of a CDATA section in what it renders.
            reply = create_reply("回：" + message.content.replace("]]>", "]"), message).render()
        elif message.type == "image":
            reply = ImageReply(message=message, media_id=message.media_id).render()
        else:
            return self.answer("success")
        return self.answer(crypto.encrypt_message(reply, query["nonce"], str(int(time.time()))))

    def parsed_query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))

    def answer(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pushes(client, openids):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/wx?account=1" % server.server_address[1]
    for mode in ("safe", "compatible"):
        check = control("PUT", APP_ID + "/webhook", url=url, token=TOKEN, encoding_aes_key=AES_KEY, mode=mode)
        assert check["verified"], check
        for content in ("你好 ]]> 👨‍👩‍👧", "x" * 500):
            answer = control("POST", APP_ID + "/push", openid=openids[0], type="text", content=content)
            assert answer["verdict"] == "reply", answer
            assert parse_message(answer["reply"]).content == "回：" + content.replace("]]>", "]"), answer
            message = Webhook.heard[-1]
            assert (message.source, message.target) == (openids[0], check["original_id"])
            assert (message.content, message.id) == (content, answer["msg_id"])

    def event(**members):
        answer = control("POST", APP_ID + "/push", openid=NEWCOMER, type="event", **members)
        assert answer["verdict"] == "success", answer
        return Webhook.heard[-1]

    assert event(event="subscribe").event == "subscribe"
    scanned = event(event="subscribe", event_key="qrscene_7", ticket="t")
    assert (scanned.event, scanned.scene_id, scanned.ticket) == ("subscribe_scan", "7", "t"), scanned
    click = event(event="CLICK", event_key="键")
    assert (click.event, click.key) == ("click", "键")
    place = event(event="LOCATION", latitude=23.5, longitude=113.25, precision=30)
    assert (place.latitude, place.longitude) == (23.5, 113.25)
    code = event(
        event="scancode_waitmsg", event_key="S", scan_code_info={"scan_type": "qrcode", "scan_result": "1"}
    )
    assert (code.scan_type, code.scan_result) == ("qrcode", "1")
    photos = event(event="pic_weixin", event_key="P", send_pics_info={"count": 1, "pic_list": [{"pic_md5_sum": "5"}]})
    assert (photos.count, photos.pictures) == (1, [{"PicMd5Sum": "5"}]), photos.pictures
    chosen = event(
        event="location_select",
        event_key="L",
        send_location_info={"location_x": "23", "location_y": "113", "scale": "15", "label": "广州", "poiname": ""},
    )
    assert (chosen.location_x, chosen.label) == ("23", "广州")
    finished = event(event="MASSSENDJOBFINISH", msg_id=7, status="send success", total_count=9, sent_count=8)
    assert (finished.id, finished.status, finished.total_count) == (7, "send success", 9), finished
    assert event(event="unsubscribe").event == "unsubscribe"

    answer = control("POST", APP_ID + "/push", openid=openids[0], type="image")
    picture = Webhook.heard[-1]
    assert client.media.download(picture.media_id).content == requests.get(picture.image, timeout=30).content
    assert (answer["shown"], answer["message"]) == (True, {"type": "image", "media_id": picture.media_id}), answer
    answer = control("POST", APP_ID + "/push", openid=openids[0], type="image", media_id="unknown")
    assert (answer["verdict"], answer["shown"]) == ("fault", False), answer
    for kind, members, attribute, value in (
        ("image", {"media_id": "m"}, "media_id", "m"),
        ("voice", {"media_id": "m", "recognition": "词"}, "recognition", "词"),
        ("shortvideo", {"thumb_media_id": "t"}, "thumb_media_id", "t"),
        ("location", {"latitude": 23.5, "longitude": 113.25}, "location", ("23.5", "113.25")),
        ("link", {"url": "http://u", "title": "题"}, "title", "题"),
    ):
        control("POST", APP_ID + "/push", openid=openids[0], type=kind, **members)
        message = Webhook.heard[-1]
        assert message.type == kind and getattr(message, attribute) == value, (kind, message)
    server.shutdown()


if __name__ == "__main__":
    tokens()
    sdk = SimulatorClient(APP_ID, "sandbox")
    everybody = followers(sdk)
    tags(sdk, everybody)
    blacklist(sdk, everybody)
    limits(sdk)
    media(sdk)
    drafts(sdk, material(sdk))
    menus(sdk, everybody)
    messages(sdk, everybody)
    pushes(sdk, everybody)
    print("every part passed")
