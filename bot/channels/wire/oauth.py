"""The link to WeChat's authorization page (网页授权), built by wechatpy: the order of its parameters matters."""

from wechatpy.oauth import WeChatOAuth


def authorize_url(app_id: str, back: str, state: str) -> str:
    """Where a person agrees to be known to us by openid alone; WeChat sends them on to `back`.

    `state`: at most 128 letters and digits.
    """
    oauth = WeChatOAuth(app_id, "", back, scope="snsapi_base", state=state)
    return str(oauth.authorize_url)
