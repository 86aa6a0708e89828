"""The demo in a process of its own, and Debian's Chromium that reaches nothing but it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
WIDTHS = {1440: 900, 390: 844}
"""Width → height of the window, in CSS pixels."""
SCHEMES = ("light", "dark")
_CHROMIUM = "/usr/bin/chromium"
_QUIET = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
_START_S = 120


@dataclass(frozen=True, slots=True)
class Camera:
    browser: Browser
    address: str

    async def take(self, name: str, path: str, prepare: Callable[[Page], Awaitable[None]], **context: str) -> None:
        """`docs/images/<name>-<width>-<scheme>.png`, for each width and scheme."""
        IMAGES.mkdir(parents=True, exist_ok=True)
        for width, height in WIDTHS.items():
            for scheme in SCHEMES:
                viewport = {"width": width, "height": height}
                async with await self.browser.new_context(
                    viewport=viewport,  # type: ignore[arg-type]
                    color_scheme=scheme,  # type: ignore[arg-type]
                    **{"locale": "en-GB", **context},  # type: ignore[arg-type]
                ) as own:
                    page = await own.new_page()
                    await page.goto(f"{self.address}{path}")
                    await prepare(page)
                    taken = IMAGES / f"{name}-{width}-{scheme}.png"
                    await page.screenshot(path=taken, full_page=width < 800)
                    print(taken.relative_to(ROOT))


@contextmanager
def _demo() -> Iterator[str]:
    with socket.socket() as free, TemporaryDirectory() as data:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        gateway = Path(sys.executable).parent / "gateway"
        command = (gateway, "demo", "--people", "50", "--port", str(port), "--data", f"{data}/demo")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)  # noqa: S603
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{address}/health/ready", process)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the demo ended before it was ready")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the demo was not ready in time")


@asynccontextmanager
async def opened() -> AsyncIterator[Camera]:
    with _demo() as address:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
            try:
                yield Camera(browser, address)
            finally:
                await browser.close()
