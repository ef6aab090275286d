"""A simulated student: does over HTTP and the websocket what a browser does for a person."""

import asyncio
import io
import json
import re
import struct
import time
import uuid
import zlib
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
from yarl import URL

VIEW = "application/vnd.jupyter.widget-view+json"
PATIENCE = 300  # seconds until a student gives up


class Trouble(Exception):
    """What a student met that should not be."""


class Student:
    """One student in one browser.

    Parameters
    ----------
    hub : Hub
    name : str
    password : str

    Attributes
    ----------
    waits : list of float
        How long each answer 429 asked to wait, in seconds; the student did.
    landed : str
        The path of the page that the link led to.
    """

    def __init__(self, hub, name, password):
        self.hub, self.name, self.password = hub, name, password
        self.waits, self.landed, self.http = [], "", None
        self.user = f"{hub.address}/user/{name}"

    async def __aenter__(self):
        jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name, too
        self.http = aiohttp.ClientSession(
            cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=PATIENCE)
        )
        return self

    async def __aexit__(self, *_):
        await self.http.close()

    async def sign_in(self):
        """Fill in the form of the sign-in page; return where that leads."""
        async with self.http.get(f"{self.hub.address}/hub/login") as page:
            token = re.search(r'name="_xsrf" value="([^"]+)"', await page.text())[1]
        form = {"username": self.name, "password": self.password, "_xsrf": token}
        async with self.http.post(
            f"{self.hub.address}/hub/login", data=form, allow_redirects=False
        ) as answer:
            if answer.status != 302:
                raise Trouble(f"{self.name} cannot sign in: {answer.status}")
            return str(answer.url.join(aiohttp.client.URL(answer.headers["Location"])))

    async def arrive(self):
        """Sign in, wait for the server, let the link fetch the book; end in chapter 1."""
        address = await self.server(await self.sign_in())
        query = address.query
        asked = {"repo": query["repo"], "targetpath": query["targetpath"]}
        async with self.http.get(f"{self.user}/git-pull/api", params=asked) as answer:
            said = await answer.text()
        if '"phase": "finished"' not in said:
            raise Trouble(f"{self.name} did not get the book: {said[-500:]}")
        async with self.http.get(f"{self.user}/{query['urlpath']}") as page:
            if page.status != 200 or "jupyter-config-data" not in await page.text():
                raise Trouble(f"{self.name}: {page.url} answers {page.status}")
            self.landed = page.url.path

    async def server(self, address):
        """Follow an address until the student's server answers; return where that is."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            async with self.http.get(address) as page:
                if page.status == 429:
                    seconds = float(page.headers["Retry-After"])
                    self.waits.append(seconds)
                    await asyncio.sleep(seconds)
                elif page.status == 200 and page.url.path.startswith(f"/user/{self.name}/"):
                    return page.url
                elif "spawn-pending" in page.url.path:
                    await self._started()
                elif page.status in (424, 503):  # no server there: the button that starts one
                    address = f"{self.hub.address}/hub/spawn/{self.name}"
                else:
                    raise Trouble(f"{self.name}: {page.url} answers {page.status}")
        raise Trouble(f"{self.name} waited {PATIENCE} s for a server")

    async def _started(self):
        """Listen, as the page with the progress bar does, until the server has started."""
        address = f"{self.hub.address}/hub/api/users/{self.name}/server/progress"
        jar = self.http.cookie_jar.filter_cookies(URL(f"{self.hub.address}/hub/"))
        token = {"_xsrf": jar["_xsrf"].value}
        async with self.http.get(address, params=token) as events:
            if events.status == 200:
                async for line in events.content:
                    if b'"ready": true' in line:
                        return
                    if b'"failed": true' in line:
                        raise Trouble(f"{self.name}: the server did not start: {line.decode()}")
            elif events.status != 400:  # which is the answer when it has started meanwhile
                raise Trouble(f"{self.name}: the progress answers {events.status}")
        await asyncio.sleep(1)

    async def api(self, method, path, **options):
        """Ask the student's server; return its answer."""
        jar = self.http.cookie_jar.filter_cookies(URL(f"{self.user}/"))
        token = {"X-XSRFToken": jar["_xsrf"].value} if "_xsrf" in jar else {}
        address = f"{self.user}/api/{path}"
        async with self.http.request(method, address, headers=token, **options) as answer:
            if answer.status >= 400:
                raise Trouble(f"{self.name}: {method} {path} answers {answer.status}")
            return await answer.json() if answer.status != 204 else None

    async def read(self, path):
        """Return a notebook of the student's."""
        return (await self.api("GET", f"contents/{path}"))["content"]

    async def save(self, path, notebook):
        """Save a notebook."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        text = io.BytesIO(json.dumps(body).encode())  # too long for aiohttp's own `json=`
        await self.api("PUT", f"contents/{path}", data=text)

    @asynccontextmanager
    async def kernel(self, path):
        """Open a notebook's session; give its kernel once it answers."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self.api("POST", "sessions", json=body)
        address = f"{self.user}/api/kernels/{session['kernel']['id']}/channels"
        async with self.http.ws_connect(address, max_msg_size=0) as socket:
            kernel = Kernel(self.name, socket)
            await kernel.reply("shell", "kernel_info_request", {})
            yield kernel


