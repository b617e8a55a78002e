"""One pattern for each kind of line a traceback can have, a sample line above each; all linear in the line's length.

The source of the forms is CPython's `traceback.py` (2.7 and 3.6 to 3.14) and PEP 654 for exception groups.
"""

from __future__ import annotations

import re

# Traceback (most recent call last):
#   + Exception Group Traceback (most recent call last):
HEADER = re.compile(r"(?:\+ )?(?:Exception Group )?Traceback \((?:most recent call last|innermost last)\):?\s*\Z")

#   File "/srv/app/main.py", line 12, in <module>
FRAME = re.compile(r'File "(?P<file>[^\n]*?)", line (?P<line>\d{1,9})(?:, in (?P<function>[^\n]*?))?\s*\Z')

# 38\lib\site-packages\mkdocs\commands\serve.py", line 58, in _livereload      (its start was cut off)
CUT_FRAME = re.compile(r'(?P<file>[^"\n]{1,400})", line (?P<line>\d{1,9}), in (?P<function>[\w<>.]{1,200})\s*\Z')

#     ~~~^^^~~~
CARETS = re.compile(r"\s*+[~^][\s~^]*+\Z")

#   [Previous line repeated 996 more times]
REPEATED = re.compile(r"\[Previous line repeated (?P<times>\d{1,9}) more times?\]\s*\Z")

#     ...            [...]            … 12 frames hidden …            <snip>
ELIDED = re.compile(
    r"(?:\[?\(?(?:\.{3,}|\u2026)\)?\]?(?: ?[\w ]{1,40}(?:frames?|lines?)[\w ]{0,40}(?:\.{3}|\u2026)?)?"
    r"|<snip>|-{1,9} ?snip ?-{1,9})\s*\Z"
)

# The above exception was the direct cause of the following exception:
CAUSE = re.compile(r"The above exception was the direct cause of the following exception:\s*\Z")

# During handling of the above exception, another exception occurred:
CONTEXT = re.compile(r"During handling of the above exception, another exception occurred:\s*\Z")

# pydantic.errors.PydanticImportError: `BaseSettings` has been moved ...
# KeyboardInterrupt
# test_orders.<locals>.Broken: made in a function
EXCEPTION = re.compile(r"(?P<type>[^\W\d][\w.]{0,300}(?:<locals>\.[\w.]{1,200}){0,9})(?::(?: (?P<message>.*))?)?\Z")

# The same, but surely an exception by its name: used where anything could stand.
NAMED_EXCEPTION = re.compile(
    r"(?P<type>(?:[^\W\d]\w{0,100}\.){0,12}[A-Z]\w{0,100}?"
    r"(?:Error|Exception|Warning|Interrupt|SystemExit|StopIteration|ExceptionGroup|Fault|Timeout|DoesNotExist|NotFound))"
    r"(?::(?: (?P<message>.*))?)?\Z"
)
# 10:00:00 ERROR [shop] AttributeError: module 'PIL.Image' has no ...
LATE_EXCEPTION = re.compile(
    r"(?<![\w.])(?P<type>(?:[^\W\d]\w{0,60}\.){0,6}[A-Z]\w{0,60}(?:Error|Exception)): (?P<message>\S.*)\Z"
)
SHORT_NAMES = re.compile(
    r"(?P<type>SystemExit|StopIteration|StopAsyncIteration|GeneratorExit|KeyboardInterrupt)"
    r"(?::(?: (?P<message>.*))?)?\Z"
)

#   | Traceback (most recent call last):            (a line inside an exception group)
GROUP_BODY = re.compile(r"(?P<margin> *)\| ?(?P<text>.*)\Z")
#   +-+---------------- 1 ----------------
GROUP_OPEN = re.compile(r"(?P<margin> *)\+-\+-{8,} (?:\d+|\.\.\.) -{8,}\s*\Z")
#     +---------------- 2 ----------------
GROUP_NEXT = re.compile(r"(?P<margin> *)\+-{8,} (?:\d+|\.\.\.) -{8,}\s*\Z")
#     +------------------------------------
GROUP_CLOSE = re.compile(r"(?P<margin> *)\+-{20,}\s*\Z")
#   + Exception Group Traceback (most recent call last):
GROUP_HEADER = re.compile(r"(?P<margin> *)\+ Exception Group Traceback \(most recent call last\):\s*\Z")

