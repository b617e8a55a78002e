"""Where a printed path belongs: which module, and whose."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crash.model import Owner
from app.crash.origin import locate

Linear = Callable[[Callable[[int], object]], None]

PACKAGE = [
    ("/usr/local/lib/python3.11/site-packages/uvicorn/main.py", "uvicorn.main"),
    ("/srv/shop/.venv/lib/python3.9/site-packages/flask/__init__.py", "flask"),
    ("/usr/lib/python3/dist-packages/requests/adapters.py", "requests.adapters"),
    ("/usr/local/lib/python3.10/dist-packages/six.py", "six"),
    (r"c:\python38\lib\site-packages\tornado\platform\asyncio.py", "tornado.platform.asyncio"),
    (r"C:\\app\\venv\\Lib\\site-packages\\uvicorn\\__main__.py", "uvicorn.__main__"),
    (r"38\lib\site-packages\mkdocs\commands\serve.py", "mkdocs.commands.serve"),
    (".../site-packages/celery/app/base.py", "celery.app.base"),
    ("/opt/conda/envs/ml/lib/python3.8/site-packages/torch/utils/tensorboard/__init__.py", "torch.utils.tensorboard"),
    ("/usr/lib/python2.7/site-packages/foo-1.2-py2.7.egg/foo/x.py", "foo.x"),
    ("/srv/eggs/zope.interface-5.4.0-py3.8-linux-x86_64.egg/zope/interface/ro.py", "zope.interface.ro"),
    ("build/bdist.linux-x86_64/egg/MySQLdb/__init__.py", "MySQLdb"),
    ("/root/.pex/installed_wheels/0/abc/uvicorn-0.30.0-py3-none-any.whl/uvicorn/main.py", "uvicorn.main"),
    (r"C:\Users\x\AppData\Local\Temp\_MEI123402\uvicorn\config.py", "uvicorn.config"),
    (r"C:\tool\_internal\numpy\__init__.py", "numpy"),
    ("/usr/lib/python3.8/site-packages/old.pyc", "old"),
    ("src/gevent/_hub_local.py", "gevent._hub_local"),
    ("src/black/__init__.py", "black"),
    ("src/lxml/etree.pyx", "lxml.etree"),
    ("pandas/_libs/index.pyx", "pandas._libs.index"),
    (r"pandas\_libs\hashtable_class_helper.pxi", "pandas._libs.hashtable_class_helper"),
    ("sklearn/tree/_tree.pyx", "sklearn.tree._tree"),
    ("mtrand.pyx", "mtrand"),
    (r"uvicorn\main.py", "uvicorn.main"),
    ("<__array_function__ internals>", "numpy"),
    ("/var/task/jinja2/filters.py", "jinja2.filters"),
    ("/opt/python/markupsafe/__init__.py", "markupsafe"),
    ("/opt/python/lib/python3.9/site-packages/flask/app.py", "flask.app"),
    ("/var/runtime/boto3/s3/inject.py", "boto3.s3.inject"),
    ("/var/runtime/bootstrap.py", "bootstrap"),
]

STDLIB = [
    ("/usr/lib/python3.11/asyncio/base_events.py", "asyncio.base_events"),
    ("/home/user/.pyenv/versions/3.10.13/lib/python3.10/importlib/__init__.py", "importlib"),
    ("/Library/Frameworks/Python.framework/Versions/3.9/lib/python3.9/asyncio/runners.py", "asyncio.runners"),
    (r"C:\Python38\lib\asyncio\windows_events.py", "asyncio.windows_events"),
    (r"C:\Users\x\AppData\Local\Programs\Python\Python310\lib\socketserver.py", "socketserver"),
    (
        r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.10_3.10.3056.0_x64__qbz5n2kfra8p0\lib\ssl.py",
        "ssl",
    ),
    (
        r"C:\Users\x\AppData\Roaming\uv\python\cpython-3.11.9-windows-x86_64-none\Lib\asyncio\events.py",
        "asyncio.events",
    ),
    (r"C:\Users\x\.pyenv\pyenv-win\versions\3.10.11\Lib\runpy.py", "runpy"),
    (r"C:\Users\x\miniconda3\envs\web\lib\threading.py", "threading"),
    (r"C:\ProgramData\Anaconda3\lib\json\decoder.py", "json.decoder"),
    (r"C:\app\python311.zip\asyncio\events.py", "asyncio.events"),
    ("/tmp/_MEI99/base_library.zip/encodings/idna.py", "encodings.idna"),
    ("/usr/lib/python3.8/lib-dynload/_ssl.cpython-38-x86_64-linux-gnu.so", "_ssl"),
    ("/usr/lib/python2.7/urllib2.py", "urllib2"),
    (r"C:\Python27\lib\httplib.py", "httplib"),
    ("/usr/lib64/python3.6/asyncore.py", "asyncore"),
    ("/opt/pypy/lib/pypy3.9/ssl.py", "ssl"),
    ("/usr/lib/pypy3/lib-python/3/threading.py", "threading"),
    ("/opt/python/lib/python3.13t/queue.py", "queue"),
    (r"asyncio\events.py", "asyncio.events"),
    ("threading.py", "threading"),
    ("…/asyncio/windows_events.py", "asyncio.windows_events"),
    (r"...\lib\asyncio\windows_events.py", "asyncio.windows_events"),
    (r"lib\asyncio\windows_events.py", "asyncio.windows_events"),
    ("<frozen importlib._bootstrap>", "importlib._bootstrap"),
    ("<frozen runpy>", "runpy"),
]

USER = [
    ("/srv/shop/app/views.py", "views"),
    ("/var/task/app.py", "app"),
    ("/var/task/calendar.py", "calendar"),
    ("/var/task/orders/pay.py", "orders.pay"),
    ("/usr/src/app/./main.py", "main"),
    (r"C:\Users\x\shop\views.py", "views"),
    ("~/x.py", "x"),
    ("/home/user/notes/notes/__init__.py", "notes"),
    ("/home/user/svc/config_svc/__main__.py", "config_svc.__main__"),
    ("app/models.py", "app.models"),
    ("src/shop/models.py", "shop.models"),
    ("../shop/models.py", "shop.models"),
    ("app.py", "app"),
    ("simple-switch.py", "simple-switch"),
    ("code.py", "code"),
    ("queue/worker.py", "queue.worker"),
    ("/srv/shop/lib/queue.py", "queue"),
    ("/srv/shop/asyncio/events.py", "events"),
    ("/srv/shop/tool.pyz/shop/cli.py", "shop.cli"),
    ("/tmp/ipykernel_7/1234.py", None),
    ("/app/.venv/bin/uvicorn", None),
    (r"C:\Python38\Scripts\uvicorn.exe\__main__.py", None),
    (r"C:\Python38\Scripts\flask-script.py", None),
    ("<stdin>", None),
    ("<ipython-input-3-abc>", None),
    ("Cell In[3]", None),
]

UNTOLD = [
    ("", None),
    ("<string>", None),
    ("<decorator-gen-72>", None),
    ("<frozen shop.cli>", "shop.cli"),
    ("/usr/lib/python3.8/our_own.py", "our_own"),
]


@pytest.mark.parametrize(("owner", "cases"), [("package", PACKAGE), ("stdlib", STDLIB), ("user", USER), (None, UNTOLD)])
def test_a_path_names_its_module_and_owner(owner: Owner | None, cases: Sequence[tuple[str, str | None]]) -> None:
    for file, module in cases:
        assert locate(file) == (module, owner), file


@given(st.text("ab./\\:~<>… 3-", max_size=60))
def test_any_text_is_answered(file: str) -> None:
    module, _ = locate(file)
    assert module != ""


@pytest.mark.parametrize("unit", ["lib/", ".", "python3", "\\"])
def test_time_grows_no_faster_than_a_hostile_path(unit: str, linear: Linear) -> None:
    linear(lambda size: locate(unit * 100_000 * size))
