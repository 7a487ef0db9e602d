"""Of what kind a wish is by its words: what people in villages say, a line each."""

import pytest

from handlers.wishes.guess import kind_of
from storage.wish_states import Kind

SAID = {
    Kind.GOODS: """
        想要手电筒 想要一把雨伞 缺雨伞 想要水桶 要铁锨 家里缺铁锨 需要一个尿盆 想要棉拖鞋
        老人要个暖壶 孩子缺铅笔 想要一口铁锅 急需纸尿裤 想得到一台血压计 想要护膝 想买高压锅
        缺个电饭锅 需要轮椅 想要一桶油，两袋面 想要个好点的书桌 盼着有台洗衣机 想要雨靴，下地穿
        想要手电筒，晚上走夜路 独居老人想要一台收音机，听戏解闷 上学的孩子缺一个书包
        家里没有暖壶，想要暖壶 老两口想要热水袋 要一副老花镜 想要几只鸡苗 想要菜种子 想换一双棉鞋
        门口想要感应灯
    """,
    Kind.SERVICE: """
        想请人修一修电视机 屋顶漏雨，想修屋顶 想理发 想要理发 需要打扫屋子 腿脚不便，想请人代买药
        要搬家，没人手 水管堵了，想疏通下水道 想要换灯泡 想要装一个扶手 需要接送看病 想要照张全家福
        地里要收玉米，没人手 想请人帮着写春联 帮忙安装热水器
    """,
    Kind.COMPANY: """
        想有人陪着聊聊天 老人想有人说说话 想要个人陪着说说话 想有人来看看 想找人下棋，有下棋的人吗
        盼人来唠唠嗑 想有人陪去赶集
    """,
    Kind.SKILL: """
        想学用智能手机 想要学电焊 孩子想要人辅导作业 需要补课 想请人教怎么用微信 想要教做豆腐
    """,
    Kind.UNKNOWN: """
        好人一生平安 想要去北京看看天安门 想要回老家一趟 想要找工作 想要见见儿子 不要东西
        只要大家平安 需要钱看看 想要办低保 想要参加合唱队 急需用钱 想要平安 想要爸爸妈妈
        想要热闹热闹 想要散步 急需输血 需要照顾 需要做手术 需要手术费 想要补助
        需要低保 要上学了 需要志愿者 想要个对象
    """,
}


@pytest.mark.parametrize(
    ("kind", "words"), [(kind, each) for kind, said in SAID.items() for each in said.split()]
)
def test_kind(kind: Kind, words: str) -> None:
    assert kind_of(words) is kind
