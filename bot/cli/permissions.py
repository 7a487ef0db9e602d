"""`permissions`: the table of rights, as every command declares it."""

from bot.cli.session import AsJson, out, out_json


def permissions(as_json: AsJson = False) -> None:
    """A line a command; with `--json` `{"command", "allow": {role: own | place | all}}`, who is not named may not."""
    from bot.chat.permission import row
    from bot.chat.phrases import rights
    from handlers import FEATURES

    commands = [command for feature in FEATURES for command in feature.commands]
    if as_json:
        out_json([{"command": command.name, "allow": row(command.allow)} for command in commands])
        return
    for command in commands:
        out(f"/{command.name}  {rights(row(command.allow))}")
