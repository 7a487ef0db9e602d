"""What comes of bringing a sheet in: what was added and changed, row by row, and what is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a cell or a row."""

    NO_TOWN = "no_town"
    NO_VILLAGE = "no_village"
    NO_PLOT = "no_plot"
    NO_TEAM = "no_team"
    NO_NAME = "no_name"
    NO_PERSON = "no_person"
    BAD_NAME = "bad_name"
    BAD_NUMBER = "bad_number"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_AREA = "unknown_area"
    UNKNOWN_PLACE = "unknown_place"
    SEVERAL_PLACES = "several_places"
    MISPLACED = "misplaced"
    CIRCLE = "circle"
    OTHERWISE_KNOWN = "otherwise_known"
    KIND_OTHERWISE = "kind_otherwise"
    ELSEWHERE = "elsewhere"
    NOT_A_TOWN = "not_a_town"
    OTHER_TOWN = "other_town"
    HOUSEHOLDS_TEXT = "households_text"
    HOUSEHOLDS_RANGE = "households_range"
    PLOT_TWICE = "plot_twice"
    PLOT_IN_TWO_VILLAGES = "plot_in_two_villages"
    PLOT_TWO_TEAMS = "plot_two_teams"
    PLOT_HAS_TEAM = "plot_has_team"
    TEAM_TWICE = "team_twice"
    TWO_LEADERS = "two_leaders"
    LEADER_NOT_MEMBER = "leader_not_member"
    HELD_BACK = "held_back"
    PERSON_TWICE = "person_twice"
    PERSON_NAME = "person_name"
    NAME_WITH_DIGITS = "name_with_digits"
    IDENTITY_NUMBER = "identity_number"
    PHONE_AS_NAME = "phone_as_name"
    BAD_PHONE = "bad_phone"
    DUTY_COUNT = "duty_count"
    SEVERAL_MEMBERS = "several_members"
    FORMULA = "formula"
    ERROR_VALUE = "error_value"
    DATE = "date"
    MERGED_ACROSS = "merged_across"
    MERGED_DOWN = "merged_down"
    HIDDEN_ROW = "hidden_row"
    UNKNOWN_ROLE = "unknown_role"
    NO_PLACE = "no_place"
    SEVERAL = "several"
    TAKEN = "taken"
    BAD_DAY = "bad_day"
    BAD_ACCOUNT = "bad_account"
    ACCOUNT_TAKEN = "account_taken"
    NO_CORPORATION = "no_corporation"
    NO_CONTENT = "no_content"
    TOO_LONG = "too_long"
    NOT_ADMITTED = "not_admitted"
    UNKNOWN_WISH_KIND = "unknown_wish_kind"
    UNKNOWN_AGE = "unknown_age"
    UNKNOWN_URGENCY = "unknown_urgency"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_CONSENT = "unknown_consent"
    UNKNOWN_ANSWER = "unknown_answer"
    UNKNOWN_PERSON = "unknown_person"
    SEVERAL_PEOPLE = "several_people"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_TEAM = "unknown_team"
    UNKNOWN_WISH = "unknown_wish"
    NOT_NEW = "not_new"
    BAD_MOMENT = "bad_moment"
    AHEAD = "ahead"
    NO_NUMBER = "no_number"
    BAD_WISH_NUMBER = "bad_wish_number"
    NUMBER_TWICE = "number_twice"
    STATE_ASKS = "state_asks"
    STATE_FORBIDS = "state_forbids"
    OTHERWISE = "otherwise"
    TOO_EARLY = "too_early"
    MAY_NOT_CLAIM = "may_not_claim"
    NO_GUARDIAN = "no_guardian"
    MERGE_CIRCLE = "merge_circle"
    MERGED_INTO_BAD = "merged_into_bad"


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` as the person sees it in their file, `column` its letter ("" for the whole row); `other`: the row
    it does not agree with.
    """

    row: int
    column: str
    fault: Fault
    value: str = ""
    other: int = 0


class What(StrEnum):
    """What differs from what is kept."""

    MOVED = "moved"
    HOUSEHOLDS = "households"
    AREA = "area"
    TEAM_MOVED = "team_moved"
    TEAM_NUMBER = "team_number"
    TEAM_NAME = "team_name"
    LEADS = "leads"
    DUTY = "duty"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Change:
    """`subject`: the plot's number, the team's, or the member's name."""

    row: int
    what: What
    subject: str
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Outcome:
    """`new`: how many of each noun were put in. `added`, `same`: first rows of what is new and of what stood;
    `first`: further row → the first row of the same.
    """

    new: Counter[str] = field(default_factory=Counter)
    added: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)

    @property
    def changed(self) -> set[int]:
        """First rows of what stood otherwise."""
        return {change.row for change in self.changes} - self.added

    @property
    def bad(self) -> set[int]:
        return {problem.row for problem in self.problems}


class Undone(Exception):
    """Nothing was written: a dry run, or a sheet with wrong rows that nobody said to skip."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{len(outcome.problems)} problems")
        self.outcome = outcome


def settled(outcome: Outcome, *, dry_run: bool, skip_bad: bool) -> Outcome:
    """The outcome, if it is to stand. Raises `Undone`, on which the transaction is rolled back."""
    outcome.problems.sort(key=lambda problem: (problem.row, len(problem.column), problem.column))
    if dry_run or (outcome.problems and not skip_bad):
        raise Undone(outcome)
    return outcome