class Kernel:
    """A kernel at the other end of a websocket.

    Attributes
    ----------
    players : dict of str to dict
        What the browser was told of each moving figure: start, axes, fields.
    """

    def __init__(self, name, socket):
        self.name, self.socket, self.players = name, socket, {}
        self.session = uuid.uuid4().hex

    async def send(self, channel, kind, content):
        """Send a message; return its id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.session}
        header |= {"username": self.name, "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self.socket.send_json({**message, "channel": channel, "buffers": []})
        return header["msg_id"]

    async def receive(self):
        """Return the next message, and its buffers."""
        frame = await self.socket.receive(timeout=PATIENCE)
        if frame.type == aiohttp.WSMsgType.TEXT:
            return json.loads(frame.data), []
        if frame.type != aiohttp.WSMsgType.BINARY:
            raise Trouble(f"{self.name}: the connection to the kernel ended")
        count = struct.unpack_from("!I", frame.data)[0]
        at = [*struct.unpack_from(f"!{count}I", frame.data, 4), len(frame.data)]
        parts = [frame.data[a:b] for a, b in pairwise(at)]
        return json.loads(parts[0]), parts[1:]

    async def reply(self, channel, kind, content):
        """Send a request; return the reply's content."""
        asked = await self.send(channel, kind, content)
        while True:
            message, _ = await self.receive()
            if message["parent_header"].get("msg_id") == asked and (
                message["channel"] == channel and message["msg_type"].endswith("_reply")
            ):
                return message["content"]

    async def run(self, notebook, progress=lambda done: None):
        """Run all cells and put their outputs in the notebook; return how many seconds it took."""
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        options = {"silent": False, "store_history": True, "user_expressions": {}}
        options |= {"allow_stdin": False, "stop_on_error": True}
        begin, waiting = time.perf_counter(), {}
        for cell in cells:
            cell["outputs"], code = [], "".join(cell["source"])
            asked = await self.send("shell", "execute_request", {"code": code, **options})
            waiting[asked] = [cell, 2]  # ends when it is replied to and the kernel is idle
        while waiting:
            message, buffers = await self.receive()
            if found := waiting.get(message["parent_header"].get("msg_id")):
                found[1] -= self._take(found[0], message, buffers)
                if not found[1]:
                    del waiting[message["parent_header"]["msg_id"]]
                    progress(len(cells) - len(waiting))
        return time.perf_counter() - begin

    def _take(self, cell, message, buffers):
        """Keep what a running cell sends; return 1 for each of the two ends it has."""
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            raise Trouble(f"{self.name}: {content['ename']}: {content['evalue']} in {cell['id']}")
        if kind in ("display_data", "execute_result"):
            kept = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
            count = {"execution_count": content.get("execution_count")}
            cell["outputs"].append(kept | (count if kind == "execute_result" else {}))
        elif kind == "stream":
            cell["outputs"].append({"output_type": kind, **content})
        elif kind == "comm_open" and buffers:
            self._open(content["comm_id"], content["data"], buffers)
        elif kind == "execute_reply":
            if content["status"] != "ok":
                raise Trouble(f"{self.name}: {cell['id']} ends with {content['status']}")
            cell["execution_count"] = content["execution_count"]
            return 1
        return kind == "status" and content["execution_state"] == "idle"

    def _open(self, comm, data, buffers):
        """Keep what the browser is told of a moving figure."""
        state, paths = data["state"], data["buffer_paths"]
        packed = {path[-1]: part for path, part in zip(paths, buffers, strict=True)}
        if "figure" in packed:
            about = json.loads(zlib.decompress(packed["figure"]))
            fields = {field["name"]: field["text"] for field in state["fields"]}
            self.players[comm] = {"start": about["start"], "axes": about["axes"], "fields": fields}

    async def step(self, comm, number):
        """Move a figure's first slider to its next stop, as if its table had none of them.

        Returns
        -------
        float
            Seconds until the kernel's answer is there.
        """
        player = self.players[comm]
        values = player["axes"][0]["values"]
        position = {**player["start"], player["axes"][0]["name"]: values[number % len(values)]}
        content = {"ask": number, "position": position}
        return await self._custom(comm, content, lambda said: said.get("answer") == number)

    async def type(self, comm):
        """Type the same numbers into an inspector again; return the seconds until its reply."""
        fields = self.players[comm]["fields"]
        content = {"typed": fields, "last": next(iter(fields))}
        return await self._custom(comm, content, lambda said: said.get("wrong") == {})

    async def _custom(self, comm, content, answers):
        begin = time.perf_counter()
        data = {"method": "custom", "content": content}
        await self.send("shell", "comm_msg", {"comm_id": comm, "data": data})
        while True:
            message, _ = await self.receive()
            said = message["content"].get("data", {})
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == comm:
                if said.get("method") == "custom" and answers(said["content"]):
                    return time.perf_counter() - begin
            elif message["msg_type"] == "error":
                raise Trouble(f"{self.name}: {message['content']['evalue']} at a slider")
