"""Imitations of the platforms, written from their pages alone. Nothing here imports the bot.

Servers of an HTTP API, each on a free port of loopback between `await start()` (returns its base address)
and `await stop()`; any number of them at once, on one clock (`clock.StandingClock`, moved by `advance`):

    official_api.OfficialApiServer(app_id, app_secret, clock)     公众号 / 服务号: api.weixin.qq.com
    wecom.WeComServer(clock, corp_id="ww…")                       企业微信: qyapi.weixin.qq.com
        app = server.add_app(secret="…", agent_id=1000002)        server.add_member("lihua", "李华")
    webhook.GroupRobotServer(clock)                               群机器人: qyapi.weixin.qq.com
        key = server.add_robot("永续社区连心群", members=["lihua"])   server.remove_robot(key)

What each of them has (`server.ApiServer`):

    server.calls[path]                  how often a path was called (also when a fault or refusal came of it)
    server.inject(path, *faults)        the next calls of `path` fail so, one each (`faults.Fault`)
    server.faults.scatter(path, 0.3, Fault.BUSY, Fault.ANSWER_LOST, seed=7)    each call fails with 30 %
    server.faults.slowness = 30.0       real seconds of SLOW_HEADERS and SLOW_BODY
    fault.took_effect                   whether the platform acts all the same
    server.refused_address = "1.2.3.4"  40164 (公众号, at the token) or 60020 (WeCom), naming the address
    server.invalidate_tokens()          all tokens die at once
    server.token_always_refused = True  for ever `server.token_refusal` (40001; or 42001, 40014)
    server.ledger                       every message: `ledger.Entry(at, to, kind, content, outcome, code, reason)`
        .delivered(to) .dropped(to) .refused(to) → entries    .contents(to) → texts delivered, in order
        .counts() → Counter of (to, content) delivered        .over_limits() → what broke a limit of the platform

A clock that stands keeps every window as full as it is: move it, share it with the bot whose pacing is watched,
or let both live by `clock.WallClock`. `caller.Caller(server.base)` makes raw calls; `server.answer(method, call)`
does so without the wire.

A message with several recipients has an entry for each. A surplus that the platform drops in silence is
answered with errcode 0 and stands in the ledger as dropped.

The half that calls our callback back (`sender.Sender`): signed and sealed by `seal`, with real patience of
5 s (`patience=`) and three attempts, 1 s for the test of an address:

    official_account.OfficialAccountPlatform(account, clock)   `.api` is its OfficialApiServer
    wecom_sender.WeComSender(account, server)                  XML of a WeCom app; `.card_click(...)`
        xml = p.message("openid", Content="…"); outcome = await p.deliver(url, xml)
        await p.deliver_at_once(url, xml, copies=3); await p.verify_url(url); p.request(xml, timestamp=…)
        await p.deliver_events(url)     what the platform itself has to tell, TEMPLATESENDJOBFINISH among it
    outcome.text / .fault / .reply / .attempts      what the person sees, or why they see an error
    p.press("openid", "menu button"), p.scan("openid", ticket), p.api.oauth.authorize(link, "openid")
    hostile.requests(p, "openid", "/心愿 …")     (name, Request): queries and bodies that must change nothing
    hostile.oddities(p, "openid")              (name, XML): strange, but real
    await p.call(method, url, query)           for each of `hostile.METHODS`

A card sent with message/send stands in `server.messages.cards[agent_id, task_id]`; `server.messages.screen(
app, task_id, userid)` is what a member sees now. `server.refuse(path, code, times=1)`: that errcode next.
`webhook.GroupRobotServer.mentioned`: whose phones rang.

The intelligent robot is in `aibot` and `aibot_url`, on the same clock and the same faults.
"""
