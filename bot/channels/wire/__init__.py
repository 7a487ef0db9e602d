"""What travels between us and WeChat: signatures, sealed envelopes, XML, callbacks, the outgoing API.

The only room that imports wechatpy. It knows no handler and keeps nothing on disk.
"""
