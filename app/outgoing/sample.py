"""News of nothing, to try a subscription with."""

from __future__ import annotations

from app.store.news import News

SAMPLE_REPORT = """\
Traceback (most recent call last):
  File "/srv/example/app.py", line 1, in <module>
    main()
RuntimeError: <this> is a test & `nothing` crashed
"""

SAMPLE = News(
    event="hook.test",
    at="2026-01-01T00:00:00+00:00",
    title="A test of your webhook: nothing crashed",
    verdict="match",
    confidence=0.99,
    signature="example-1",
    package="example",
    version="1.0",
    fixed_in="1.1",
    advice="Upgrade example to 1.1 or later.",
    page="/kb",
    exception="RuntimeError",
    message="<this> is a test & `nothing` crashed",
    fingerprint="v1:test",
    source="example",
    service="example",
    release="1.0",
    environment="test",
    count=1,
    minutes=None,
    diagnosis="00000000000000000000000000",
    first_line=1,
    last_line=4,
)
