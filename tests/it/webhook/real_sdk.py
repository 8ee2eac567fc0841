"""Deliveries that the Python SDK wechatpy encrypts, and replies that it decrypts and reads.

Arguments: the webhook's address, its token, its EncodingAESKey, the app id, and the text of the expected reply.
"""

import http.client
import sys
import time
import urllib.parse
import xml.etree.ElementTree

from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

address, token, key, app_id, expected = sys.argv[1:]
crypto = WeChatCrypto(token, key, app_id)
at = urllib.parse.urlsplit(address)


def deliver(message, nonce, timestamp=None, clear=""):
    timestamp = str(timestamp or int(time.time()))
    encrypted = crypto.encrypt_message(message, nonce, timestamp)
    outer = xml.etree.ElementTree.fromstring(encrypted)
    query = urllib.parse.urlencode(
        {
            "signature": "0" * 40,
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": outer.findtext("MsgSignature"),
        }
    )
    body = f"<xml>{clear}<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><Encrypt><![CDATA[{outer.findtext('Encrypt')}]]></Encrypt></xml>"
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    connection.request("POST", f"{at.path}?{query}", body.encode(), {"Content-Type": "text/xml"})
    response = connection.getresponse()
    return response.status, response.read().decode()


def text(content, number):
    return (
        "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oPython]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content><MsgId>{number}</MsgId></xml>"
    )


# Texts of every length modulo the block, so that every padding occurs.
for length in range(70):
    status, answer = deliver(text("啊" + "x" * length, 24123456789012345 + length), f"n{length}")
    assert status == 200, (status, answer)
    outer = xml.etree.ElementTree.fromstring(answer)
    found = {name: outer.findtext(name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    inner = crypto.decrypt_message(answer, found["MsgSignature"], found["TimeStamp"], found["Nonce"])
    reply = parse_message(inner)
    assert reply.content == expected, (length, reply.content)
    assert (reply.source, reply.target) == ("gh_0123456789ab", "oPython"), inner

# What stands in clear beside it, as in compatible mode, is not what counts.
status, answer = deliver(text("真的", 7), "n", clear="<Content>假的</Content>")
assert status == 200, (status, answer)
# An event to which there is nothing to say is acknowledged in clear.
event = (
    "<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oPython</FromUserName>"
    f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType><Event>VIEW</Event><EventKey>http://a</EventKey></xml>"
)
assert deliver(event, "n") == (200, "success")

# Another key, and an old timestamp.
crypto = WeChatCrypto(token, "b" * 43, app_id)
assert deliver(text("x", 8), "n") == (403, "invalid signature")
crypto = WeChatCrypto(token, key, app_id)
assert deliver(text("x", 9), "n", int(time.time()) - 3600) == (403, "invalid signature")

# The address check.
timestamp, nonce = str(int(time.time())), "n"
from wechatpy.utils import WeChatSigner

signer = WeChatSigner()
signer.add_data(token, timestamp, nonce)
check_signature(token, signer.signature, timestamp, nonce)
try:
    check_signature(token, "0" * 40, timestamp, nonce)
    raise SystemExit("a wrong signature was taken")
except InvalidSignatureException:
    pass
query = urllib.parse.urlencode({"signature": signer.signature, "timestamp": timestamp, "nonce": nonce, "echostr": "42"})
connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
connection.request("GET", f"{at.path}?{query}")
assert connection.getresponse().read() == b"42"
print("every part passed")
