"""Places and teams: the county's own sheets in and out. No chat commands: the operator's command line uses them."""

from bot.chat.feature import Feature
from handlers.places.exports import places, teams

FEATURE = Feature(key="places", commands=(), registers={"places": places, "teams": teams})
