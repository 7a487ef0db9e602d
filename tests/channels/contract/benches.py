"""Every channel's bench."""

from tests.channels.contract.bench import Bench
from tests.channels.contract.group_robot import GroupRobotBench
from tests.channels.contract.official_account import OfficialAccountBench
from tests.channels.contract.wecom_aibot import LongConnectionBench, UrlModeBench
from tests.channels.contract.wecom_app import WecomAppBench

BENCHES: tuple[type[Bench], ...] = (
    OfficialAccountBench,
    WecomAppBench,
    LongConnectionBench,
    UrlModeBench,
    GroupRobotBench,
)