# Lines that stand directly above a traceback and say where it came from.
#   Exception in thread Thread-1:      Task exception was never retrieved      future: <Task finished ...>
#   Exception ignored in: <function ...>      Accept failed on a socket      Process SpawnProcess-1:
INTRODUCTIONS = (
    *("Exception in thread", "Exception in callback", "Exception in default exception handler"),
    *("Exception in ASGI application", "Exception in WSGI"),
    *("Task exception was never retrieved", "Future exception was never retrieved"),
    *("future: ", "handle: ", "task: ", "protocol: ", "transport: ", "socket: ", "source_traceback: ", "object: "),
    *("message: ", "exception: "),
    *("Exception ignored in", "Exception ignored on", "Exception ignored while", "Exception ignored from"),
    *("Unhandled exception", "Unhandled error", "unhandled exception", "Accept failed on a socket"),
    *("Fatal read ", "Fatal write ", "Fatal error ", "Error in atexit", "Error in sys.", "Error processing line"),
    *("--- Logging error ---", "Error on request", "Internal Server Error", "Original exception was:"),
)
PROCESS = "Process "
INTRODUCTION = re.compile(rf"{'|'.join(map(re.escape, INTRODUCTIONS))}|{PROCESS}\S+:\Z")

# A new line of a log, a prompt, a fence: not part of a message that runs over several lines.
#   2026-11-22 10:00:00,123 INFO ...    [22/Nov/2026 ...    Nov 22 10:00:00 ...    INFO:     Started ...
#   127.0.0.1 - -      <11>...    ```    $ pip list    >>>    PS C:\>    user@host:~$    ========    {"level": ...
#   ##[error]Process completed with exit code 1.    [end of output]    python-BaseException
#   at org.apache.spark.api.python.PythonRunner.compute(PythonRunner.scala:95)
LOG_LINE = re.compile(
    r"(?:\[?\(?\d{4}[-/.]\d\d[-/.]\d\d|\[?\d{1,2}[:/]\d\d[:/]\d\d|\[?\d{1,2}/[A-Z][a-z]{2}/\d{4}"
    r"|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:"
    r"|[\[(<]?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|TRACE)\b[\])>]?\s*[:|\[\] -]"
    r"|\d{1,3}(?:\.\d{1,3}){3}[ :]|<\d{1,3}>|```|~~~"
    r"|(?:\$|>>>|PS [A-Z]:|[A-Z]:\\[^>]{0,200}>|\S{1,60}@\S{1,60}:[^\s$#]{0,200}[$#])\s?"
    r"|={8,}|-{8,}|\{\"|##\[[a-z]{1,20}\]|\[end of output\]|python-BaseException\Z"
    r"|at [\w.$<>]{1,300}\([^()\n]{1,200}\)\Z)"
)
# The level of a log line: words before it are of a logger, whose lines of two levels come from one process.
LEVEL = re.compile(r"\b(?:trace|debug|info|notice|warn|warning|error|critical|fatal)\b", re.IGNORECASE)
# What a worker process sent along stands between two such lines.
QUOTES = ('"""', "'''")

# A message may go on after an empty line when the next line says so.
#   For further information visit https://...       (Background on this error at: ...)       [SQL: ...]
CONTINUED = re.compile(r"\s+\S|For further information|\(Background|\[SQL|\[parameters|If you |More information|See ")


def exception_line(text: str) -> tuple[str, str] | None:
    """The name and message, when this line, its indentation off, can be the one that names the exception."""
    if LOG_LINE.match(text):
        return None
    found = EXCEPTION.match(text)
    if found is None or (found["message"] is None and found["type"].islower() and "." not in found["type"]):
        return None
    return found["type"], found["message"] or ""
