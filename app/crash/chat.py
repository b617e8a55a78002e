"""What chats, mail programs and web pages put around what people say: no part of a message that stands above it."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_LINE = 200  # characters; what they put there is shorter

DAY = r"(?:(?:[Tt]oday|[Yy]esterday|(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?)(?: at|,)? )"
# 23.11.2026 · 11/23/2026, · 2026-11-23 · 23.11. · Nov 23rd at · November 23, 2026 at
DATE = (
    r"(?:(?:\d{1,4}[./-]\d{1,2}(?:[./-](?:\d{4}|\d\d)?)?|[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th)?(?:, \d{4})?)"
    r"(?: at|,)? )"
)
CLOCK = r"\d{1,2}:\d\d(?::\d\d)?"
HALF = r"(?: ?[AaPp]\.?[Mm]\.?)"
TIME = rf"{DAY}?{DATE}?{CLOCK}{HALF}?"
# Bob Smith · Bob Smith (he/him) · O'Neill, Jane · deploybot  APP
WORD = r"[^\W\d_][\w.'\u2019-]{0,40},?"
NAME = rf"{WORD}(?: {{1,2}}(?:[^\W\da-z_][\w.'\u2019-]{{0,40}},?|\([\w /.-]{{1,40}}\))){{0,4}}"

# 12:06 PM      Today at 12:06      11/23/2026 12:06 PM
STAMP = re.compile(rf"{TIME}\Z")
NAMED_ABOVE = re.compile(rf"(?:{TIME}|Improve this (?:question|answer))\Z")
SAID_BY = re.compile(rf"{NAME}\Z")
PUT_BELOW = re.compile(
    # Bob Smith  12:06 PM      Bob — Today at 12:06 PM      Bob Smith 23.11. 12:06      Bob, [23.11.2026 12:06]
    rf"{NAME}(?: {{2,4}}| ?\u2014 ?){TIME}\Z|{NAME} (?:{DAY}?{DATE}{CLOCK}{HALF}?|{DAY}?{CLOCK}{HALF})\Z"
    rf"|{NAME},? \[{TIME}\]\Z"
    # [12:06 PM] Bob: which one?      [12:06, 23/11/2026] Bob: which one?      [Monday 12:06 PM] Bob Smith
    rf"|\[{TIME}(?:, [\d./-]{{6,10}})?\]"
    # (edited)      3 replies      Last reply today at 12:10 PM      :+1:
    r"|\(?[Ee]dited\)?\Z|\d{1,4} (?:repl(?:y|ies)|reactions?)\Z|Last reply |View thread\Z|:[\w+-]{1,60}:\Z"
    # —      Reply to this email directly, view it on GitHub      On Mon, Nov 23, 2026 at 12:04 PM Jane wrote:
    r"|\u2014\Z|Reply to this email directly|You are receiving this because "
    r"|(?:On|Am|Le|El|Op) [^\n]{6,120} (?:wrote|schrieb|a \u00e9crit|escribi\u00f3|schreef)\b[^\n]{0,60}:\Z"
    # Sent from my iPhone      From: Jane Doe <jane@example.org>      ---------- Forwarded message
    r"|Sent from my \w|Get Outlook for |Begin forwarded message:"
    r"|(?:From|Von|De): [^\n@]{0,80}@[\w.-]{3,80}>?\Z|-{3,10} ?(?:Original|Forwarded) [Mm]essage"
    # jane commented on Nov 23, 2026      Improve this question      asked Nov 23, 2026 at 12:04
    rf"|@?[\w-]{{1,39}} commented(?: (?:on|\d+|last|yesterday|an?)\b|\Z)|Improve this (?:question|answer)\Z"
    rf"|(?:asked|edited|answered) {DATE}{CLOCK}\Z"
)


def put_below(text: str, below: Sequence[str]) -> bool:
    """Whether this line is put below what was said: a stamp, a footer, or a name that such a line stands `below` of."""
    if len(text) > MAX_LINE:
        return False
    if STAMP.match(text) or PUT_BELOW.match(text):
        return True
    after = below[1:] if below[:1] == ["\u2014"] else below  # Discord's, between the name and the time
    return bool(after) and SAID_BY.match(text) is not None and NAMED_ABOVE.match(after[0][:MAX_LINE]) is not None
