"""The audit register: what is written there is sealed a few minutes later."""

from bot.chat.feature import Feature
from handlers.audit import jobs

FEATURE = Feature(key="audit", commands=(), jobs={"audit_seal": jobs.seal})
